package process

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// deathsLimit is how many processes are followed at most: each takes a file
// descriptor. What ends beyond that is found by looking through /proc.
const deathsLimit = 512

// deaths is told by the kernel when a process has ended with all its threads
// (pidfd_open(2)). It works in every namespace, for every user, and loses nothing.
type deaths struct {
	file *os.File // an epoll descriptor of the pidfds
	conn syscall.RawConn
	fds  map[int]int // by process id; the monitor's goroutine alone uses it
}

func newDeaths() (*deaths, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll_create1: %w", err)
	}
	if err := unix.SetNonblock(epoll, true); err != nil { // so that Go's poller takes it
		unix.Close(epoll)
		return nil, fmt.Errorf("epoll: %w", err)
	}
	d := &deaths{file: os.NewFile(uintptr(epoll), "epoll"), fds: make(map[int]int)}
	if d.conn, err = d.file.SyscallConn(); err != nil {
		d.file.Close()
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return d, nil
}

// close makes read return and frees the descriptors.
func (d *deaths) close() {
	d.follow(nil)
	d.file.Close()
}

// follow replaces the processes that are followed. One that has ended already is
// told at once; one that cannot be followed is not.
func (d *deaths) follow(pids map[int]bool) {
	for pid := range d.fds {
		if !pids[pid] {
			d.forget(pid)
		}
	}
	for pid := range pids {
		if _, already := d.fds[pid]; !already && len(d.fds) < deathsLimit {
			d.add(pid)
		}
	}
}

// follows reports whether the end of a process will be told.
func (d *deaths) follows(pid int) bool {
	_, ok := d.fds[pid]
	return ok
}

func (d *deaths) add(pid int) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	one := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLONESHOT, Fd: int32(pid)}
	e := d.conn.Control(func(epoll uintptr) { err = unix.EpollCtl(int(epoll), unix.EPOLL_CTL_ADD, fd, &one) })
	if e != nil || err != nil {
		unix.Close(fd)
		return
	}
	d.fds[pid] = fd
}

// forget ends following a process, whose id may be another's soon.
func (d *deaths) forget(pid int) {
	if fd, ok := d.fds[pid]; ok {
		unix.Close(fd)
		delete(d.fds, pid)
	}
}

// read puts ends into the inbox until close.
func (d *deaths) read(into *inbox) {
	var ready [64]unix.EpollEvent
	for {
		var n int
		var err error
		closed := d.conn.Read(func(epoll uintptr) (done bool) {
			n, err = unix.EpollWait(int(epoll), ready[:], 0)
			return n != 0
		})
		if closed != nil || err != nil && err != unix.EINTR {
			return
		}
		var b batch
		for i := range max(n, 0) {
			b.events = append(b.events, event{kind: exited, pid: int(ready[i].Fd)})
		}
		into.put(b)
	}
}
