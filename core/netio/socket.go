package netio

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Protocol is VRRP's IP protocol number (RFC 9568 section 5.1.1.4).
const Protocol = 112

// The multicast groups of VRRP (RFC 9568 sections 5.1.1.2 and 5.1.2.2).
var (
	groupIPv4 = netip.AddrFrom4([4]byte{224, 0, 0, 18})
	groupIPv6 = netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x12})
)

const (
	// hopLimit is the TTL that RFC 9568 section 5.1.1.3 demands. It is the
	// default of a socket; each message brings its own.
	hopLimit = 255
	// trafficClass is DSCP CS6, network control, as keepalived sends.
	trafficClass = 0xc0
	// queuePriority is the highest, for the queueing discipline.
	queuePriority = 7
	// receiveBuffer is enough for the advertisements of some seconds in which
	// the process does not run.
	receiveBuffer = 4 << 20
)

// Family is an address family.
type Family uint8

// The families.
const (
	IPv4 Family = 4
	IPv6 Family = 6
)

// String returns "IPv4" or "IPv6".
func (f Family) String() string { return fmt.Sprintf("IPv%d", uint8(f)) }

// Socket says which socket to open: all of protocol 112 of one family on one
// interface, multicast and unicast.
type Socket struct {
	// ID is the caller's name for it, unique among the open ones.
	ID uint32
	// Index is the interface's. It decides; no name is looked up.
	Index  int
	Family Family
}

// open opens the socket, ready for use.
func (s Socket) open() (fd int, err error) {
	domain := unix.AF_INET
	if s.Family == IPv6 {
		domain = unix.AF_INET6
	}
	fd, err = unix.Socket(domain, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, Protocol)
	if err != nil {
		return -1, fmt.Errorf("socket: %w", err)
	}
	if err := s.setUp(fd); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// option is a socket option and its value.
type option struct {
	name                 string
	level, option, value int
}

func (s Socket) setUp(fd int) error {
	// By index: a name could be another interface's by now.
	options := []option{{"SO_BINDTOIFINDEX", unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX, s.Index}}
	if err := set(fd, options); err != nil {
		return err
	}
	if err := empty(fd); err != nil {
		return err
	}
	// A privilege or a kernel may be lacking for these. Nothing depends on them.
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PRIORITY, queuePriority)
	_ = s.allowAnySource(fd)
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	}
	if s.Family == IPv6 {
		return s.setUpIPv6(fd)
	}
	return s.setUpIPv4(fd)
}

// allowAnySource lets a router that resigns because its source address was taken
// from the interface say so from that address, which is the one its peers know.
func (s Socket) allowAnySource(fd int) error {
	if s.Family == IPv6 {
		return unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_TRANSPARENT, 1)
	}
	return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TRANSPARENT, 1)
}

func (s Socket) setUpIPv4(fd int) error {
	err := set(fd, []option{
		{"SO_TIMESTAMPNS", unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1},
		{"IP_MULTICAST_ALL", unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0},
		{"IP_MULTICAST_LOOP", unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, 0},
		{"IP_MULTICAST_TTL", unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, hopLimit},
		{"IP_TTL", unix.IPPROTO_IP, unix.IP_TTL, hopLimit},
		{"IP_TOS", unix.IPPROTO_IP, unix.IP_TOS, trafficClass},
		// Without it a message over the MTU, which 255 addresses need, would be
		// refused instead of fragmented once the path's MTU is known.
		{"IP_MTU_DISCOVER", unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DONT},
	})
	if err != nil {
		return err
	}
	group := unix.IPMreqn{Multiaddr: groupIPv4.As4(), Ifindex: int32(s.Index)}
	if err := unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, &group); err != nil {
		return fmt.Errorf("IP_MULTICAST_IF: %w", err)
	}
	if err := unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, &group); err != nil {
		return fmt.Errorf("join %v: %w", groupIPv4, err)
	}
	return nil
}

func (s Socket) setUpIPv6(fd int) error {
	// IPV6_CHECKSUM stays off: the kernel would drop messages with a bad checksum
	// before anybody could count them.
	err := set(fd, []option{
		{"SO_TIMESTAMPNS", unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1},
		{"IPV6_RECVPKTINFO", unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1},
		{"IPV6_RECVHOPLIMIT", unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT, 1},
		{"IPV6_MULTICAST_LOOP", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, 0},
		{"IPV6_MULTICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, hopLimit},
		{"IPV6_MULTICAST_IF", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, s.Index},
		{"IPV6_UNICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, hopLimit},
		{"IPV6_TCLASS", unix.IPPROTO_IPV6, unix.IPV6_TCLASS, trafficClass},
	})
	if err != nil {
		return err
	}
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_ALL, 0) // since Linux 4.20
	group := unix.IPv6Mreq{Multiaddr: groupIPv6.As16(), Interface: uint32(s.Index)}
	if err := unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, unix.IPV6_JOIN_GROUP, &group); err != nil {
		return fmt.Errorf("join %v: %w", groupIPv6, err)
	}
	return nil
}

func set(fd int, options []option) error {
	for _, o := range options {
		if err := unix.SetsockoptInt(fd, o.level, o.option, o.value); err != nil {
			return fmt.Errorf("%s: %w", o.name, err)
		}
	}
	return nil
}

// empty throws away what arrived before the socket was bound to its interface:
// a raw socket receives from its first moment, and from everywhere. In that
// moment far fewer than the limit can come: what is left is a flood on the
// interface itself, which would keep us here for ever.
func empty(fd int) error {
	const limit = 4096
	for range limit {
		_, _, err := unix.Recvfrom(fd, nil, unix.MSG_DONTWAIT|unix.MSG_TRUNC)
		switch {
		case err == nil, errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			return nil
		default:
			return fmt.Errorf("empty: %w", err)
		}
	}
	return nil
}
