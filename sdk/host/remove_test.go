package host_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk/host"
)

// TestRemove: a directory is removed whatever is in it, without many descriptors.
func TestRemove(t *testing.T) {
	var limit unix.Rlimit
	must(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	few := limit
	few.Cur = 256
	must(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &few))
	defer func() { must(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)) }()

	outside := filepath.Join(t.TempDir(), "outside")
	must(t, os.Mkdir(outside, 0o700))
	directory := filepath.Join(t.TempDir(), "directory")
	must(t, os.MkdirAll(filepath.Join(directory, "1", "sub"), 0o700)) // a name that Remove takes, too
	must(t, os.WriteFile(filepath.Join(directory, "1", "sub", "file"), nil, 0))
	must(t, os.Symlink(outside, filepath.Join(directory, "link")))
	must(t, unix.Mkfifo(filepath.Join(directory, "fifo"), 0))
	for i := range 1500 {
		must(t, os.WriteFile(filepath.Join(directory, "many"+strconv.Itoa(i)), nil, 0o600))
	}
	nest(t, directory, 1000)

	must(t, host.Remove(directory))
	if _, err := os.Lstat(directory); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is there: %v", err)
	}
	if _, err := os.Lstat(outside); err != nil {
		t.Errorf("what a link leads to: %v", err)
	}
	if err := host.Remove(directory); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory that is not there: %v", err)
	}
}

// nest makes directories in one another.
func nest(t *testing.T, directory string, levels int) {
	t.Helper()
	at, err := unix.Open(directory, unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	must(t, err)
	for range levels {
		must(t, unix.Mkdirat(at, "d", 0o700))
		below, err := unix.Openat(at, "d", unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		must(t, err)
		unix.Close(at)
		at = below
	}
	unix.Close(at)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
