package lab

import (
	"errors"
	"os"
	"syscall"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// The steps of setting up the namespaces, as an error names them.
const (
	stepPrivate  = "make the mounts private"
	stepProc     = "mount /proc"
	stepRun      = "mount a private /run"
	stepLoopback = "bring the loopback interface up"
)

// setUp makes the new namespaces usable: mounts that do not leak, a /proc of
// this PID namespace, an empty /run, a loopback interface.
func setUp() *setupError {
	steps := []struct {
		name string
		do   func() error
	}{
		{stepPrivate, func() error { return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") }},
		{stepProc, mountProc},
		{stepRun, mountRun},
		{stepLoopback, func() error { return loopbackUp(&netlink.Handle{}) }},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			failed := &setupError{Step: step.name, Errno: syscall.EIO}
			errors.As(err, &failed.Errno)
			return failed
		}
	}
	return nil
}

// mountProc shows this PID namespace in /proc, if it is a new one.
func mountProc() error {
	if os.Getpid() != 1 {
		return nil
	}
	return unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
}

// mountRun hides the machine's /run, and /var/run where that is another one.
func mountRun() error {
	for _, dir := range []string{"/run", "/var/run"} {
		if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
			continue // usually a symbolic link to /run
		}
		if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755"); err != nil {
			return err
		}
	}
	return nil
}

func loopbackUp(h *netlink.Handle) error {
	lo, err := h.LinkByName("lo")
	if err != nil {
		return err
	}
	return h.LinkSetUp(lo)
}
