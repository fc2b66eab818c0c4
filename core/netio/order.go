package netio

import (
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// Address is an address to be put on an interface.
type Address struct {
	// Prefix is the address with its prefix length, not masked.
	Prefix netip.Prefix
	// Interface is a name, which is looked up whenever it is needed.
	Interface string
	// Label is the IPv4 address's label, or empty (ip-address(8)).
	Label string
	// Scope is the IPv4 address's scope. The kernel works out an IPv6 address's.
	Scope Scope
}

// Scope is the scope of an address (ip-address(8)).
type Scope uint8

// The scopes. The zero value is ScopeGlobal.
const (
	ScopeGlobal Scope = iota
	ScopeLink
	ScopeHost
)

// value returns the scope's number in rtnetlink(7).
func (s Scope) value() uint8 {
	switch s {
	case ScopeLink:
		return unix.RT_SCOPE_LINK
	case ScopeHost:
		return unix.RT_SCOPE_HOST
	}
	return unix.RT_SCOPE_UNIVERSE
}

// Ownership is what to make of an address that is present though the record does
// not have it.
type Ownership uint8

// The kinds of ownership.
const (
	// Foreign: it is somebody else's. Adding it fails with [ErrForeign], removing
	// it does nothing.
	Foreign Ownership = iota
	// Adopted: it is ours from now on.
	Adopted
	// MachinesOwn: it is the machine's, to be used and never removed.
	MachinesOwn
)

// AddressOrder puts addresses on their interfaces or takes them off.
type AddressOrder struct {
	// Seq names the order in its answer and in [Link.AsOf].
	Seq uint64
	// Router is noted in the record, for people.
	Router string
	// Add is true to add, false to remove.
	Add       bool
	Addresses []Address
	Own       Ownership
}

// AnnounceOrder tells the neighbours, by gratuitous ARP and unsolicited neighbour
// advertisements, that addresses are here.
type AnnounceOrder struct {
	// Router names the announcement: a new one replaces what is left of an older
	// one of the same name.
	Router    string
	Addresses []Address
	// Rounds is how often each address is announced; 0 only ends an older
	// announcement.
	Rounds int
	// Spacing is the time between two frames, for equipment that drops bursts; it
	// is kept to about a millisecond. 0 sends the first round at once and the
	// others as fast as the host's own bound allows, 64 frames in a millisecond.
	Spacing time.Duration
}

// Link is the state of an interface at one moment.
type Link struct {
	// Name is the name that is watched.
	Name string
	// Index is 0 if there is no such interface.
	Index int
	// Up is the administrative state (IFF_UP), Running that it can carry packets
	// (IFF_RUNNING), which includes the carrier.
	Up, Running bool
	// Loopback interfaces reach nobody (IFF_LOOPBACK).
	Loopback bool
	// Hardware is the hardware address as bytes, 6 for Ethernet; some kinds of
	// interface have none. Neighbours know the addresses by it.
	Hardware string
	// Addresses are all addresses of the interface, in the kernel's order.
	Addresses []LinkAddress
	// AsOf is the Seq of the last [AddressOrder] carried out before this was
	// read, on whichever interface.
	AsOf uint64
}

// LinkAddress is an address on an interface. The prefix of one with a peer is the
// local address with the length of the peer's prefix.
type LinkAddress struct {
	netip.Prefix
	// Ours: it is in the record.
	Ours bool
	// Usable: it is not waiting for duplicate address detection, and has not
	// failed it.
	Usable bool
}
