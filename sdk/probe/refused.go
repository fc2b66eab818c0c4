package probe

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk/repair"
)

// Refused says why a program was not executed, and what would be right. The error
// of execve alone does not tell: it is the same for a program that is not there and
// for an interpreter that is not. The file system must answer, as it does after
// [Program].
func Refused(path string, err error) error {
	switch {
	case errors.Is(err, unix.EAGAIN):
		return fmt.Errorf("%s: %w: there are too many processes (ulimit -u, TasksMax, pids.max)", path, err)
	case errors.Is(err, unix.ETXTBSY):
		return fmt.Errorf("%s: %w: it is still being written", path, err)
	}
	needed := path
	for range 1 + deepest {
		if why := wrong(path, needed, err); why != nil {
			return why
		}
		next := interpreter(start(needed))
		if next == "" {
			break
		}
		needed = next
	}
	return fmt.Errorf("%s: %w", path, err)
}

// wrong says what is wrong with a program, or with an interpreter that it needs; nil
// if nothing is that can be seen.
func wrong(path, needed string, err error) error {
	what := path
	if needed != path {
		what += ": its interpreter " + needed
	}
	info, missing := os.Stat(needed)
	switch {
	case missing != nil && needed != path && strings.HasSuffix(needed, "\r"):
		return &repair.Error{
			Problem: fmt.Sprintf("%s: its lines end as in files of Windows, so that its interpreter is %q, which does not exist", path, needed),
			Command: edit(path, `s/[[:cntrl:]]$//`),
		}
	case missing != nil && needed != path && errors.Is(err, unix.ENOENT):
		return fmt.Errorf("%s, which its first line names, does not exist", what)
	case missing != nil:
		return nil // the kernel's word for it is as good
	case info.IsDir():
		return fmt.Errorf("%s is a directory", what)
	case errors.Is(err, unix.EACCES) && info.Mode().Perm()&0o111 == 0 && isProgram(start(needed)):
		return &repair.Error{Problem: what + " is not executable", Command: []string{"chmod", "+x", needed}}
	case errors.Is(err, unix.EACCES) && info.Mode().Perm()&0o111 == 0:
		return fmt.Errorf("%s is not executable", what)
	case errors.Is(err, unix.EACCES) && isNoexec(needed):
		return fmt.Errorf("%s is on a file system that is mounted with noexec", what)
	}
	return unfit(what, needed, info.Size() == 0, err)
}

// isProgram reports whether a text is the beginning of what can be executed.
func isProgram(text []byte) bool { return interpreter(text) != "" || isELF(text) }

func isELF(text []byte) bool { return bytes.HasPrefix(text, []byte("\x7fELF")) }

// isNoexec reports whether the file system of a file lets nobody execute it.
func isNoexec(path string) bool {
	var status unix.Statfs_t
	return again(func() error { return unix.Statfs(path, &status) }) == nil && status.Flags&unix.ST_NOEXEC != 0
}

// unfit says what is wrong with the text of a program; nil if nothing is that can be
// seen.
func unfit(what, path string, empty bool, err error) error {
	const byteOrderMark = "\xef\xbb\xbf"
	text := start(path)
	switch {
	case isELF(text) && errors.Is(err, unix.ENOENT):
		return fmt.Errorf("%s was built for another system: the loader that it names does not exist", what)
	case isELF(text) && errors.Is(err, unix.ENOEXEC):
		return fmt.Errorf("%s: %w: it was built for another kind of machine, or is damaged", what, err)
	case !errors.Is(err, unix.ENOEXEC) || interpreter(text) != "":
		return nil
	case empty:
		return fmt.Errorf("%s is empty", what)
	case bytes.HasPrefix(text, []byte(byteOrderMark+"#!")):
		return &repair.Error{
			Problem: what + " begins with a byte order mark, which no editor shows, and not with #!",
			Command: edit(path, `1s/^[^#]*#!/#!/`),
		}
	}
	return fmt.Errorf("%s: %w: the first line of a script names its interpreter, such as #!/bin/sh", what, err)
}

// edit is the command that changes a file. A link is followed: sed would put a changed
// copy in its place. A script has no backslash: a log doubles it, and whoever types what
// is in the log repairs nothing.
func edit(path, script string) []string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	return []string{"sed", "-i", script, path}
}
