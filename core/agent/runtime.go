package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/netio"
	files "github.com/sentinel-ha/sentinel/sdk/ownership" // ownership is of addresses here
)

// directory is the runtime directory, locked for one agent.
type directory struct {
	path  string
	lock  *os.File
	clean func()
}

// prepare makes sure that this agent is the only one here: in the runtime
// directory and, for VRRP, in the network namespace. An observing agent disturbs
// nobody and gets a directory of its own.
func prepare(runtimeDir string, o Options) (*directory, error) {
	if o.Observe {
		path, err := os.MkdirTemp("", "sentinel-observe-")
		if err != nil {
			return nil, fmt.Errorf("make a directory to observe from: %w", err)
		}
		return &directory{path: path, clean: func() { _ = os.RemoveAll(path) }}, nil
	}
	d, err := lockDirectory(runtimeDir)
	if err != nil {
		return nil, err
	}
	if !o.AllowOtherVRRP {
		if err := refuseOthers(); err != nil {
			d.close()
			return nil, err
		}
	}
	return d, nil
}

// tidy removes what a killed agent has left, before anything is waited for and though
// the configuration may not be valid: the peers have the addresses by now. Where an
// agent runs, and whatever else keeps this one from starting, nothing is touched.
func tidy(needs config.Needs, o Options) {
	if _, err := os.Stat(needs.RuntimeDir); err != nil || netio.CheckRights() != nil {
		return
	}
	d, err := prepare(needs.RuntimeDir, o)
	if err != nil {
		return
	}
	defer d.close()
	for _, said := range netio.CleanUp(d.path) {
		mayRead(func() { newLogger(o.Stderr, needs.Log).Warn(trouble, "err", said) })
	}
}

// lockDirectory makes the runtime directory and takes its lock, which the kernel
// gives back when the process ends, however it does.
func lockDirectory(path string) (*directory, error) {
	if err := makeDirectory(path); err != nil {
		return nil, fmt.Errorf("runtime_dir: %w", err)
	}
	if err := verifyDirectory(path); err != nil {
		return nil, fmt.Errorf("runtime_dir: %w", err)
	}
	name := filepath.Join(path, "sentinel.lock")
	// Whoever can read a file can lock it, and keep the next agent from starting.
	lock, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("runtime_dir: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer lock.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("another agent%s uses the runtime_dir %s; stop it, or give this one another runtime_dir",
				holder(lock), path)
		}
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	// Who holds the lock is written into it for the sake of that message.
	if err := lock.Truncate(0); err == nil {
		_, _ = fmt.Fprintf(lock, "%d\n", os.Getpid())
	}
	return &directory{path: path, lock: lock}, nil
}

// makeDirectory makes a directory, unless it is there, and those above it. Plugins of
// other users can pass through it, whatever the umask is.
func makeDirectory(path string) error {
	err := os.Mkdir(path, 0o755)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeDirectory(filepath.Dir(path)); err == nil {
			err = os.Mkdir(path, 0o755)
		}
	}
	switch {
	case err == nil:
		return os.Chmod(path, 0o755)
	case errors.Is(err, fs.ErrExist):
		return nil
	}
	return err
}

// verifyDirectory says who else could put files into the runtime directory, or another
// directory in its place: we would write through their links, and remove the addresses
// that their addresses.json lists.
func verifyDirectory(path string) error {
	target, err := files.Verify(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(target)
	if err == nil && info.Mode().Perm()&0o002 != 0 { // and sticky
		return fmt.Errorf("%s is for everybody: name a directory below it", path)
	}
	return err
}

func holder(lock *os.File) string {
	b := make([]byte, 16)
	n, _ := lock.ReadAt(b, 0)
	if pid := strings.TrimSpace(string(b[:n])); pid != "" {
		return " (pid " + pid + ")"
	}
	return ""
}

func (d *directory) close() {
	if d.lock != nil {
		_ = d.lock.Close()
	}
	if d.clean != nil {
		d.clean()
	}
}

// refuseOthers returns an error if another process speaks VRRP here: two daemons
// with the same identifiers on one machine fight over its addresses.
func refuseOthers() error {
	others, err := netio.OtherVRRP()
	if err != nil {
		return fmt.Errorf("look for other VRRP daemons: %w", err)
	}
	if len(others) == 0 {
		return nil
	}
	return fmt.Errorf("%s already speaks VRRP in this network namespace: stop it first, or look beside it with -observe, or start anyway with -allow-other-vrrp",
		processes(others))
}

func processes(others []netio.Process) string {
	names := make([]string, len(others))
	for i, other := range others {
		names[i] = other.String()
	}
	return strings.Join(names, ", ")
}
