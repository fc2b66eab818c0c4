package file

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// create writes a number to a new file. It is no error if there is one already,
// which is left alone. As the file appears under its name when it is complete,
// nobody sees it empty.
func create(path string, value int64) error {
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".sentinel-*")
	if err != nil {
		return short(err)
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.WriteString(strconv.FormatInt(value, 10) + "\n")
	if err == nil {
		err = temporary.Chmod(0o644)
	}
	if err == nil {
		err = temporary.Sync() // or it may be empty after a crash
	}
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Link(temporary.Name(), path)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return short(err)
}
