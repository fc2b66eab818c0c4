package pluginhost

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sentinel-ha/sentinel/sdk/ownership"
	"github.com/sentinel-ha/sentinel/sdk/repair"
)

// Verify says why a file must not be run: somebody else could make us run something
// else, by [ownership.Verify], or it is no program that runs as whoever starts it. The
// error names what is wrong and, as a [repair.Error], the command that repairs it; nil
// if nothing is.
func Verify(path string) error {
	path, err := filepath.Abs(path) // as [host.Open]
	if err != nil {
		return err
	}
	target, err := ownership.Verify(path)
	if err != nil {
		return err
	}
	info, err := os.Lstat(target)
	if err != nil {
		return err
	}
	switch {
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", target)
	case info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0:
		return &repair.Error{Problem: target + " changes the user or group of whoever runs it", Command: []string{"chmod", "ug-s", target}}
	case info.Mode().Perm()&0o111 == 0:
		return &repair.Error{Problem: target + " is not executable", Command: []string{"chmod", "+x", target}}
	}
	return nil
}
