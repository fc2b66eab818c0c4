package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxLinks is how many symbolic links a path may lead through, as in the kernel.
const maxLinks = 40

// step is a name that is looked up in a directory in order to follow a path.
type step struct {
	dir, name string
	id        identity // of the directory, if it was just looked up itself
}

// place returns the name with the directory.
func (s step) place() string { return filepath.Join(s.dir, s.name) }

// placeError is what is wrong with a place on the way to a file, or with its end.
type placeError struct {
	place string
	err   error
}

func (e *placeError) Error() string { return e.place + ": " + e.err.Error() }
func (e *placeError) Unwrap() error { return e.err }

// follow follows a path as the kernel does, link by link, and returns the place
// where it ends. visit is called before each look-up, so that whoever begins to
// listen there misses nothing: what is found is no older. The directories of steps
// have no symbolic links in them.
func follow(path string, visit func(step)) (place string, err error) {
	place = "/"
	var id identity // of the place
	links := 0
	for left := path; left != ""; {
		var name string
		name, left, _ = strings.Cut(left, "/")
		switch name {
		case "", ".":
			continue
		case "..":
			place, id = filepath.Dir(place), identity{}
			continue
		}
		s := step{place, name, id}
		visit(s)
		var info unix.Stat_t
		if err := lstat(s.place(), &info); err != nil {
			return "", &placeError{s.place(), err}
		}
		switch kind := info.Mode & unix.S_IFMT; {
		case kind == unix.S_IFLNK:
			if links++; links > maxLinks {
				return "", &placeError{filepath.Clean(path), syscall.ELOOP}
			}
			target, err := os.Readlink(s.place())
			if err != nil {
				return "", &placeError{s.place(), err}
			}
			if filepath.IsAbs(target) {
				place, id = "/", identity{}
			}
			left = target + "/" + left
		case kind != unix.S_IFDIR && strings.Trim(left, "/") != "":
			return "", &placeError{s.place(), syscall.ENOTDIR}
		default:
			place, id = s.place(), identityOf(&info)
		}
	}
	return place, nil
}

// lstat is [unix.Lstat], which a signal may interrupt.
func lstat(place string, info *unix.Stat_t) error {
	for {
		if err := unix.Lstat(place, info); err != unix.EINTR {
			return err
		}
	}
}

// short returns what the kernel said, without the operation and the path.
func short(err error) error {
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		return errno
	}
	return err
}

// explain says why there is nothing to read.
func (w *watch) explain(err error) string {
	place, cause := w.Path, short(err)
	if at := new(placeError); errors.As(err, &at) {
		place, cause = at.place, short(at.err)
	}
	direct := place == filepath.Clean(w.Path)
	switch {
	case errors.Is(cause, fs.ErrNotExist):
		return w.explainMissing(place, direct)
	case errors.Is(cause, errDirectory), errors.Is(cause, errNotRegular):
		if direct {
			return fmt.Sprintf("%s %v", w.Path, cause)
		}
		return fmt.Sprintf("%s leads to %s, which %v", w.Path, place, cause)
	case direct:
		return fmt.Sprintf("%s: %v", w.Path, cause)
	}
	return fmt.Sprintf("%s: %s: %v", w.Path, place, cause)
}

func (w *watch) explainMissing(place string, direct bool) string {
	text := w.Path + ": no such file"
	if !direct {
		text = fmt.Sprintf("%s: there is no %s", w.Path, place)
	}
	if w.initialErr != nil && !errors.Is(w.initialErr, fs.ErrNotExist) {
		text += ", and initial_value was not written: " + w.initialErr.Error()
	}
	return text
}
