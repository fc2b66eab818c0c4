package engine

import (
	"errors"
	"time"

	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// Input is something that happened outside the loop. [Engine.Post] queues it.
type Input interface{ input() }

// LinkChanged reports an interface's state.
type LinkChanged struct{ Link Link }

// SocketOpened answers [Host.OpenSocket].
type SocketOpened struct {
	ID  SocketID
	Err error
}

// AddressesChanged answers [Host.ChangeAddresses].
type AddressesChanged struct {
	Seq     uint64
	Router  string
	Add     bool
	Results []AddressResult
}

// AddressResult is what became of one address.
type AddressResult struct {
	Address vrrp.Address
	// Err is nil if the address is now where it should be, even if it was so
	// before.
	Err error
	// Changed is false if it was so before.
	Changed bool
}

// ErrForeign: the address is present and was not put there by Sentinel.
var ErrForeign = errors.New("present, not put there by Sentinel")

// AnnouncementFailed reports frames that could not be sent.
type AnnouncementFailed struct {
	Router    string
	Interface string
	Err       error
}

// PacketsDropped answers [Host.DropPacketsTo], or reports later that the rules
// were lost and could not be restored.
type PacketsDropped struct{ Err error }

// Sampled is what a tracker says. Subject must be that of its rules; what was
// said about another is of before a reload, and ignored.
type Sampled struct {
	Tracker string
	Subject string
	Sample  priority.Sample
}

// Reload asks for another configuration. Nothing that is equal is touched. What
// was changed is observed as [Reloaded].
type Reload struct{ Setup Setup }

// Stop asks all routers to shut down; see [Engine.Stopped].
type Stop struct{}

// Query asks for a snapshot. Reply is called on the loop; it must not block.
type Query struct{ Reply func(Status) }

func (LinkChanged) input()        {}
func (SocketOpened) input()       {}
func (AddressesChanged) input()   {}
func (AnnouncementFailed) input() {}
func (PacketsDropped) input()     {}
func (Sampled) input()            {}
func (Reload) input()             {}
func (Stop) input()               {}
func (Query) input()              {}

// Setup is what is configured. A reload replaces it.
type Setup struct {
	// Routers are the virtual routers, in the order of the configuration.
	Routers []vrrp.Config
	// Trackers are the rules of every tracker that is used, each of another name.
	Trackers []priority.Rules
	// Terms are, by router, what its trackers mean to it: its own, and the
	// weighted ones that its sync group shares. Every tracker named is among
	// Trackers.
	Terms map[string][]priority.Term
	// Groups are the sync groups.
	Groups []vrrp.GroupConfig
}

// Config is what an engine starts with.
type Config struct {
	Setup
	// StartupDelay holds every election this long after start.
	StartupDelay time.Duration
	// Observing: the Network and Host given do nothing, and another daemon may
	// hold the addresses; their presence is then no fault.
	Observing bool
}
