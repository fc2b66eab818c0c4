package netio

import (
	"encoding/binary"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// message is what sendmsg(2) works on, allocated once and filled in anew for
// each datagram.
type message struct {
	header unix.Msghdr
	vector unix.Iovec
	ipv4   struct {
		control [64]byte // first, for its alignment
		to      unix.RawSockaddrInet4
		info    *unix.Inet4Pktinfo // in control
		ttl     []byte             // in control
	}
	ipv6 struct {
		control [64]byte
		to      unix.RawSockaddrInet6
		info    *unix.Inet6Pktinfo
		ttl     []byte
	}
}

// intLen is the length of a C int.
const intLen = 4

func newMessage() *message {
	m := &message{}
	m.header.Iov = &m.vector
	m.header.SetIovlen(1)

	m.ipv4.to.Family = unix.AF_INET
	info, rest := control(m.ipv4.control[:], unix.IPPROTO_IP, unix.IP_PKTINFO, unix.SizeofInet4Pktinfo)
	m.ipv4.info = (*unix.Inet4Pktinfo)(unsafe.Pointer(&info[0]))
	m.ipv4.ttl, _ = control(rest, unix.IPPROTO_IP, unix.IP_TTL, intLen)

	m.ipv6.to.Family = unix.AF_INET6
	info, rest = control(m.ipv6.control[:], unix.IPPROTO_IPV6, unix.IPV6_PKTINFO, unix.SizeofInet6Pktinfo)
	m.ipv6.info = (*unix.Inet6Pktinfo)(unsafe.Pointer(&info[0]))
	m.ipv6.ttl, _ = control(rest, unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT, intLen)
	return m
}

// control writes the header of a control message to b and returns the places of
// its data and of the next one.
func control(b []byte, level, kind int32, length int) (data, rest []byte) {
	h := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
	h.Level, h.Type = level, kind
	h.SetLen(unix.CmsgLen(length))
	start := unix.CmsgLen(0)
	return b[start : start+length], b[unix.CmsgSpace(length):]
}

// The lengths of the two control messages of a family together.
var (
	controlLenIPv4 = unix.CmsgSpace(unix.SizeofInet4Pktinfo) + unix.CmsgSpace(intLen)
	controlLenIPv6 = unix.CmsgSpace(unix.SizeofInet6Pktinfo) + unix.CmsgSpace(intLen)
)

// send sends one datagram. The addresses must be of the socket's family.
func (m *message) send(s *openSocket, source, destination netip.Addr, ttl uint8, payload []byte) error {
	h := &m.header
	if s.Family == IPv4 {
		m.addressIPv4(source, destination, ttl)
		h.Name, h.Namelen = (*byte)(unsafe.Pointer(&m.ipv4.to)), unix.SizeofSockaddrInet4
		h.Control = &m.ipv4.control[0]
		h.SetControllen(controlLenIPv4)
	} else {
		m.addressIPv6(s.Index, source, destination, ttl)
		h.Name, h.Namelen = (*byte)(unsafe.Pointer(&m.ipv6.to)), unix.SizeofSockaddrInet6
		h.Control = &m.ipv6.control[0]
		h.SetControllen(controlLenIPv6)
	}
	m.vector.Base = unsafe.SliceData(payload)
	m.vector.SetLen(len(payload))
	_, _, errno := unix.Syscall(unix.SYS_SENDMSG, uintptr(s.fd), uintptr(unsafe.Pointer(h)), unix.MSG_DONTWAIT)
	m.vector.Base = nil // the caller's
	if errno != 0 {
		return errno
	}
	return nil
}

func (m *message) addressIPv4(source, destination netip.Addr, ttl uint8) {
	m.ipv4.to.Addr = destination.As4()
	m.ipv4.info.Spec_dst = [4]byte{} // the kernel's choice
	if source.IsValid() {
		m.ipv4.info.Spec_dst = source.As4()
	}
	binary.NativeEndian.PutUint32(m.ipv4.ttl, uint32(ttl))
}

func (m *message) addressIPv6(index int, source, destination netip.Addr, ttl uint8) {
	m.ipv6.to.Addr = destination.As16()
	m.ipv6.to.Scope_id = uint32(index) // used for link-local destinations only
	m.ipv6.info.Ifindex = uint32(index)
	m.ipv6.info.Addr = [16]byte{}
	if source.IsValid() {
		m.ipv6.info.Addr = source.As16()
	}
	binary.NativeEndian.PutUint32(m.ipv6.ttl, uint32(ttl))
}
