package engine

import (
	"net/netip"
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// Clock tells the time, by two clocks.
type Clock interface {
	// Now must not jump: netio reads CLOCK_BOOTTIME.
	Now() time.Time
	// Wall is the clock that [Datagram.Age] was measured with. It can be set, and is
	// only asked whether it was.
	Wall() time.Time
}

// Network sends and receives VRRP messages. Its methods never block and are
// called by the loop only.
type Network interface {
	// Receive takes the next datagram that is waiting on any open socket; ok is
	// false when there is none. d.Payload is valid until the next call.
	Receive(d *Datagram) (ok bool)
	// Send sends one message. An error is counted and reported; nothing is sent
	// again.
	Send(m *Message) error
}

// SocketID names an open socket. The engine chooses it and never reuses it.
type SocketID uint32

// Datagram is a received message and what the kernel says of it.
type Datagram struct {
	packet.Datagram
	// Socket is where it arrived.
	Socket SocketID
	// Age is how long ago the kernel received it, by the wall clock: after that was
	// set it can be anything, also negative. 0 where it is not known.
	Age time.Duration
}

// Message is one VRRP message to be sent.
type Message struct {
	Socket      SocketID
	Source      netip.Addr
	Destination netip.Addr
	TTL         uint8
	Payload     []byte
}

// Host changes the machine. Its methods only take orders: they return at once
// and the orders are carried out one after the other, in order. They are called
// by the loop only.
type Host interface {
	// OpenSocket opens a socket and answers with [SocketOpened]. Its datagrams
	// may arrive before the answer.
	OpenSocket(s Socket)
	// CloseSocket closes a socket, unanswered.
	CloseSocket(id SocketID)
	// ChangeAddresses puts addresses on interfaces or takes them off, and
	// answers with [AddressesChanged].
	ChangeAddresses(o AddressOrder)
	// Announce tells the neighbours about those of the addresses that are in
	// place, and answers with [AnnouncementFailed] only if it could not.
	Announce(o AnnounceOrder)
	// Watch names the interfaces whose state is to be reported: each once now
	// and after every change, as a [LinkChanged], also if it does not exist.
	Watch(interfaces []string)
	// DropPacketsTo names the addresses whose packets are not to be delivered
	// to this host, all others having become deliverable again. It answers with
	// [PacketsDropped].
	DropPacketsTo(addresses []vrrp.Address)
}

// Socket says which socket to open: protocol 112 of one family on one
// interface, for multicast and unicast alike.
type Socket struct {
	ID        SocketID
	Interface string
	Index     int
	Family    packet.Family
}

// AddressOrder puts addresses on their interfaces or takes them off.
type AddressOrder struct {
	// Seq orders the answer and later [Link] reports: see [Link.AsOf].
	Seq uint64
	// Router is the name of the router the addresses belong to.
	Router string
	// Add is true to add, false to remove.
	Add bool
	// Addresses are what to add or remove.
	Addresses []vrrp.Address
	// Own says whose an address is that is present but not recorded as put
	// there by us: nobody's, so that adding it fails with [ErrForeign] and
	// removing it does nothing; ours from now on; or the machine's own, which
	// is used and never removed.
	Own Ownership
}

// Ownership is what to make of a configured address that is present though we
// did not put it there.
type Ownership uint8

// The kinds of ownership.
const (
	Foreign     Ownership = iota // somebody else's: hands off, and a fault
	Adopted                      // ours from now on (adopt = true)
	MachinesOwn                  // the machine's (priority = 255)
)

// AnnounceOrder announces addresses by gratuitous ARP and unsolicited neighbour
// advertisements.
type AnnounceOrder struct {
	Router    string
	Addresses []vrrp.Address
	// Rounds is how often each address is announced.
	Rounds int
	// Spacing is the time between two frames.
	Spacing time.Duration
	Why     vrrp.Why
}

// Link is the state of an interface at one moment.
type Link struct {
	Name string
	// Index is 0 if there is no such interface.
	Index int
	// Up is the administrative state, Running the carrier's.
	Up, Running bool
	// Loopback interfaces cannot carry VRRP.
	Loopback bool
	// Hardware is the hardware address. Under another one the neighbours look for
	// us in vain until they are told.
	Hardware string
	// Addresses are all addresses of the interface, in the kernel's order.
	Addresses []LinkAddress
	// AsOf is the Seq of the last [AddressOrder] that was carried out before
	// this was read.
	AsOf uint64
}

// LinkAddress is one address on an interface.
type LinkAddress struct {
	netip.Prefix
	// Ours: recorded as put there by Sentinel, in this boot.
	Ours bool
	// Usable: not tentative and not a failed duplicate.
	Usable bool
}

// Ready reports whether the interface can carry packets.
func (l *Link) Ready() bool { return l.Index != 0 && l.Up && l.Running }

// has reports whether address a is on the link, and whether it is ours.
func (l *Link) has(a netip.Addr) (present, ours bool) {
	for _, address := range l.Addresses {
		if address.Addr() == a {
			return true, address.Ours
		}
	}
	return false, false
}

// Observer is told what happens. Observe is called on the loop: it must not
// block and must not call the engine.
type Observer interface {
	Observe(e Event)
}
