package config

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
)

// read reads and parses all files.
func (l *loader) read(paths []string) {
	files, err := Files(paths)
	for _, err := range split(err) {
		l.unreadable("Configuration not found", err)
	}
	for _, name := range files {
		if src := l.readSource(name); src != nil {
			l.sources = append(l.sources, src)
		}
	}
	for _, name := range l.opts.VarFiles {
		if src := l.readVariables(name); src != nil {
			l.flagFiles = append(l.flagFiles, src)
		}
	}
}

// split undoes [errors.Join].
func split(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err != nil {
		return []error{err}
	}
	return nil
}

// readVariables reads a file given with -var-file. One that is named like a
// configuration and lies among its files has been taken for one.
func (l *loader) readVariables(name string) *source {
	for _, known := range l.report.sources {
		switch {
		case filepath.Clean(known.name) != filepath.Clean(name):
		case known.vars:
			return known
		default:
			l.report.errorf(hcl.Range{}, "File with two meanings", "%s is given with -var-file, and is part of the configuration too. In the configuration's directory call it *.vars.hcl.", name)
			return nil
		}
	}
	src := l.readSource(name)
	if src != nil {
		src.vars = true
	}
	return src
}

// readSource reads and parses a file. It returns nil if there is nothing to
// parse.
func (l *loader) readSource(name string) *source {
	content, info, err := readLimited(name, maxSource)
	if err != nil {
		l.unreadable("File not readable", err)
		return nil
	}
	src := newSource(name, content)
	src.shared = readable(info)
	src.parse(l.report)
	l.scope.incomplete = l.scope.incomplete || src.broken
	return src
}

// unreadable reports a file or directory that cannot be read. What it holds may
// be missed elsewhere.
func (l *loader) unreadable(summary string, err error) {
	l.scope.incomplete = true
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		l.report.errorf(hcl.Range{}, summary, "%s: %v.", pathErr.Path, pathErr.Err)
		return
	}
	l.report.errorf(hcl.Range{}, summary, "There is %v.", err)
}
