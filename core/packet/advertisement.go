package packet

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Protocol is VRRP's IP protocol number (RFC 9568 section 5.1.1.4).
const Protocol = 112

// RequiredTTL is the TTL or hop limit of every multicast advertisement, both
// ways (RFC 9568 section 5.1.1.3).
const RequiredTTL = 255

// The priorities with a meaning of their own (RFC 9568 section 5.2.4).
const (
	// PriorityRelease says that the active router stops taking part.
	PriorityRelease = 0
	// PriorityOwner belongs to the router whose interface owns the addresses.
	PriorityOwner = 255
)

// The multicast groups advertisements are sent to (RFC 9568 sections 5.1.1.2
// and 5.1.2.2).
var (
	GroupIPv4 = netip.AddrFrom4([4]byte{224, 0, 0, 18})
	GroupIPv6 = netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x12})
)

// The versions of the protocol.
const (
	Version2 = 2 // RFC 3768, IPv4 only
	Version3 = 3 // RFC 9568
)

// The limits of the advertisement interval on the wire.
const (
	// Centisecond is the unit of version 3's Max Advertise Interval.
	Centisecond = 10 * time.Millisecond
	// MaxIntervalV2 is the largest Adver Int of version 2: 8 bits of seconds.
	MaxIntervalV2 = 255 * time.Second
	// MaxIntervalV3 is the largest Max Advertise Interval of version 3: 12 bits
	// of centiseconds.
	MaxIntervalV3 = 4095 * Centisecond
	// MaxAddresses is what the one-byte address count can say.
	MaxAddresses = 255
)

// Family is the address family a virtual router serves. One virtual router
// serves one family; the same identifier in the other family is another router.
type Family uint8

// The address families. The zero value is none of them.
const (
	IPv4 Family = 4
	IPv6 Family = 6
)

// String returns "ipv4" or "ipv6".
func (f Family) String() string {
	switch f {
	case IPv4:
		return "ipv4"
	case IPv6:
		return "ipv6"
	}
	return fmt.Sprintf("family(%d)", uint8(f))
}

// Group returns the family's VRRP multicast group.
func (f Family) Group() netip.Addr {
	if f == IPv6 {
		return GroupIPv6
	}
	return GroupIPv4
}

// Contains reports whether a belongs to the family. An IPv4-mapped IPv6 address
// belongs to neither.
func (f Family) Contains(a netip.Addr) bool {
	switch f {
	case IPv4:
		return a.Is4()
	case IPv6:
		return a.Is6() && !a.Is4In6()
	}
	return false
}

// FamilyOf returns the family a belongs to.
func FamilyOf(a netip.Addr) Family {
	if a.Is4() || a.Is4In6() {
		return IPv4
	}
	return IPv6
}

// ChecksumForm is what a version 3 checksum over IPv4 covers. Vendors read RFC
// 5798 section 5.2.8 both ways. Version 2 never has the pseudo-header and IPv6
// always has it; the form is ignored there.
type ChecksumForm uint8

const (
	// ChecksumRFC5798 covers the IPv4 pseudo-header too, as keepalived and FRR
	// send and demand. It is the zero value.
	ChecksumRFC5798 ChecksumForm = iota
	// ChecksumRFC9568 covers the VRRP message alone (RFC 9568 section 5.2.8).
	ChecksumRFC9568
	// ChecksumForms is how many there are.
	ChecksumForms
)

// String returns the form's name in the configuration language.
func (f ChecksumForm) String() string {
	if f == ChecksumRFC9568 {
		return "rfc9568"
	}
	return "rfc5798"
}

// AuthType is version 2's Auth Type field (RFC 2338 section 5.3.6).
type AuthType uint8

// The authentication types that may appear in byte 4 of a version 2 message.
const (
	AuthNone       AuthType = 0
	AuthSimpleText AuthType = 1
	// AuthHeader is RFC 2338's IPsec AH. It is never accepted.
	AuthHeader AuthType = 2
)

