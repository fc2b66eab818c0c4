package file

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// maxContent is the length of the longest content that may be a number.
	maxContent = 64
	// maxQuote is how much of a content is shown.
	maxQuote = 20
	// space is the white space that may surround a number.
	space = " \t\n\v\f\r"
)

// Errors of what is no file to read.
var (
	errDirectory  = errors.New("is a directory")
	errNotRegular = errors.New("is not a regular file")
)

// content is what is in a file, of which text is no more than the first
// maxContent+1 bytes.
type content struct {
	text     string
	modified time.Time
	shared   bool // it has other names (hard links), by which it may be written
	private  bool // not everybody may read it
	swapped  bool // it has come to its place while it was looked at
}

// empty reports whether there is nothing in the file, or white space only.
func (c content) empty() bool { return strings.Trim(c.text, space) == "" && len(c.text) <= maxContent }

// read reads a file without waiting for anybody: what is not a regular file is
// not opened, and if it became something else meanwhile, opening does not wait.
func read(place string) (content, error) {
	var info unix.Stat_t
	err := lstat(place, &info)
	if err == nil {
		err = regular(&info)
	}
	if err != nil {
		return content{}, err
	}
	// Go's poller can do nothing for a file, and costs system calls.
	fd, err := retry(func() (int, error) {
		return unix.Open(place, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return content{}, err
	}
	defer unix.Close(fd)
	before := identityOf(&info)
	if err = unix.Fstat(fd, &info); err == nil {
		err = regular(&info)
	}
	if err != nil {
		return content{}, err
	}
	text, err := readAll(fd, info.Size)
	return content{
		text: text, modified: time.Unix(info.Mtim.Unix()), shared: info.Nlink > 1,
		private: info.Mode&unix.S_IROTH == 0, swapped: identityOf(&info) != before,
	}, err
}

// readAll reads the beginning of a file. It ends where it should according to its
// size; one that the kernel makes up has no size.
func readAll(fd int, size int64) (string, error) {
	var b [maxContent + 1]byte
	for n := 0; ; {
		more, err := retry(func() (int, error) { return unix.Read(fd, b[n:]) })
		if err != nil {
			return string(b[:n]), err
		}
		n += more
		if more == 0 || n == len(b) || int64(n) == size {
			return string(b[:n]), nil
		}
	}
}

// retry repeats what a signal has interrupted.
func retry(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); err != unix.EINTR {
			return n, err
		}
	}
}

func regular(info *unix.Stat_t) error {
	switch info.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return nil
	case unix.S_IFDIR:
		return errDirectory
	}
	return errNotRegular
}

// parse reads a number. The error says what there is instead.
func parse(text string) (value int64, err error) {
	if len(text) > maxContent {
		return 0, fmt.Errorf("more than %d bytes, not a whole number", maxContent)
	}
	text = strings.Trim(text, space)
	value, err = strconv.ParseInt(text, 10, 32)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%s, which is out of range", quote(text))
	case err != nil:
		return 0, fmt.Errorf("%s, not a whole number", quote(text))
	}
	return value, nil
}

// quote returns the beginning of a text, fit to be printed.
func quote(text string) string {
	if len(text) <= maxQuote {
		return strconv.Quote(text)
	}
	return strconv.Quote(text[:maxQuote]) + "..."
}
