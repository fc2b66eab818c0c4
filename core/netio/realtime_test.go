package netio

import (
	"errors"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// Where it is permitted the thread is in the real-time class, and what it starts
// is not; elsewhere it says so and stays as it was.
func TestRealtime(t *testing.T) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with this
		err := Realtime()
		attributes, e := unix.SchedGetAttr(0, 0)
		if e != nil {
			t.Error(e)
			return
		}
		switch {
		case errors.Is(err, unix.EPERM):
			if attributes.Policy != unix.SCHED_NORMAL {
				t.Errorf("refused, and the policy is %d", attributes.Policy)
			}
		case err != nil:
			t.Error(err)
		case attributes.Policy != unix.SCHED_FIFO || attributes.Flags&unix.SCHED_FLAG_RESET_ON_FORK == 0:
			t.Errorf("granted, and the thread has %+v", attributes)
		}
	}()
	<-done
}
