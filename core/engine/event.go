package engine

import (
	"net/netip"
	"time"

	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// Event is something that an operator may want to know. It is complete in
// itself and immutable.
type Event interface{ event() }

// Transition is a change of a router's state.
type Transition struct {
	Router    string
	VRID      uint8
	Interface string
	From, To  vrrp.State
	Cause     vrrp.Cause
	// Priority is the effective priority, Next when the router would take over
	// if it heard nothing (backup only).
	Priority uint8
	Wait     time.Duration
}

// FaultRaised is one fault that came, or whose reason changed; the router may
// have others.
type FaultRaised struct {
	Router string
	Fault  priority.Fault
}

// FaultCleared is the end of a [FaultRaised].
type FaultCleared struct {
	Router string
	Fault  priority.Fault
	// Remaining is how many faults the router still has.
	Remaining int
}

// AddressAdded and AddressRemoved are changes that we made.
type AddressAdded struct {
	Router  string
	Address vrrp.Address
	// Repaired: somebody had removed it.
	Repaired bool
}

// AddressRemoved is the end of an [AddressAdded].
type AddressRemoved struct {
	Router  string
	Address vrrp.Address
}

// AddressLost is an address of an active router that somebody else removed.
type AddressLost struct {
	Router  string
	Address vrrp.Address
	// Times is how often that happened within the last 10 seconds.
	Times int
}

// AddressFailed is an address that could not be added or removed.
type AddressFailed struct {
	Router  string
	Address vrrp.Address
	Add     bool
	Err     error
}

// Announced is an order to tell the neighbours.
type Announced struct {
	Router    string
	Addresses []vrrp.Address
	Rounds    int
	Why       vrrp.Why
}

// AnnounceFailed reports frames that could not be sent.
type AnnounceFailed struct {
	Router    string
	Interface string
	Err       error
}

// ConflictRaised is a peer that disagrees with us, or that is active beside us.
type ConflictRaised struct {
	Router   string
	Conflict Conflict
}

// ConflictCleared is the end of a [ConflictRaised].
type ConflictCleared struct {
	Router   string
	Conflict Conflict
	// Gone: the peer is no longer heard, rather than having changed its mind.
	Gone bool
}

// PeerHeard is the first valid advertisement of a peer, or the first after a
// silence, or with another priority.
type PeerHeard struct {
	Router   string
	Peer     netip.Addr
	Priority uint8
	Interval time.Duration
}

// SendFailed is the first of a run of advertisements that could not be sent to a
// destination; SendRecovered ends the run.
type SendFailed struct {
	Router      string
	Destination netip.Addr
	Err         error
}

// SendRecovered is the end of a [SendFailed].
type SendRecovered struct {
	Router      string
	Destination netip.Addr
	// Failed is how many advertisements were not sent.
	Failed uint64
}

// PacketFilterFailed: packets to the addresses of routers with accept = false
// cannot be dropped. Err nil is the end of that.
type PacketFilterFailed struct{ Err error }

// PriorityChanged is another effective priority. Of those that follow within a
// second only the last is reported.
type PriorityChanged struct {
	Router string
	// From is the effective priority last reported.
	From     uint8
	Priority priority.Priority
	// Changes is how many there were, at least 1.
	Changes int
}

// TrackerChanged is another verdict or number that counts, or a tracker that can
// no longer tell, or can again. It is limited as [PriorityChanged] is.
type TrackerChanged struct {
	Tracker string
	Reading priority.Reading
	Changes int
}

// TrackerDoubted reminds of a tracker that cannot tell, of which something else
// counts than what it says.
type TrackerDoubted struct {
	Tracker string
	Reading priority.Reading
}

// GroupTransition is a change of a sync group's state: active if all members are,
// fault if any is.
type GroupTransition struct {
	Group    string
	From, To vrrp.State
}

// CarriedOut follows a [Transition] of a router, or a [GroupTransition], one of which
// is named, when the machine has done what that asks for: the addresses are on their
// interfaces, or off them, or could not be. Changes that follow each other fast have
// one in common. A machine that carries out nothing is not waited for much longer than
// for any other order.
type CarriedOut struct{ Router, Group string }

// Reloaded lists what a reload changed, if anything.
type Reloaded struct{ Changes []Change }

func (Transition) event()         {}
func (FaultRaised) event()        {}
func (FaultCleared) event()       {}
func (AddressAdded) event()       {}
func (AddressRemoved) event()     {}
func (AddressLost) event()        {}
func (AddressFailed) event()      {}
func (Announced) event()          {}
func (AnnounceFailed) event()     {}
func (ConflictRaised) event()     {}
func (ConflictCleared) event()    {}
func (PeerHeard) event()          {}
func (SendFailed) event()         {}
func (SendRecovered) event()      {}
func (PacketFilterFailed) event() {}
func (PriorityChanged) event()    {}
func (TrackerChanged) event()     {}
func (TrackerDoubted) event()     {}
func (GroupTransition) event()    {}
func (CarriedOut) event()         {}
func (Reloaded) event()           {}
