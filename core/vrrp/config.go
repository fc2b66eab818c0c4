package vrrp

import (
	"net/netip"
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
)

// Config is one virtual router as configured: a validated vrrp block. The
// zero value is not valid; package config fills in every default. It is
// immutable once built.
type Config struct {
	// Name is the block's label and the router's identity across reloads.
	Name string
	// Interface is the name of the interface that carries the advertisements.
	Interface string
	// Family is the address family of the protocol and of all advertised
	// addresses.
	Family packet.Family
	// Version is 2 or 3. IPv6 needs 3.
	Version uint8
	// VRID is the virtual router identifier, 1..255.
	VRID uint8
	// Priority is the base priority, 1..254; 255 is the address owner.
	Priority uint8
	// AdvertInterval is Advertisement_Interval: 10ms..40.95s in version 3, whole
	// seconds up to 255s in version 2.
	AdvertInterval time.Duration
	// Preempt is Preempt_Mode: take over from a router of lower priority.
	Preempt bool
	// PreemptDelay postpones that, counted from the first advertisement of a
	// lower priority heard in backup. 0 is at once.
	PreemptDelay time.Duration
	// Accept is Accept_Mode: packets to the virtual addresses are delivered to
	// this host. Without it they are dropped; ARP and neighbour discovery answer.
	Accept bool
	// TrackLink makes the interface going down a fault.
	TrackLink bool
	// Adopt takes over configured addresses that are already present at start.
	Adopt bool
	// Strict drops advertisements whose address list differs from ours.
	Strict bool
	// Source is the configured source address; the zero value means the first
	// fitting address of the interface.
	Source netip.Addr
	// Addresses are the virtual addresses, in wire order.
	Addresses []Address
	// Unicast is nil for multicast.
	Unicast *Unicast
	// AuthType and Password are version 2's authentication.
	AuthType packet.AuthType
	Password packet.Password
	// Checksums are the forms of the version 3 checksum over IPv4 that are sent,
	// an advertisement for each.
	Checksums []packet.ChecksumForm
	// Announce says how addresses are announced to the neighbours.
	Announce Announce
}

// Owner reports whether the router owns its addresses (RFC 9568 section 1.7).
func (c *Config) Owner() bool { return c.Priority == packet.PriorityOwner }

// Advertised returns the addresses that go on the wire, in order.
func (c *Config) Advertised() []netip.Addr {
	list := make([]netip.Addr, 0, len(c.Addresses))
	for _, address := range c.Addresses {
		if address.Advertise {
			list = append(list, address.Prefix.Addr())
		}
	}
	return list
}

// Address is one virtual address.
type Address struct {
	// Prefix is the address with its prefix length, not masked.
	Prefix netip.Prefix
	// Interface is the name of the interface the address is put on. It is never
	// empty in a validated configuration.
	Interface string
	// Label is the IPv4 address label, or empty.
	Label string
	// Scope is the address's scope.
	Scope Scope
	// Advertise is false for an address that is kept but not on the wire.
	Advertise bool
	// TrackLink makes Interface going down a fault, if it is another interface
	// than the router's own.
	TrackLink bool
}

// Scope is the scope of an address (ip-address(8)).
type Scope uint8

// The scopes. The zero value is ScopeGlobal.
const (
	ScopeGlobal Scope = iota
	ScopeLink
	ScopeHost
)

// String returns the scope's name in the configuration language.
func (s Scope) String() string {
	switch s {
	case ScopeLink:
		return "link"
	case ScopeHost:
		return "host"
	}
	return "global"
}

// Unicast replaces the multicast group by a list of peers.
type Unicast struct {
	// Peers are the other routers; this node's own address is not among them.
	Peers []netip.Addr
	// TTL is the TTL or hop limit of what is sent.
	TTL uint8
	// MinTTL is the smallest TTL or hop limit that is accepted.
	MinTTL uint8
}

// Announce says how gratuitous ARP and unsolicited neighbour advertisements are
// sent.
type Announce struct {
	// Repeat is the number of rounds in a burst.
	Repeat int
	// Delay is the time to a second burst; 0 is none.
	Delay time.Duration
	// Refresh is the time between single rounds while active; 0 is never.
	Refresh time.Duration
	// Spacing is the time between two frames.
	Spacing time.Duration
}
