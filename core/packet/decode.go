package packet

import (
	"crypto/subtle"
	"encoding/binary"
	"net/netip"
	"slices"
	"time"
)

const typeAdvertisement = 1 // RFC 9568 section 5.2.2; there is no other type

// Datagram is a received IP packet of protocol 112 without its IP header.
type Datagram struct {
	// Source and Destination are the IP header's addresses, without a zone.
	Source, Destination netip.Addr
	// TTL is the IPv4 TTL or the IPv6 hop limit.
	TTL uint8
	// Payload is the VRRP message. It is only valid until the next receive.
	Payload []byte
}

// VRID returns the identifier the datagram claims, without any check, so that
// the caller can find whose [Expect] applies. It is 0, which is nobody's, when
// there is no such byte.
func (d *Datagram) VRID() uint8 {
	if len(d.Payload) < 2 {
		return 0
	}
	return d.Payload[1]
}

// Expect is what one of our virtual routers demands of an advertisement.
type Expect struct {
	// Version is ours, 2 or 3.
	Version uint8
	// MinTTL is the smallest TTL accepted; 0 means 255, the protocol's own rule.
	MinTTL uint8
	// AuthType and Password are ours in version 2.
	AuthType AuthType
	Password Password
	// Interval is ours; version 2 accepts no other.
	Interval time.Duration
	// Peers are the unicast peers; nil accepts any source, as multicast does.
	Peers []netip.Addr
	// Self is our own source address; the zero value matches nobody.
	Self netip.Addr
	// Addresses is our own list. A message without addresses is accepted only
	// if it is empty too.
	Addresses []netip.Addr
	// Strict also drops what differs from Addresses, and an IPv6 list that does
	// not begin with a link-local address.
	Strict bool
}

// Decode checks d and, if nothing is wrong, leaves it decoded in a. The order of
// the checks is fixed: TTL, length, version, type, known identifier, address
// count, exact length, checksum, authentication, interval, source, own source.
// A nil want means that no router of ours has d's identifier.
//
// When the message is dropped, a holds the fields up to the failed check, for
// the sake of a message that names the difference. Decode does not allocate
// once a.Addresses has grown to the largest list seen.
func (a *Advertisement) Decode(d *Datagram, want *Expect) DropReason {
	a.reset()
	if reason := a.decodeHeader(d, want); reason != Accepted {
		return reason
	}
	if reason := a.decodeBody(d, want); reason != Accepted {
		return reason
	}
	return a.decodePolicy(d, want)
}

func (a *Advertisement) reset() {
	*a = Advertisement{Addresses: a.Addresses[:0]}
}

// decodeHeader does the checks that need no more than the first bytes.
func (a *Advertisement) decodeHeader(d *Datagram, want *Expect) DropReason {
	minTTL := uint8(RequiredTTL)
	if want != nil && want.MinTTL != 0 {
		minTTL = want.MinTTL
	}
	b := d.Payload
	switch {
	// RFC 9568 section 7.1: "verify that the IPv4 TTL/IPv6 Hop Limit is 255".
	case d.TTL < minTTL:
		return DropTTL
	case len(b) < headerLen:
		return DropShort
	}
	a.Version, a.VRID, a.Priority = b[0]>>4, b[1], b[2]
	switch {
	case a.Version != Version2 && a.Version != Version3:
		return DropVersion
	case want != nil && a.Version != want.Version:
		return DropVersion
	case b[0]&0x0f != typeAdvertisement:
		return DropType
	case want == nil:
		return DropUnknownID
	}
	return Accepted
}

// decodeBody does the checks that make sure the message is complete and intact.
func (a *Advertisement) decodeBody(d *Datagram, want *Expect) DropReason {
	b, family := d.Payload, FamilyOf(d.Source)
	count := int(b[3])
	size := 4
	if family == IPv6 {
		size = 16
	}
	length := headerLen + count*size
	if a.Version == Version2 {
		length += authDataLen
		a.AuthType = AuthType(b[4])
		a.Interval = time.Duration(b[5]) * time.Second
	} else {
		// RFC 9568 section 5.2.6: the four reserved bits are ignored.
		a.Interval = time.Duration(binary.BigEndian.Uint16(b[4:6])&0x0fff) * Centisecond
	}
	switch {
	case count == 0 && len(want.Addresses) != 0:
		return DropCount
	case len(b) != length:
		return DropLength
	case !a.verify(d, family):
		return DropChecksum
	}
	for rest := b[headerLen : headerLen+count*size]; len(rest) > 0; rest = rest[size:] {
		address, _ := netip.AddrFromSlice(rest[:size])
		a.Addresses = append(a.Addresses, address)
	}
	if a.Version == Version2 {
		copy(a.Password[:], b[length-authDataLen:])
	}
	return Accepted
}

// verify tries the checksum forms that the version and family allow and notes
// which one fits.
func (a *Advertisement) verify(d *Datagram, family Family) bool {
	got := binary.BigEndian.Uint16(d.Payload[6:8])
	if checksum(d.Payload, d.Source, d.Destination, a.covers(family)) == got {
		return true
	}
	if a.Version == Version2 || family == IPv6 {
		return false
	}
	a.Checksum = ChecksumRFC9568
	return checksum(d.Payload, d.Source, d.Destination, false) == got
}

// decodePolicy does the checks that compare an intact message with ours.
func (a *Advertisement) decodePolicy(d *Datagram, want *Expect) DropReason {
	if a.Version == Version2 {
		switch {
		case a.AuthType != want.AuthType:
			return DropAuthType
		case a.AuthType == AuthSimpleText &&
			subtle.ConstantTimeCompare(a.Password[:], want.Password[:]) != 1:
			return DropPassword
		case a.Interval != want.Interval:
			return DropInterval
		}
	}
	switch {
	case a.Interval == 0:
		return DropInterval
	case want.Peers != nil && !slices.Contains(want.Peers, d.Source):
		return DropPeer
	case d.Source == want.Self:
		return DropSelf
	case want.Strict && (!a.FirstIsLinkLocal() || !SameAddresses(a.Addresses, want.Addresses)):
		return DropAddressList
	}
	return Accepted
}

// FirstIsLinkLocal reports whether the list begins as erratum 8300 to RFC 9568
// demands: over IPv6 with a link-local address. It is true over IPv4 and for
// an empty list.
func (a *Advertisement) FirstIsLinkLocal() bool {
	if len(a.Addresses) == 0 || a.Addresses[0].Is4() {
		return true
	}
	return a.Addresses[0].IsLinkLocalUnicast()
}

// SameAddresses reports whether two lists hold the same addresses, in any order.
func SameAddresses(a, b []netip.Addr) bool {
	return slices.Equal(a, b) || len(a) == len(b) && within(a, b) && within(b, a)
}

func within(part, whole []netip.Addr) bool {
	for _, address := range part {
		if !slices.Contains(whole, address) {
			return false
		}
	}
	return true
}
