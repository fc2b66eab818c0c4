package host

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// mostRemoved is how many names Remove looks at.
const mostRemoved = 1 << 16

// Remove removes a directory in one of ours that a plugin could write to. There may be
// anything in it, and processes that are not done with it: so it is taken from them
// first, and what is more than a plugin can need is left, as an error. Nor does it
// matter how deep it is, for which [os.RemoveAll] would need as many of our descriptors.
func Remove(directory string) error {
	if err := os.Lchown(directory, os.Getuid(), os.Getgid()); err != nil {
		return err
	}
	if err := os.Chmod(directory, 0o700); err != nil {
		return err
	}
	for seen, raised := 0, 0; seen < mostRemoved; {
		names, err := some(directory)
		if err != nil {
			return err
		}
		if len(names) == 0 {
			return os.Remove(directory)
		}
		seen += len(names)
		for _, name := range names {
			path := filepath.Join(directory, name)
			if os.Remove(path) == nil {
				continue
			}
			below, _ := some(path)
			for _, name := range below { // up, until what it was in is empty
				raised++
				_ = os.Rename(filepath.Join(path, name), filepath.Join(directory, strconv.Itoa(raised)))
			}
		}
	}
	return fmt.Errorf("%s is not empty after %d names", directory, mostRemoved)
}

// some returns the names of some of what is in a directory.
func some(directory string) ([]string, error) {
	d, err := os.Open(directory)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(1000)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return names, err
}
