package netio

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Poller is the one place where the loop waits: for a point in time, for a
// datagram on its [Sockets], or to be woken. Make one with [NewPoller].
//
// It is an epoll descriptor on which the waiting thread itself sleeps, with a
// timerfd for the deadline. That keeps a deadline to tens of microseconds, where
// a Go timer is late by up to a millisecond; and whatever else the machine is
// busy with, the kernel has only this one thread to wake, which [Realtime] puts
// before the others.
type Poller struct {
	file   *os.File
	conn   syscall.RawConn // file's; its methods keep Close from closing under us
	timer  int
	event  int
	woken  atomic.Bool // the eventfd has been written and not yet read
	closed atomic.Bool

	waiting sync.Mutex // held by Wait: the descriptors are in use

	// What the callbacks below work on, made once so that a wait allocates
	// nothing. until, armed and err belong to the goroutine that waits.
	sleep  func(fd uintptr)
	signal func(fd uintptr)
	events [4]unix.EpollEvent // timer, event, sockets: all that is ever added
	one    [8]byte            // what Wake writes
	count  [8]byte            // what clear reads
	until  int64              // nanoseconds of CLOCK_BOOTTIME; 0 is never
	armed  int64              // what the timer is set to
	err    error
}

// NewPoller returns a poller. Close it after use.
func NewPoller() (*Poller, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll_create1: %w", err)
	}
	p := &Poller{file: os.NewFile(uintptr(epoll), "epoll"), timer: -1, event: -1}
	p.sleep, p.signal = p.doze, p.write
	binary.NativeEndian.PutUint64(p.one[:], 1)
	if err := p.open(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Poller) open() (err error) {
	if p.conn, err = p.file.SyscallConn(); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	p.timer, err = unix.TimerfdCreate(unix.CLOCK_BOOTTIME, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("timerfd_create: %w", err)
	}
	p.event, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("eventfd: %w", err)
	}
	if err := p.add(p.timer); err != nil {
		return err
	}
	return p.add(p.event)
}

// add makes Wait return when fd is readable. The kernel forgets it by itself
// when fd is closed.
func (p *Poller) add(fd int) error {
	var err error
	if e := p.conn.Control(func(epoll uintptr) { err = epollAdd(int(epoll), fd, int32(fd)) }); e != nil {
		return e
	}
	return err
}

func epollAdd(epoll, fd int, data int32) error {
	err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: data})
	if err != nil {
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	return nil
}

// Wait returns when the time until on the [Clock]'s scale has come, a datagram
// is waiting, or Wake was called; it may return early. The zero time is never,
// and a time that is past returns at once. Only one goroutine may wait. An error
// means that the poller was closed or the kernel refused; it will not get better.
func (p *Poller) Wait(until time.Time) error {
	p.until = 0
	if !until.IsZero() {
		if !until.After(Clock{}.Now()) {
			return nil
		}
		p.until = until.UnixNano()
	}
	p.waiting.Lock()
	defer p.waiting.Unlock()
	p.err = nil
	if err := p.conn.Control(p.sleep); err != nil || p.closed.Load() {
		return fmt.Errorf("wait: %w", os.ErrClosed)
	}
	return p.err
}

// doze sleeps on the epoll descriptor until something of Wait's happens.
func (p *Poller) doze(epoll uintptr) {
	if p.err = p.arm(); p.err != nil {
		return
	}
	for !p.closed.Load() {
		n, err := unix.EpollWait(int(epoll), p.events[:], -1)
		if err != nil && err != unix.EINTR {
			p.err = fmt.Errorf("epoll_wait: %w", err)
			return
		}
		for i := range max(n, 0) {
			if p.events[i].Fd == int32(p.event) {
				p.clear()
			}
		}
		if n > 0 {
			return
		}
	}
}

// arm sets the timer, unless it is set already. An expired timer stays readable
// until it is set again, which the next wait for a later time does.
func (p *Poller) arm() error {
	if p.until == p.armed {
		return nil
	}
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(p.until)} // zero disarms
	if err := unix.TimerfdSettime(p.timer, unix.TFD_TIMER_ABSTIME, &spec, nil); err != nil {
		return fmt.Errorf("timerfd_settime: %w", err)
	}
	p.armed = p.until
	return nil
}

// clear takes back the wake-up. The flag comes second: a Wake in between adds
// nothing, but what it is about is there for the caller to see when Wait returns.
func (p *Poller) clear() {
	_, _ = unix.Read(p.event, p.count[:])
	p.woken.Store(false)
}

// Wake makes Wait return, now or when it is next called. It may be called from
// any goroutine, never blocks, and costs next to nothing if Wake was already
// called since the last wait. It does nothing after Close.
func (p *Poller) Wake() {
	if !p.woken.Swap(true) {
		_ = p.conn.Control(p.signal) // fails only when closed
	}
}

func (p *Poller) write(uintptr) {
	_, _ = unix.Write(p.event, p.one[:]) // the counter cannot overflow: see woken
}

// Close makes a Wait return with an error that is [os.ErrClosed], and frees the
// descriptors when that has happened.
func (p *Poller) Close() error {
	if p.closed.Swap(true) {
		return fmt.Errorf("close poller: %w", os.ErrClosed)
	}
	if p.event >= 0 {
		_ = p.conn.Control(p.signal)
	}
	p.waiting.Lock() // until the last Wait has returned
	defer p.waiting.Unlock()
	err := p.file.Close()
	for _, fd := range []int{p.timer, p.event} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
	return err
}
