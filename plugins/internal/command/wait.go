package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk/guard"
)

// grace is between SIGTERM and SIGKILL.
const grace = 2 * time.Second

const (
	// smallRead is enough for most programs, and largeRead for what a pipe holds.
	smallRead = 4 << 10
	largeRead = 64 << 10
	// lastReads are enough for what a program can have left in the largest pipe that
	// it may make of its own. More is from others.
	lastReads = 20
)

// wait waits for the process to end, and ends it when ctx ends.
func (p *process) wait(ctx context.Context) Result {
	interrupted, err := p.watch(ctx)
	if interrupted || err != nil {
		p.signal(unix.SIGKILL) // and whoever is left of its group
	}
	result := p.end()
	switch {
	case err != nil:
		result.Ending, result.Err = NotExecuted, fmt.Errorf("watch process: %w", err)
	case interrupted:
		result.Ending, result.Err = Interrupted, ctx.Err()
	}
	return result
}

// watch returns when the process has ended, and reports whether it had to.
func (p *process) watch(ctx context.Context) (interrupted bool, err error) {
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return false, err
	}
	defer unix.Close(wake)
	told := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(told)
		tell(wake)
	})
	defer func() {
		if !stop() {
			<-told
		}
	}()
	w := waiting{process: p, fds: [3]unix.PollFd{
		{Fd: int32(p.exit), Events: unix.POLLIN},
		{Fd: int32(p.output), Events: unix.POLLIN},
		{Fd: int32(wake), Events: unix.POLLIN},
	}}
	for !w.over() {
		if err := w.next(); err != nil {
			return false, err
		}
	}
	return !w.killAt.IsZero(), nil
}

// waiting is the course of a wait. What there is no more to hear of has a
// negative descriptor, which poll ignores.
type waiting struct {
	*process
	fds    [3]unix.PollFd // exit, output, context
	killAt time.Time      // when SIGKILL is due; zero while nothing was asked to end
	killed bool
}

func (w *waiting) exited() bool { return w.fds[0].Fd < 0 }
func (w *waiting) silent() bool { return w.fds[1].Fd < 0 }

// over reports whether there is nothing to wait for. Of a group that was asked to
// end, those who still hold the output are given the time they have.
func (w *waiting) over() bool {
	return w.exited() && (w.killAt.IsZero() || w.killed || w.silent())
}

// next waits for one event and sees to it.
func (w *waiting) next() error {
	var timeout *unix.Timespec
	if !w.killAt.IsZero() && !w.killed {
		left := unix.NsecToTimespec(max(0, int64(time.Until(w.killAt))))
		timeout = &left
	}
	switch n, err := unix.Ppoll(w.fds[:], timeout, nil); {
	case errors.Is(err, unix.EINTR):
		return nil
	case err != nil:
		return err
	case n == 0:
		w.killed = true
		w.signal(unix.SIGKILL)
		return nil
	}
	if w.fds[0].Revents != 0 {
		w.fds[0].Fd = -1
	}
	if w.fds[1].Revents != 0 && w.read() == 0 {
		w.fds[1].Fd = -1
	}
	if w.fds[2].Revents != 0 {
		w.fds[2].Fd = -1
		if !w.exited() {
			w.killAt = time.Now().Add(grace)
			w.signal(unix.SIGTERM)
		}
	}
	return nil
}

// signal signals the group. As the process was not waited for, its number is
// nobody else's, even if it has ended.
func (p *process) signal(s unix.Signal) {
	if unix.Kill(-p.pid, s) != nil {
		_ = unix.Kill(p.pid, s) // it has left its group
	}
}

// read reads some of the output. It returns 0 at its end and -1 if there is
// nothing now.
func (p *process) read() int {
	if p.buffer == nil {
		p.buffer = make([]byte, smallRead)
	}
	n, err := unix.Read(p.output, p.buffer)
	if err != nil {
		return -1
	}
	p.tail.write(p.buffer[:n])
	if n == smallRead && len(p.buffer) == smallRead {
		p.buffer = make([]byte, largeRead)
	}
	return n
}

// end reaps a process that has ended and reads the rest of its output.
func (p *process) end() Result {
	status, err := p.reap()
	unix.Close(p.exit)
	n := 1
	for reads := 0; n > 0 && reads < lastReads; reads++ {
		n = p.read()
	}
	if n == 0 || p.lasts && bequeath(p.output) == nil {
		unix.Close(p.output)
	} else {
		left.add(p.output)
	}
	result := Result{Output: p.tail.String()}
	switch {
	case err != nil:
		result.Err = fmt.Errorf("wait for process: %w", err)
	case status.Signaled():
		result.Ending, result.Signal = Killed, status.Signal()
	default:
		result.Ending, result.Status = Exited, status.ExitStatus()
	}
	return result
}

func (p *process) reap() (status unix.WaitStatus, err error) {
	guard.Remove(p.slot) // before its number is free
	for {
		if _, err = unix.Wait4(p.pid, &status, 0, nil); !errors.Is(err, unix.EINTR) {
			return status, err
		}
	}
}
