package netio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// eventBuffer holds the events of a few thousand addresses that change at once.
const eventBuffer = 1 << 20

// events learns from the kernel which interfaces have changed (rtnetlink(7)). It
// keeps only their indexes: an event says where to look, and many that come
// before anybody has looked count as one.
type events struct {
	file   *os.File
	conn   syscall.RawConn
	signal chan struct{} // see changed

	mu      sync.Mutex // guards changes
	changes changes
}

// changes is what has happened since the last look.
type changes struct {
	links     map[int]bool // interfaces that came, went or changed
	addresses map[int]bool // interfaces whose addresses changed
	lost      bool         // events were lost: anything may have changed
	err       error        // there will be no more events
}

// subscribe opens the subscription in the calling thread's namespace. Nothing is
// read before read is called.
func subscribe(buffer int) (*events, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("subscribe to link events: %w", err)
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, buffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, buffer)
	}
	e := &events{file: os.NewFile(uintptr(fd), "rtnetlink"), signal: make(chan struct{}, 1)}
	groups := unix.SockaddrNetlink{
		Family: unix.AF_NETLINK,
		Groups: unix.RTMGRP_LINK | unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV6_IFADDR,
	}
	if err = unix.Bind(fd, &groups); err == nil {
		e.conn, err = e.file.SyscallConn()
	}
	if err != nil {
		e.file.Close()
		return nil, fmt.Errorf("subscribe to link events: %w", err)
	}
	return e, nil
}

// close makes read return.
func (e *events) close() { e.file.Close() }

// read collects events until close or an error, which take returns. A buffer
// that has overflowed is no error: the events are lost, the subscription is not.
func (e *events) read() {
	buffer := make([]byte, os.Getpagesize()*8) // more than the kernel puts in one message
	for {
		var n int
		var err error
		closed := e.conn.Read(func(fd uintptr) (done bool) {
			n, err = unix.Read(int(fd), buffer)
			return err != unix.EAGAIN
		})
		switch {
		case closed != nil:
			return
		case errors.Is(err, unix.ENOBUFS):
			e.note(func(c *changes) { c.lost = true })
		case errors.Is(err, unix.EINTR):
		case err != nil:
			e.note(func(c *changes) { c.err = fmt.Errorf("read link events: %w", err) })
			return
		default:
			e.parse(buffer[:n])
		}
	}
}

// parse notes the interfaces that a datagram is about. Link and address messages
// both have the interface's index at the same place (struct ifinfomsg, struct
// ifaddrmsg). Nobody but the kernel can send to these groups, and what somebody
// else sent here could at worst make us look once more.
func (e *events) parse(b []byte) {
	const indexOffset = unix.SizeofNlMsghdr + 4
	e.note(func(c *changes) {
		for len(b) >= indexOffset+intLen {
			length := int(binary.NativeEndian.Uint32(b))
			index := int(binary.NativeEndian.Uint32(b[indexOffset:]))
			switch binary.NativeEndian.Uint16(b[4:]) { // struct nlmsghdr's nlmsg_type
			case unix.RTM_NEWLINK, unix.RTM_DELLINK:
				c.links[index] = true
			case unix.RTM_NEWADDR, unix.RTM_DELADDR:
				c.addresses[index] = true
			}
			length = (length + unix.NLMSG_ALIGNTO - 1) &^ (unix.NLMSG_ALIGNTO - 1)
			if length < unix.SizeofNlMsghdr || length > len(b) {
				return
			}
			b = b[length:]
		}
	})
}

func (e *events) note(change func(*changes)) {
	e.mu.Lock()
	if e.changes.links == nil {
		e.changes.links, e.changes.addresses = make(map[int]bool), make(map[int]bool)
	}
	change(&e.changes)
	e.mu.Unlock()
	select {
	case e.signal <- struct{}{}:
	default: // it holds one
	}
}

// changed returns a channel that holds an element when there is something to
// take. A nil subscription has none.
func (e *events) changed() <-chan struct{} {
	if e == nil {
		return nil
	}
	return e.signal
}

// take returns what has changed since the last call.
func (e *events) take() changes {
	e.mu.Lock()
	defer e.mu.Unlock()
	taken := e.changes
	e.changes = changes{}
	return taken
}
