package file

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sentinel-ha/sentinel/sdk"
)

// TestRights: what may not be read is unknown until it may.
func TestRights(t *testing.T) {
	if !again(t, somebody()) {
		return
	}
	dir := tempDir(t)
	path := filepath.Join(dir, "x")
	write(t, path, 0)
	w := start(t, newHub(), config{Path: path})
	w.value(0)

	must(t, os.Chmod(path, 0))
	w.unknown("%s: permission denied", path)
	w.prompt("readable again", func(value int64) {
		must(t, os.Chmod(path, 0o644))
		write(t, path, value)
	})

	// The kernel goes on telling of a directory that it was told to watch.
	number := w.last.Value
	must(t, os.Chmod(dir, 0))
	w.unknown("%s: permission denied", path)
	must(t, os.Chmod(dir, 0o300)) // its files may be read, it may not
	w.value(number)

	// Another tracker has to be told why it is not.
	deaf := start(t, newHub(), config{Path: path})
	deaf.await(sdk.Measured(number, "%s holds %d, read every second: %s cannot be watched: permission denied", path, number, dir))
	must(t, os.Chmod(dir, 0o700))
	deaf.await(sdk.Measured(number, "%s holds %d", path, number))
	deaf.prompt("watched", func(value int64) { write(t, path, value+10); deaf.value(value + 10); write(t, path, value) })

	// A directory that may not be written to.
	value := int64(1)
	closed := filepath.Join(dir, "closed")
	must(t, os.Mkdir(closed, 0o500))
	initial := start(t, newHub(), config{Path: closed + "/x", InitialValue: &value})
	initial.unknown("%s/x: no such file, and initial_value was not written: permission denied", closed)
}