// String returns the type's name in the configuration language.
func (t AuthType) String() string {
	switch t {
	case AuthNone:
		return "none"
	case AuthSimpleText:
		return "simple_text"
	case AuthHeader:
		return "ah"
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// Password is version 2's authentication data: up to 8 bytes, padded with zeros
// (RFC 2338 section 5.3.10). It prints as a placeholder, so that it cannot
// reach a log by accident.
type Password [8]byte

// String hides the password.
func (Password) String() string { return "(hidden)" }

// GoString hides the password from %#v.
func (Password) GoString() string { return "packet.Password(hidden)" }

// Advertisement is one VRRP advertisement, the only message the protocol has.
type Advertisement struct {
	// Version is 2 or 3.
	Version uint8
	// VRID is the virtual router identifier, 1..255.
	VRID uint8
	// Priority is the sender's: 0 when it leaves, 255 when it owns the addresses.
	Priority uint8
	// Interval is the sender's advertisement interval: whole seconds in version 2,
	// centiseconds in version 3.
	Interval time.Duration
	// AuthType and Password are version 2's authentication; zero in version 3.
	AuthType AuthType
	Password Password
	// Addresses are the virtual addresses in wire order. Decode reuses the slice.
	Addresses []netip.Addr
	// Checksum is the form of the checksum: read by Append, set by Decode.
	Checksum ChecksumForm
}

// The sizes of the message's parts in bytes (RFC 9568 section 5.1, RFC 3768
// section 5.1).
const (
	headerLen   = 8
	authDataLen = 8 // version 2 always carries it, with authentication or without
)

// Errors that Append reports. They mean that the caller did not validate its
// configuration.
var (
	ErrVersion   = errors.New("packet: version is not 2 or 3, or version 2 over IPv6")
	ErrAddresses = errors.New("packet: more than 255 addresses, or one of another family")
	ErrInterval  = errors.New("packet: interval cannot be expressed on the wire")
)

// Append encodes a at the end of b and returns the longer slice. The source and
// destination are those of the IP packet that will carry the message: they are
// part of some checksums, and their family is the message's. It allocates only
// when b is too small.
func (a *Advertisement) Append(b []byte, source, destination netip.Addr) ([]byte, error) {
	family := FamilyOf(source)
	if a.Version != Version3 && (a.Version != Version2 || family != IPv4) {
		return b, ErrVersion
	}
	if len(a.Addresses) > MaxAddresses {
		return b, ErrAddresses
	}
	start := len(b)
	b = append(b, a.Version<<4|typeAdvertisement, a.VRID, a.Priority, uint8(len(a.Addresses)))
	b, err := a.appendInterval(b)
	if err != nil {
		return b[:start], err
	}
	b = append(b, 0, 0) // checksum
	for _, address := range a.Addresses {
		if !family.Contains(address) {
			return b[:start], ErrAddresses
		}
		b = appendAddr(b, address)
	}
	if a.Version == Version2 {
		b = append(b, a.Password[:]...)
	}
	sum := checksum(b[start:], source, destination, a.covers(family))
	b[start+6], b[start+7] = uint8(sum>>8), uint8(sum)
	return b, nil
}

// appendInterval appends bytes 4 and 5, where the versions differ most.
func (a *Advertisement) appendInterval(b []byte) ([]byte, error) {
	if a.Version == Version2 {
		if a.Interval < time.Second || a.Interval > MaxIntervalV2 || a.Interval%time.Second != 0 {
			return b, ErrInterval
		}
		return append(b, uint8(a.AuthType), uint8(a.Interval/time.Second)), nil
	}
	if a.Interval < Centisecond || a.Interval > MaxIntervalV3 || a.Interval%Centisecond != 0 {
		return b, ErrInterval
	}
	centiseconds := uint16(a.Interval / Centisecond)
	return append(b, uint8(centiseconds>>8), uint8(centiseconds)), nil
}

// covers reports whether the message's checksum includes the pseudo-header.
func (a *Advertisement) covers(family Family) bool {
	if a.Version == Version2 {
		return false
	}
	return family == IPv6 || a.Checksum == ChecksumRFC5798
}

func appendAddr(b []byte, a netip.Addr) []byte {
	if a.Is4() {
		raw := a.As4()
		return append(b, raw[:]...)
	}
	raw := a.As16()
	return append(b, raw[:]...)
}
