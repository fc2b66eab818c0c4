package process

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Of linux/connector.h and linux/cn_proc.h.
const (
	cnProc      = 1 // CN_IDX_PROC, CN_VAL_PROC and the group
	listen      = 1 // PROC_CN_MCAST_LISTEN
	eventFork   = 0x00000001
	eventExec   = 0x00000002
	eventComm   = 0x00000200
	eventExit   = 0x80000000
	eventsAsked = eventFork | eventExec | eventComm | eventExit

	// Offsets in a message: struct nlmsghdr, struct cn_msg, struct proc_event.
	cnOffset    = unix.SizeofNlMsghdr
	eventOffset = cnOffset + 20
	dataOffset  = eventOffset + 16
	messageSize = dataOffset + 24
)

// connectorBuffer holds ten thousand events, a second of a fork storm.
const connectorBuffer = 8 << 20

// errSilent is the connector's where it subscribes but is told nothing, or the ids
// of another namespace.
var errSilent = errors.New("process connector: no events are delivered")

// connector is told by the kernel what happens to all processes.
type connector struct {
	file *os.File
	conn syscall.RawConn
	pace pace
}

// connect subscribes and makes sure that events come. Nothing is read before read
// is called.
func connect() (*connector, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.NETLINK_CONNECTOR)
	if err != nil {
		return nil, fmt.Errorf("process connector: %w", err)
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, connectorBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, connectorBuffer)
	}
	c := &connector{file: os.NewFile(uintptr(fd), "process connector")}
	if c.conn, err = c.file.SyscallConn(); err == nil {
		err = c.subscribe(fd)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// subscribe asks for the events that matter, or for all of them: a kernel before
// 6.6 ignores a request with a choice.
func (c *connector) subscribe(fd int) error {
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: cnProc}); err != nil {
		return fmt.Errorf("process connector: %w", err)
	}
	for _, request := range [][]uint32{{listen, eventsAsked}, {listen}} {
		if err := unix.Send(fd, subscription(request), 0); err != nil {
			return fmt.Errorf("process connector: %w", err)
		}
		if c.works(fd) {
			return nil
		}
	}
	return errSilent
}

// subscription returns a message of a netlink and a connector header and words.
func subscription(words []uint32) []byte {
	b := make([]byte, eventOffset+4*len(words))
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], unix.NLMSG_DONE)
	binary.NativeEndian.PutUint32(b[cnOffset:], cnProc)
	binary.NativeEndian.PutUint32(b[cnOffset+4:], cnProc)
	binary.NativeEndian.PutUint16(b[cnOffset+16:], uint16(4*len(words)))
	for i, word := range words {
		binary.NativeEndian.PutUint32(b[eventOffset+4*i:], word)
	}
	return b
}

// works causes an event of our own and reads until it comes. The kernel delivers
// before the call that is the cause returns, so there is nothing to wait for.
func (c *connector) works(fd int) bool {
	if touch() != nil {
		return false
	}
	var b [messageSize]byte
	for {
		n, err := unix.Read(fd, b[:])
		if err != nil && err != unix.EINTR && err != unix.ENOBUFS {
			return false
		}
		if e, ok := parse(b[:max(n, 0)]); ok && e == touched {
			return true
		}
	}
}

// touched is the event that touch causes.
var touched = event{kind: renamed, pid: os.Getpid()}

// touch gives this process the name that it has, which the connector tells.
func touch() error {
	name, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		return err
	}
	return os.WriteFile("/proc/self/comm", bytes.TrimSuffix(name, []byte("\n")), 0)
}

// close makes read return.
func (c *connector) close() { c.file.Close() }

// read puts events into the inbox until close or an error. A buffer that has
// overflowed is no error: the events are lost, the subscription is not.
func (c *connector) read(into *inbox) {
	for {
		var b batch
		messages := 0
		closed := c.conn.Read(func(fd uintptr) (done bool) {
			messages, b = drain(int(fd))
			return messages > 0 || b.lost || b.err != nil
		})
		if closed != nil {
			return
		}
		if len(b.events) > 0 || b.lost || b.err != nil {
			into.put(b)
		}
		if b.err != nil {
			return
		}
		c.pace.keep(time.Now(), messages)
	}
}

// drain reads the messages that are there. An idle socket has none.
func drain(fd int) (messages int, b batch) {
	var message [messageSize]byte
	for messages < inboxLimit {
		n, err := unix.Read(fd, message[:])
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.ENOBUFS:
			b.lost = true
			continue
		case err == unix.EAGAIN:
			return messages, b
		case err != nil:
			b.err = fmt.Errorf("process connector: %w", err)
			return messages, b
		}
		messages++
		if e, ok := parse(message[:n]); ok {
			b.events = append(b.events, e)
		}
	}
	return messages, b
}

// parse reads one message. Events of threads other than a process's first do not
// matter. Nobody but the kernel can send to this group.
func parse(b []byte) (e event, ok bool) {
	if len(b) < dataOffset+8 || binary.NativeEndian.Uint32(b[cnOffset:]) != cnProc {
		return e, false
	}
	word := func(i int) int { return int(binary.NativeEndian.Uint32(b[dataOffset+4*i:])) }
	thread := word(0)
	e.pid = word(1)
	switch binary.NativeEndian.Uint32(b[eventOffset:]) {
	case eventFork:
		if len(b) < dataOffset+16 {
			return e, false
		}
		e.kind, e.parent = forked, word(1)
		thread, e.pid = word(2), word(3)
	case eventExec:
		e.kind = execed
	case eventComm:
		e.kind = renamed
	case eventExit:
		e.kind = exited
	default:
		return e, false
	}
	return e, thread == e.pid
}

// pace bounds how often the reader is woken when events come all the time: each
// wake-up costs far more than an event. Then it lets them gather for a
// millisecond.
type pace struct {
	since    time.Time
	messages int
}

func (p *pace) keep(now time.Time, messages int) {
	const window, many = 10 * time.Millisecond, 20
	if now.Sub(p.since) > window {
		p.since, p.messages = now, 0
	}
	if p.messages += messages; p.messages > many {
		time.Sleep(time.Millisecond)
	}
}
