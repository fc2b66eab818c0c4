package command

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// draining leaves behind what reads an output to its end. A signal to all processes
// does not end that, as those who write may take their time after it.
const draining = `trap '' HUP INT TERM; cat <&3 3<&- >/dev/null &`

// bequeath makes a process read an output for as long as somebody holds it. That
// process is nobody's child, is not in our group, and outlives us. The output is not
// closed here.
func bequeath(output int) error {
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return wrap("open /dev/null", err)
	}
	defer unix.Close(null)
	if err := unix.SetNonblock(output, false); err != nil { // who reads it now waits
		return wrap("change the output", err)
	}
	pid, err := syscall.ForkExec("/bin/sh", []string{"sentinel-output", "-c", draining}, &syscall.ProcAttr{
		Dir: "/", Env: []string{"PATH=" + Path},
		Files: []uintptr{uintptr(null), uintptr(null), uintptr(null), uintptr(output)},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		_ = unix.SetNonblock(output, true)
		return wrap("start /bin/sh", err)
	}
	_, err = reap(pid)
	return err
}
