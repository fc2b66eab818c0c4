package pluginhost

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/sdk/repair"
)

// TestVerify: a refusal names what is wrong with the file that is run in the end, and
// the command that repairs it does.
func TestVerify(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(path string) error
		want  string
	}{
		"nothing":        {func(string) error { return nil }, ""},
		"others":         {func(path string) error { return os.Chmod(path, 0o757) }, "FILE is writable by everybody: chmod go-w FILE"},
		"not executable": {func(path string) error { return os.Chmod(path, 0o644) }, "FILE is not executable: chmod +x FILE"},
		"setuid": {func(path string) error { return os.Chmod(path, 0o755|os.ModeSetuid) },
			"FILE changes the user or group of whoever runs it: chmod ug-s FILE"},
		"directory": {func(path string) error {
			return errors.Join(os.Remove(path), os.Mkdir(path, 0o755))
		}, "FILE is not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			file, link := filepath.Join(directory, "file"), filepath.Join(directory, "link")
			if err := errors.Join(os.WriteFile(file, []byte("#!/bin/sh\n"), 0o755), os.Symlink("file", link), c.spoil(file)); err != nil {
				t.Fatal(err)
			}
			err, got := Verify(link), ""
			if err != nil {
				got = strings.ReplaceAll(err.Error(), file, "FILE")
			}
			if got != c.want {
				t.Fatalf("%q, want %q", got, c.want)
			}
			var flaw *repair.Error
			if !errors.As(err, &flaw) {
				return
			}
			if err := errors.Join(exec.Command(flaw.Command[0], flaw.Command[1:]...).Run(), Verify(link)); err != nil {
				t.Errorf("after %q: %v", flaw.Command, err)
			}
		})
	}
}
