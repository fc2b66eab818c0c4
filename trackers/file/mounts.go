package file

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// mountsGap is the time after a change of the mounts until all is told once more,
// and the shortest between two that are told.
const mountsGap = time.Second

// mounts tells of changes of the mounts that this process sees, as inotify does
// not: the kernel makes /proc/self/mountinfo ready for exceptions (proc(5)).
//
// Go's poller is of no use, as whoever asks the kernel for a change first is told
// and nobody else. Therefore a goroutine waits in the kernel.
type mounts struct {
	table int    // the descriptor of mountinfo
	wake  [2]int // a pipe; its writing end is closed in order to close
	tell  func()
	ended sync.WaitGroup
}

// openMounts calls tell at every change, and once more a while after it: what was
// looked up at once may have been on its way out.
func openMounts(tell func()) (*mounts, error) {
	m := &mounts{tell: tell}
	var err error
	if m.table, err = unix.Open("/proc/self/mountinfo", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return nil, fmt.Errorf("mountinfo: %w", err)
	}
	if err := unix.Pipe2(m.wake[:], unix.O_CLOEXEC); err != nil {
		unix.Close(m.table)
		return nil, fmt.Errorf("pipe: %w", err)
	}
	m.ended.Go(m.run)
	return m, nil
}

// close ends telling and waits for its end.
func (m *mounts) close() {
	unix.Close(m.wake[1])
	m.ended.Wait()
	unix.Close(m.wake[0])
	unix.Close(m.table)
}

func (m *mounts) run() {
	for again := false; ; {
		patience := -1 * time.Millisecond // none ends it
		if again {
			patience = mountsGap
		}
		changed, closed := m.wait(patience)
		switch {
		case closed:
			return
		case again: // with what has changed meanwhile
			m.tell()
			again = changed
		case changed:
			m.tell()
			again = true
		}
	}
}

// wait waits for a change, or, if there is an end to patience, for that end.
func (m *mounts) wait(patience time.Duration) (changed, closed bool) {
	closing := unix.PollFd{Fd: int32(m.wake[0])} // a hang-up is always told
	if patience >= 0 {
		_, closed = poll(patience, closing)
		patience = 0
	}
	if closed {
		return false, true
	}
	ready, closed := poll(patience, closing, unix.PollFd{Fd: int32(m.table), Events: unix.POLLPRI})
	return ready, closed
}

// poll waits for one of the descriptors, of which the first says that it is over.
// If it cannot, anything may have changed.
func poll(patience time.Duration, fds ...unix.PollFd) (ready, closed bool) {
	for {
		_, err := unix.Poll(fds, int(patience.Milliseconds()))
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			time.Sleep(mountsGap)
			return true, false
		}
		last := fds[len(fds)-1]
		return len(fds) > 1 && last.Revents&(unix.POLLPRI|unix.POLLERR) != 0, fds[0].Revents != 0
	}
}
