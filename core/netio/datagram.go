package netio

import (
	"encoding/binary"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Datagram is a received IP packet of protocol 112 and what the kernel says of
// it.
type Datagram struct {
	// Socket is the ID of the socket that received it. It may have been closed
	// meanwhile.
	Socket uint32
	// Source and Destination are the IP header's, without a zone.
	Source, Destination netip.Addr
	// TTL is the IPv4 TTL or the IPv6 hop limit.
	TTL uint8
	// Age is the time since the kernel received it, by CLOCK_REALTIME: after
	// that clock was set it can be anything, also negative. 0 without a stamp.
	Age time.Duration
	// Payload is what follows the IP header. It is valid until the next receive.
	// A message of more than 4 KiB is longer than any of VRRP's and comes cut
	// off there, which is still longer than any of VRRP's.
	Payload []byte
}

// The IPv4 header (RFC 791 section 3.1), which a raw IPv4 socket delivers too.
const (
	ipv4HeaderLen   = 20
	ipv4TTL         = 8
	ipv4Source      = 12
	ipv4Destination = 16
)

// parseIPv4 takes d's fields from a packet that begins with its IP header. It
// reports false for what is no IPv4 packet.
func (d *Datagram) parseIPv4(b []byte) bool {
	if len(b) < ipv4HeaderLen || b[0]>>4 != 4 {
		return false
	}
	header := int(b[0]&0x0f) * 4 // with options
	if header < ipv4HeaderLen || header > len(b) {
		return false
	}
	d.Source = netip.AddrFrom4([4]byte(b[ipv4Source:]))
	d.Destination = netip.AddrFrom4([4]byte(b[ipv4Destination:]))
	d.TTL = b[ipv4TTL]
	d.Payload = b[header:]
	return true
}

// parseControl takes d's fields from the control messages that came with the
// packet, and returns the kernel's stamp, zero if there is none.
func (d *Datagram) parseControl(b []byte) (stamp time.Time) {
	for len(b) >= unix.SizeofCmsghdr {
		header, data, rest, err := unix.ParseOneSocketControlMessage(b)
		if err != nil {
			return stamp
		}
		switch {
		case header.Level == unix.SOL_SOCKET && header.Type == unix.SCM_TIMESTAMPNS &&
			len(data) >= int(unsafe.Sizeof(unix.Timespec{})):
			stamp = time.Unix((*unix.Timespec)(unsafe.Pointer(&data[0])).Unix())
		case header.Level == unix.IPPROTO_IPV6 && header.Type == unix.IPV6_PKTINFO &&
			len(data) >= unix.SizeofInet6Pktinfo:
			d.Destination = netip.AddrFrom16([16]byte(data))
		case header.Level == unix.IPPROTO_IPV6 && header.Type == unix.IPV6_HOPLIMIT && len(data) >= 4:
			d.TTL = uint8(binary.NativeEndian.Uint32(data))
		}
		b = rest
	}
	return stamp
}
