package sdk

import "time"

// Event is something that happened to an instance (a virtual router) or a sync group.
// Fields that mean nothing for its kind are empty.
type Event struct {
	// ID is unique; the same event has the same one when it is delivered again.
	ID   string    `json:"id"`
	Kind EventKind `json:"kind"`
	Time time.Time `json:"time"`
	// Node is the name of the machine.
	Node string `json:"node"`
	// Instance or Group is what it happened to; the other is empty.
	Instance string `json:"instance,omitempty"`
	Group    string `json:"group,omitempty"`
	// Interface and VirtualRouterID are the instance's.
	Interface       string `json:"interface,omitempty"`
	VirtualRouterID int    `json:"virtual_router_id,omitempty"`
	// From and To are states: initialize, backup, active, fault, stopped. A [Snapshot]
	// has no From.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Priority is the instance's effective priority; 0 for a group.
	Priority int `json:"priority"`
	// Peer is the router that caused it, if one did, and its priority.
	Peer         string `json:"peer,omitempty"`
	PeerPriority int    `json:"peer_priority,omitempty"`
	// Addresses are the virtual addresses with their prefix lengths.
	Addresses []string `json:"addresses,omitempty"`
	// Reason says in a few words why.
	Reason string `json:"reason"`
	// Coalesced is how many older events were dropped in favour of this one.
	Coalesced int `json:"coalesced,omitempty"`
}

// EventKind says what kind of thing happened. More kinds may be added.
type EventKind string

// The kinds of event.
const (
	// Transition is a change of state, from From to To. The addresses are where they
	// belong by then, unless that failed.
	Transition EventKind = "transition"
	// Snapshot is the present state, To, which is delivered after a restart.
	Snapshot EventKind = "snapshot"
	// PriorityChange is a change of the effective priority.
	PriorityChange EventKind = "priority"
	// Conflict is a peer that is active too, or disagrees about a setting.
	Conflict EventKind = "conflict"
	// TrackerChange is a change of a tracker's verdict.
	TrackerChange EventKind = "tracker"
)

// IsState reports whether an event of this kind tells the current state: [Transition]
// and [Snapshot] do.
func (k EventKind) IsState() bool { return k == Transition || k == Snapshot }

// States returns the states that hooks are told of, the values of [Event.To].
func States() []string { return []string{"active", "backup", "fault", "stopped"} }

// Occasions returns what a hook can be called for: the words of a block's "on", and the
// keys of a map with [Attribute.Events]. They are the states, followed by the kinds of
// event that do not tell a state.
func Occasions() []string {
	return append(States(), string(Conflict), string(PriorityChange), string(TrackerChange))
}
