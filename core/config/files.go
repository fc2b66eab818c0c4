package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// The largest files that are read, in bytes. Both are far beyond what anybody
// writes by hand, and keep a mistaken path from filling the memory.
const (
	maxSource = 8 << 20  // a configuration file
	maxValue  = 64 << 10 // what file() and password_file read
)

// Files lists the files that paths stand for, in the order in which they are
// loaded: a file is itself; a directory is its *.hcl and *.hcl.json files in
// lexical order, without hidden files, editor backups and sub-directories. A
// file that is named twice is listed once. The error names every path that
// cannot be used; the list holds what the others stand for.
func Files(paths []string) ([]string, error) {
	files, errs := find(paths)
	return files, errors.Join(errs...)
}

func find(paths []string) (files []string, errs []error) {
	if len(paths) == 0 {
		errs = append(errs, errors.New("no path of a configuration: give a file or a directory with -config"))
	}
	var seen []os.FileInfo
	for _, path := range paths {
		list, wrong := expand(path)
		errs = append(errs, wrong...)
		for _, name := range list {
			info, err := os.Stat(name)
			if err != nil {
				errs = append(errs, err)
			} else if !slices.ContainsFunc(seen, func(other os.FileInfo) bool { return os.SameFile(other, info) }) {
				seen = append(seen, info)
				files = append(files, name)
			}
		}
	}
	return files, errs
}

// expand lists what one path stands for. What is named may be a pipe, whose
// writer will come; one that lies in a directory would be waited for for ever.
func expand(path string) (files []string, errs []error) {
	if path == "" {
		return nil, []error{errors.New("an empty path: give a file or a directory with -config")}
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path) // sorted by name
	if err != nil {
		return nil, []error{err}
	}
	for _, entry := range entries {
		name := filepath.Join(path, entry.Name())
		info, err := os.Stat(name)
		switch {
		case !sourceName.MatchString(entry.Name()) || err == nil && info.IsDir():
		case err == nil && info.Mode()&os.ModeNamedPipe != 0:
			errs = append(errs, &fs.PathError{Op: "read", Path: name, Err: errors.New("a pipe, not a file")})
		default:
			files = append(files, name) // reading it says why it cannot be examined
		}
	}
	if len(files) == 0 && len(errs) == 0 {
		errs = append(errs, &fs.PathError{Op: "read", Path: path, Err: errors.New("no *.hcl or *.hcl.json file in it")})
	}
	return files, errs
}

// A directory's files by their names. Editors leave ".ha.hcl.swp", "#ha.hcl#",
// ".#ha.hcl" and "ha.hcl~" behind.
var (
	sourceName    = regexp.MustCompile(`^[^.#].*\.hcl(\.json)?$`)
	variablesName = regexp.MustCompile(`\.vars\.hcl(\.json)?$`)
)

// read parses all files, and finds their blocks.
func (l *loader) read() {
	for _, err := range l.errs {
		l.unreadable("Configuration not found", err)
	}
	for _, name := range l.names {
		if src := l.readSource(name, false); src != nil {
			l.sources = append(l.sources, src)
		}
	}
	for _, name := range l.opts.VarFiles {
		if src := l.readVariables(name); src != nil {
			l.flagFiles = append(l.flagFiles, src)
		}
	}
	for _, src := range l.sources {
		if !src.vars && src.usable() {
			l.root.src = src
			l.root.fill(src.file.Body)
		}
	}
}

// readVariables reads a file given with -var-file. One that is named like a
// configuration and lies among its files has been taken for one.
func (l *loader) readVariables(name string) *source {
	known := slices.IndexFunc(l.report.sources, func(s *source) bool { return filepath.Clean(s.name) == filepath.Clean(name) })
	if known < 0 {
		return l.readSource(name, true)
	}
	if src := l.report.sources[known]; src.vars {
		return src
	}
	l.report.errorf(hcl.Range{}, "File with two meanings", "%s is given with -var-file, and is part of the configuration too. In the configuration's directory call it *.vars.hcl.", name)
	return nil
}

// readSource parses a file. It returns nil if there is nothing to parse.
func (l *loader) readSource(name string, vars bool) *source {
	file := l.content[name]
	if file.err != nil {
		l.unreadable("File not readable", file.err)
		return nil
	}
	src := newSource(name, file.bytes)
	src.shared = readable(file.info)
	src.open = file.info.Mode().IsRegular() && file.info.Mode().Perm()&0o002 != 0
	src.vars = src.vars || vars
	src.parse(l.report)
	l.scope.incomplete = l.scope.incomplete || src.broken
	l.scope.lost = l.scope.lost || src.loses((*shape).refers)
	return src
}

// unreadable reports a file or directory that cannot be read. What it holds may
// be missed elsewhere.
func (l *loader) unreadable(summary string, err error) {
	l.scope.incomplete, l.scope.lost = true, true
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		l.report.errorf(hcl.Range{}, summary, "%s: %v.", pathErr.Path, pathErr.Err)
		return
	}
	l.report.errorf(hcl.Range{}, summary, "There is %v.", err)
}

// readLimited reads a file that must not be larger than limit bytes.
func readLimited(path string, limit int64) ([]byte, os.FileInfo, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("larger than %d KB", limit>>10)}
	}
	return content, info, err
}

// readValue reads a file that an attribute names. It must be a regular file: a
// pipe could keep the agent waiting, a device has no end.
func readValue(path string) ([]byte, os.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")}
	}
	return readLimited(path, maxValue)
}

// readable reports whether a file's mode lets everybody read it. A group is
// somebody's decision, as in root:sentinel 0640; "others" is a forgotten umask.
func readable(info os.FileInfo) bool {
	return info.Mode().IsRegular() && info.Mode().Perm()&0o004 != 0
}
