package netnstest

import (
	"encoding/binary"
	"errors"
	"net"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Capture is what arrives at an interface, as a packet(7) socket sees it.
type Capture struct {
	t  testing.TB
	fd int
	b  [65536]byte
}

// Capture begins to capture the frames of an EtherType that arrive at an
// interface; unix.ETH_P_ALL captures all.
func (n *Namespace) Capture(name string, etherType uint16) *Capture {
	n.t.Helper()
	c := &Capture{t: n.t, fd: -1}
	n.t.Cleanup(func() { unix.Close(c.fd) })
	n.Do(func() {
		if err := c.open(n.Index(name), etherType); err != nil {
			n.t.Fatalf("capture on %s: %v", name, err)
		}
	})
	return c
}

func (c *Capture) open(index int, etherType uint16) (err error) {
	protocol := binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, etherType))
	c.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	const buffer = 16 << 20
	_ = unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, buffer)
	for _, o := range []struct{ level, option int }{
		{unix.SOL_SOCKET, unix.SO_TIMESTAMPNS},
		{unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING},
	} {
		if err := unix.SetsockoptInt(c.fd, o.level, o.option, 1); err != nil {
			return err
		}
	}
	return unix.Bind(c.fd, &unix.SockaddrLinklayer{Ifindex: index, Protocol: protocol})
}

// Next returns the next frame, or nil if none comes within some time.
func (c *Capture) Next(patience time.Duration) []byte {
	c.t.Helper()
	frame, _ := c.NextStamped(patience)
	return frame
}

// NextStamped is Next with the time at which the kernel received the frame.
func (c *Capture) NextStamped(patience time.Duration) (frame []byte, at time.Time) {
	c.t.Helper()
	poll := []unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLIN}}
	for until := time.Now().Add(patience); ; {
		left := max(0, time.Until(until).Milliseconds())
		n, err := unix.Poll(poll, int(left))
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			c.t.Fatal(err)
		case n == 0:
			return nil, at
		}
		var control [64]byte
		n, length, _, _, err := unix.Recvmsg(c.fd, c.b[:], control[:], unix.MSG_DONTWAIT)
		if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.ENETDOWN) {
			continue
		}
		if err != nil {
			c.t.Fatal(err)
		}
		header, data, _, err := unix.ParseOneSocketControlMessage(control[:length])
		if err == nil && header.Type == unix.SCM_TIMESTAMPNS {
			at = time.Unix((*unix.Timespec)(unsafe.Pointer(&data[0])).Unix())
		}
		return append([]byte(nil), c.b[:n]...), at
	}
}

// MAC returns the hardware address of an interface.
func (n *Namespace) MAC(name string) (mac net.HardwareAddr) {
	n.t.Helper()
	n.Do(func() {
		link, err := net.InterfaceByName(name)
		if err != nil {
			n.t.Fatal(err)
		}
		mac = link.HardwareAddr
	})
	return mac
}

// Index returns the index of an interface, 0 if there is none.
func (n *Namespace) Index(name string) (index int) {
	n.Do(func() {
		if link, err := net.InterfaceByName(name); err == nil {
			index = link.Index
		}
	})
	return index
}
