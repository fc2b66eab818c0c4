package vrrp

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// State is a router's state: RFC 9568 section 6.4's three, and two of ours.
type State uint8

// The states. The zero value is Initialize.
const (
	// Initialize waits for a start-up event.
	Initialize State = iota
	// Backup watches the active router.
	Backup
	// Active holds the addresses and advertises.
	Active
	// Fault cannot serve: it says nothing and never becomes active.
	Fault
	// Stopped was shut down or removed and takes no more events.
	Stopped
)

// String returns the state's name as in the configuration and in status.
func (s State) String() string {
	switch s {
	case Initialize:
		return "initialize"
	case Backup:
		return "backup"
	case Active:
		return "active"
	case Fault:
		return "fault"
	case Stopped:
		return "stopped"
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// ActionKind says what an [Action] asks for.
type ActionKind uint8

// The kinds of action. This is the complete list of what a router can do to the
// world.
const (
	// Transitioned reports a change of state. It comes first.
	Transitioned ActionKind = iota + 1
	// Advertise: send an advertisement of Priority to everyone, now.
	Advertise
	// AddAddresses: put the virtual addresses on their interfaces.
	AddAddresses
	// RemoveAddresses: take them off again.
	RemoveAddresses
	// AnnounceAddresses: tell the neighbours, Rounds times, because of Why. It
	// is carried out after the AddAddresses before it.
	AnnounceAddresses
	// Conflicted: another router, Peer with PeerPriority, is active too.
	Conflicted
)

// Action is one thing to be done. The fields used depend on the kind.
type Action struct {
	Kind         ActionKind
	Priority     uint8
	From, To     State
	Cause        Cause
	Rounds       int
	Why          Why
	Peer         netip.Addr
	PeerPriority uint8
}

// String describes the action as scenarios print it.
func (a Action) String() string {
	switch a.Kind {
	case Transitioned:
		return fmt.Sprintf("%v -> %v: %v", a.From, a.To, a.Cause)
	case Advertise:
		return fmt.Sprintf("send priority %d", a.Priority)
	case AddAddresses:
		return "add addresses"
	case RemoveAddresses:
		return "remove addresses"
	case AnnounceAddresses:
		return fmt.Sprintf("announce x%d: %v", a.Rounds, a.Why)
	case Conflicted:
		return fmt.Sprintf("conflict: %v is active too, priority %d", a.Peer, a.PeerPriority)
	}
	return fmt.Sprintf("action(%d)", a.Kind)
}

// Why says what an announcement is for.
type Why uint8

// The reasons to announce addresses.
const (
	TakingOver    Why = iota // the router has just become active
	SecondBurst              // Announce.Delay after another burst
	Refresh                  // every Announce.Refresh
	AfterConflict            // another router was active too and may be in caches
	AfterStall               // we were silent for long
	AfterCarrier             // the link came back, perhaps to another switch port
	AfterRepair              // somebody removed the address and it is back
	AfterReload              // the configuration has an address more
	AfterMove                // an interface has another hardware address
)

// String returns the reason in words.
func (w Why) String() string {
	return [...]string{"taking over", "second burst", "refresh", "conflict", "after a stall",
		"carrier is back", "address repaired", "reload",
		"another hardware address"}[w]
}

// CauseKind classifies a [Cause].
type CauseKind uint8

// The causes of a transition.
const (
	// CauseStartup: the router starts (RFC 9568 section 6.4.1).
	CauseStartup CauseKind = iota + 1
	// CauseOwner: the owner of the addresses starts as active.
	CauseOwner
	// CauseSilence: Active_Down_Timer expired without a word from Peer, or from
	// anybody if Peer is the zero value.
	CauseSilence
	// CauseResigned: Peer sent priority 0 and Skew_Time has passed.
	CauseResigned
	// CausePreempt: Peer, of lower priority, was active and we preempt.
	CausePreempt
	// CauseHigherPriority: Peer wins the election by priority.
	CauseHigherPriority
	// CauseHigherAddress: Peer wins by address, at equal priority.
	CauseHigherAddress
	// CauseStalled: we were silent for Silence, Peer took over meanwhile, and
	// without preemption the address stays where it is.
	CauseStalled
	// CauseFault: Detail is in the way.
	CauseFault
	// CauseRecovered: the last fault has gone.
	CauseRecovered
	// CauseSync: Detail, of the same sync group, is not active any more.
	CauseSync
	// CauseShutdown: the agent stops, or the router was removed or is replaced.
	CauseShutdown
)

// Cause is why a transition happened, as data.
type Cause struct {
	Kind         CauseKind
	Peer         netip.Addr
	PeerPriority uint8
	// Priority is our own effective priority at that time.
	Priority uint8
	// Silence is how long the active router, or we, had been silent.
	Silence time.Duration
	// Detail is the fault's text, or a router's name.
	Detail string
}

// String says it in a sentence that an operator can read.
func (c Cause) String() string {
	switch c.Kind {
	case CauseStartup:
		return "startup"
	case CauseOwner:
		return "owner of the addresses"
	case CauseSilence:
		if !c.Peer.IsValid() {
			return fmt.Sprintf("no active router heard for %v", seconds(c.Silence))
		}
		return fmt.Sprintf("active router %v silent for %v", c.Peer, seconds(c.Silence))
	case CauseResigned:
		return fmt.Sprintf("active router %v resigned", c.Peer)
	case CausePreempt:
		return fmt.Sprintf("preempting %v: our priority %d is higher than %d", c.Peer, c.Priority, c.PeerPriority)
	case CauseHigherPriority:
		return fmt.Sprintf("%v has priority %d, higher than our %d", c.Peer, c.PeerPriority, c.Priority)
	case CauseHigherAddress:
		return fmt.Sprintf("%v has our priority %d and the higher address", c.Peer, c.PeerPriority)
	case CauseStalled:
		return fmt.Sprintf("we stalled for %v and %v took over", seconds(c.Silence), c.Peer)
	case CauseFault:
		return c.Detail
	case CauseRecovered:
		return "recovered"
	case CauseSync:
		return "sync group: " + c.Detail + " is not active"
	case CauseShutdown:
		return "shutdown"
	}
	return fmt.Sprintf("cause(%d)", c.Kind)
}

// seconds prints a duration with two digits after the point, as in 3.61s, or
// with four below a second.
func seconds(d time.Duration) string {
	digits := 2
	if d < time.Second {
		digits = 4
	}
	s := fmt.Sprintf("%.*f", digits, d.Seconds())
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + "s"
}
