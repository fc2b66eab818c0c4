package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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
	var files []string
	var errs []error
	var seen []os.FileInfo
	if len(paths) == 0 {
		errs = append(errs, errors.New("no path of a configuration: give a file or a directory with -config"))
	}
	for _, path := range paths {
		list, err := expand(path)
		if err != nil {
			errs = append(errs, err)
		}
		for _, name := range list {
			info, err := os.Stat(name)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			if !contains(seen, info) {
				seen = append(seen, info)
				files = append(files, name)
			}
		}
	}
	return files, errors.Join(errs...)
}

// contains compares files, not names: a link is the file it leads to.
func contains(list []os.FileInfo, info os.FileInfo) bool {
	for _, other := range list {
		if os.SameFile(other, info) {
			return true
		}
	}
	return false
}

// expand lists what one path stands for.
func expand(path string) ([]string, error) {
	if path == "" {
		return nil, errors.New("an empty path: give a file or a directory with -config")
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path) // sorted by name
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		name := filepath.Join(path, entry.Name())
		if !isSourceName(entry.Name()) || isDirectory(name) {
			continue
		}
		files = append(files, name)
	}
	if len(files) == 0 {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("no *.hcl or *.hcl.json file in it")}
	}
	return files, nil
}

// isSourceName reports whether a file in a directory is loaded. Editors leave
// ".ha.hcl.swp", "#ha.hcl#", ".#ha.hcl" and "ha.hcl~" behind.
func isSourceName(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "#") {
		return false
	}
	return strings.HasSuffix(name, ".hcl") || strings.HasSuffix(name, ".hcl.json")
}

// isDirectory follows links. What cannot be examined is not a directory, so
// that reading it says why.
func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// isVariables reports whether a file sets variables.
func isVariables(name string) bool {
	return strings.HasSuffix(name, ".vars.hcl") || strings.HasSuffix(name, ".vars.hcl.json")
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
	if err != nil {
		return nil, nil, err
	}
	if int64(len(content)) > limit {
		return nil, nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("larger than %d KB", limit>>10)}
	}
	return content, info, nil
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
