package netio

import (
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// batchSize is how many datagrams one system call takes from a socket before
	// the next socket has its turn.
	batchSize = 16
	// packetLen is more than the longest VRRP message, 255 IPv6 addresses in
	// 4088 bytes, and the longest IPv4 header, 60 bytes. What is longer is cut
	// off there by the kernel and still too long.
	packetLen = 4096 + 64
	// controlLen holds the control messages of an IPv6 datagram with room to
	// spare for alignment: stamp, IPV6_PKTINFO and IPV6_HOPLIMIT.
	controlLen = 128
)

// batch receives datagrams by recvmmsg(2), which golang.org/x/sys lacks and for
// which golang.org/x/net allocates. Its memory is allocated once.
type batch struct {
	control [batchSize][controlLen]byte // first, for its alignment
	headers [batchSize]unix.Mmsghdr
	vectors [batchSize]unix.Iovec
	names   [batchSize]unix.RawSockaddrInet6
	packets [batchSize][packetLen]byte

	socket Socket
	now    time.Time // CLOCK_REALTIME when they were taken
	count  int       // datagrams taken
	next   int       // of them to be delivered
}

func newBatch() *batch {
	b := &batch{}
	for i := range b.headers {
		b.vectors[i].Base = &b.packets[i][0]
		b.vectors[i].SetLen(packetLen)
		h := &b.headers[i].Hdr
		h.Iov = &b.vectors[i]
		h.SetIovlen(1)
		h.Name = (*byte)(unsafe.Pointer(&b.names[i]))
		h.Control = &b.control[i][0]
	}
	return b
}

// fill takes what is waiting on a socket, without blocking, and reports whether
// there was anything. Errors are not worth more: those that a raw socket has are
// about single packets, and the next call goes on.
func (b *batch) fill(s Socket, fd int) bool {
	b.socket, b.count, b.next = s, 0, 0
	for i := range b.headers { // the kernel overwrites them
		h := &b.headers[i].Hdr
		h.Namelen = unix.SizeofSockaddrInet6
		h.SetControllen(controlLen)
	}
	n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.headers[0])),
		batchSize, unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 || n == 0 {
		return false
	}
	b.count = int(n)
	b.now = time.Now()
	return true
}

// deliver writes the next datagram that can be parsed to d; false means that
// there is none left.
func (b *batch) deliver(d *Datagram) bool {
	for b.next < b.count {
		i := b.next
		b.next++
		if b.parse(d, i) {
			return true
		}
	}
	return false
}

func (b *batch) parse(d *Datagram, i int) bool {
	h := &b.headers[i]
	packet := b.packets[i][:min(int(h.Len), packetLen)]
	*d = Datagram{Socket: b.socket.ID}
	stamp := d.parseControl(b.control[i][:min(int(h.Hdr.Controllen), controlLen)])
	if !stamp.IsZero() {
		d.Age = b.now.Sub(stamp)
	}
	if b.socket.Family == IPv4 {
		return d.parseIPv4(packet)
	}
	d.Source = netip.AddrFrom16(b.names[i].Addr)
	d.Payload = packet
	return true
}
