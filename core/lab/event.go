package lab

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// EventKind is what a node has said.
type EventKind uint8

const (
	// Advertisement is a VRRP advertisement.
	Advertisement EventKind = iota + 1
	// GratuitousARP is an ARP request or reply that a node sends about itself.
	GratuitousARP
	// NeighborAdvertisement is an unsolicited IPv6 neighbour advertisement.
	NeighborAdvertisement
)

func (k EventKind) String() string {
	switch k {
	case Advertisement:
		return "advertisement"
	case GratuitousARP:
		return "gratuitous ARP"
	case NeighborAdvertisement:
		return "neighbour advertisement"
	}
	return "unknown"
}

// Event is a frame that says who serves an address.
type Event struct {
	At   time.Time // when the kernel of the switch got it
	Kind EventKind
	// Node is who sent it, known by the port it came in by and not by its MAC
	// address, which virtual routers share.
	Node    *Node
	Segment string
	// Source is the frame's source.
	Source MAC
	// Address is the one announced by an ARP or a neighbour advertisement.
	Address netip.Addr
	// Advert is what an advertisement says, and nil for other kinds.
	Advert *Advert
	// Frame is the whole frame. It must not be changed.
	Frame []byte
}

// Advert is a VRRP advertisement, decoded without any check of whether it is
// right: a lab shows what is on the wire.
type Advert struct {
	Source, Destination     netip.Addr
	TTL                     uint8
	Version, VRID, Priority uint8
	Interval                time.Duration
	Addresses               []netip.Addr
	// Payload is the VRRP message.
	Payload []byte
}

// decode understands a frame that [speechFilter] has passed; false for one that
// announces nothing.
func decode(f *frame) (Event, bool) {
	e := Event{At: f.at, Node: f.port.node, Segment: f.port.segment.name, Frame: bytes.Clone(f.data)}
	if len(e.Frame) < offNetwork {
		return e, false
	}
	copy(e.Source[:], e.Frame[6:12])
	packet := e.Frame[offNetwork:]
	switch binary.BigEndian.Uint16(e.Frame[offEtherType:]) {
	case unix.ETH_P_ARP:
		e.Kind = GratuitousARP
		e.Address = gratuitous(packet)
		return e, e.Address.IsValid()
	case unix.ETH_P_IP:
		e.Kind, e.Advert = Advertisement, advertOverIPv4(packet)
		return e, e.Advert != nil
	case unix.ETH_P_IPV6:
		if len(packet) >= 40 && packet[6] == protocolVRRP {
			e.Kind, e.Advert = Advertisement, advertOverIPv6(packet)
			return e, e.Advert != nil
		}
		e.Kind = NeighborAdvertisement
		e.Address = unsolicited(packet)
		return e, e.Address.IsValid()
	}
	return e, false
}

// gratuitous returns the address that an ARP packet's sender says it has without
// being asked: sender and target are the same.
func gratuitous(packet []byte) netip.Addr {
	if len(packet) < 28 || !bytes.Equal(packet[14:18], packet[24:28]) {
		return netip.Addr{}
	}
	return netip.AddrFrom4([4]byte(packet[14:18]))
}

// unsolicited returns the target of a neighbour advertisement that answers
// nobody.
func unsolicited(packet []byte) netip.Addr {
	const solicited = 0x40
	if len(packet) < 64 || packet[44]&solicited != 0 {
		return netip.Addr{}
	}
	return netip.AddrFrom16([16]byte(packet[48:64]))
}

func advertOverIPv4(packet []byte) *Advert {
	if len(packet) < 20 {
		return nil
	}
	header, total := int(packet[0]&0x0f)*4, int(binary.BigEndian.Uint16(packet[2:]))
	if header < 20 || total < header || total > len(packet) {
		return nil
	}
	a := &Advert{
		Source:      netip.AddrFrom4([4]byte(packet[12:16])),
		Destination: netip.AddrFrom4([4]byte(packet[16:20])),
		TTL:         packet[8],
		Payload:     packet[header:total], // short frames are padded
	}
	return a.fill(4)
}

func advertOverIPv6(packet []byte) *Advert {
	length := int(binary.BigEndian.Uint16(packet[4:]))
	if 40+length > len(packet) {
		return nil
	}
	a := &Advert{
		Source:      netip.AddrFrom16([16]byte(packet[8:24])),
		Destination: netip.AddrFrom16([16]byte(packet[24:40])),
		TTL:         packet[7],
		Payload:     packet[40 : 40+length],
	}
	return a.fill(16)
}

// fill decodes the VRRP message; it returns nil for one without a header.
func (a *Advert) fill(addressSize int) *Advert {
	m := a.Payload
	if len(m) < 8 {
		return nil
	}
	a.Version, a.VRID, a.Priority = m[0]>>4, m[1], m[2]
	if a.Version == 2 {
		a.Interval = time.Duration(m[5]) * time.Second
	} else {
		a.Interval = time.Duration(binary.BigEndian.Uint16(m[4:])&0x0fff) * 10 * time.Millisecond
	}
	for rest := m[8:]; len(a.Addresses) < int(m[3]) && len(rest) >= addressSize; rest = rest[addressSize:] {
		addr, _ := netip.AddrFromSlice(rest[:addressSize])
		a.Addresses = append(a.Addresses, addr)
	}
	return a
}
