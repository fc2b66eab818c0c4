package fifo_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

// mountDead mounts a file system that does not answer, until device is closed, where
// nothing but this thread finds it.
func mountDead(device int, directory string) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=%d,group_id=%d", device, unix.Getuid(), unix.Getgid())
	return unix.Mount("dead", directory, "fuse", unix.MS_NOSUID|unix.MS_NODEV, options)
}

// TestDead: a pipe on a file system that does not answer holds up no other.
func TestDead(t *testing.T) {
	device, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		netnstest.NotRun(t, err.Error())
	}
	directory := t.TempDir()
	mounted, failed := make(chan error), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the mount ends with the thread
		err := mountDead(device, directory)
		if mounted <- err; err == nil {
			failed <- deliver(t, filepath.Join(directory, "fifo"), event)
		}
	}()
	err = <-mounted
	defer unix.Close(device)
	if err != nil {
		netnstest.NotRun(t, err.Error())
	}
	path := mkfifo(t)
	f := reader(t, path)
	for range 100 { // before and after the other one is asked for
		told := make(chan error, 1)
		go func() { told <- deliver(t, path, event) }()
		select {
		case err := <-told:
			must(t, err)
		case err := <-failed:
			t.Fatalf("the file system answers: %v", err)
		case <-time.After(10 * time.Second):
			t.Fatal("it waits for the other one")
		}
		time.Sleep(time.Millisecond)
	}
	next(t, f)
}
