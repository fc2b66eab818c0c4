package netio

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// realtimePriority is the lowest of SCHED_FIFO: before everything ordinary, and
// behind whatever else on the machine has been made urgent on purpose.
const realtimePriority = 1

// Realtime lets the calling thread run before all ordinary ones (SCHED_FIFO,
// sched(7)), so that a machine that is busy with something else does not make a
// router miss its deadlines. The goroutine must be locked to its thread. Threads
// and processes that it starts are ordinary. It is an error without
// CAP_SYS_NICE or a limit on RLIMIT_RTPRIO that permits it; nothing has changed
// then.
func Realtime() error {
	attributes := unix.SchedAttr{
		Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: realtimePriority,
		Flags: unix.SCHED_FLAG_RESET_ON_FORK,
	}
	if err := unix.SchedSetAttr(0, &attributes, 0); err != nil {
		return fmt.Errorf("sched_setattr: %w", err)
	}
	return nil
}
