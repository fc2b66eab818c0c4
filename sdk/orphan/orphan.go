// Package orphan leaves something behind that outlives this process, or is there at
// its end: a shell script in the background, which is nobody's child.
//
// It belongs to a session of its own, so that it does not get what is meant for our
// group, or for our terminal. What it does, and when it ends, is the script's matter.
package orphan

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// Start runs a script until it has put into the background what it leaves behind,
// and ended itself. It finds /dev/null as its standard streams, and our files under
// the numbers 3, 4 and so on; ours stay open. name is what the process is called. A
// machine without a shell is an error, and so is a shell that could start nothing.
func Start(name, script string, files ...int) error {
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open /dev/null: %w", err)
	}
	defer unix.Close(null)
	theirs := []uintptr{uintptr(null), uintptr(null), uintptr(null)}
	for _, file := range files {
		theirs = append(theirs, uintptr(file))
	}
	pid, err := syscall.ForkExec("/bin/sh", []string{name, "-c", script}, &syscall.ProcAttr{
		Dir: "/", Env: []string{"PATH=/usr/bin:/bin"}, Files: theirs, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return fmt.Errorf("start /bin/sh: %w", err)
	}
	var status unix.WaitStatus
	for {
		if _, err = unix.Wait4(pid, &status, 0, nil); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err == nil && status != 0 { // as when it cannot fork
		err = fmt.Errorf("/bin/sh ended with status %#x", status)
	}
	return err
}
