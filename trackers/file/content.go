package file

import (
	"errors"
	"fmt"
	"io"
	"os"
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
}

// empty reports whether there is nothing in the file, or white space only.
func (c content) empty() bool { return strings.Trim(c.text, space) == "" && len(c.text) <= maxContent }

// read reads a file without waiting for anybody: what is not a regular file is
// not opened, and if it became something else meanwhile, opening does not wait.
func read(place string) (content, error) {
	info, err := os.Lstat(place)
	if err == nil {
		err = regular(info)
	}
	if err != nil {
		return content{}, err
	}
	f, err := os.OpenFile(place, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return content{}, err
	}
	defer f.Close()
	if info, err = f.Stat(); err == nil {
		err = regular(info)
	}
	if err != nil {
		return content{}, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxContent+1))
	return content{string(text), info.ModTime()}, err
}

func regular(info os.FileInfo) error {
	switch {
	case info.IsDir():
		return errDirectory
	case !info.Mode().IsRegular():
		return errNotRegular
	}
	return nil
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
