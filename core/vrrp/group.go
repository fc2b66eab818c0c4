package vrrp

import (
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
)

// GroupConfig is one sync group as configured.
type GroupConfig struct {
	// Name is the block's label.
	Name string
	// Members are the routers' names, in the order of the configuration. A router
	// is in one group at most.
	Members []string
}

// Group keeps the routers of a sync group together: active all, or none. Make
// one with [NewGroup]. Its routers are driven as any others; after something has
// happened to one, [Group.Settle] does what follows for the rest.
//
// A member whose Active_Down_Timer expires waits silently in Backup until those
// of all members have. When one must yield, the others resign too. Faults are
// not the group's business: whoever keeps them tells every member.
type Group struct {
	members []*Router
	active  []*Router // at the end of the last Settle
}

// NewGroup returns a group of routers. A router can be moved from one group to
// another, or to none with [Router.Ungroup].
func NewGroup(members ...*Router) *Group {
	g := &Group{members: members}
	for _, r := range members {
		r.grouped = true
	}
	g.remember()
	return g
}

// Ungroup lets a router decide for itself again.
func (r *Router) Ungroup() { r.grouped, r.backup.expired = false, false }

// Settle brings the members together again. do is called for each router that
// has to do something, with its actions, which are valid until it returns.
func (g *Group) Settle(now time.Time, do func(r *Router, actions []Action)) {
	if cause := g.parted(); cause.Kind != 0 {
		tied := slices.ContainsFunc(g.members, func(r *Router) bool { return r.cause.Kind == CauseHigherAddress })
		for _, r := range g.members {
			if r.state == Active {
				do(r, r.stepDown(now, cause, tied))
			}
		}
	} else if !slices.ContainsFunc(g.members, func(r *Router) bool { return r.state != Active && !r.backup.expired }) {
		for _, r := range g.members {
			if r.state == Backup {
				do(r, r.takeOver(now))
			}
		}
	}
	g.remember()
}

func (g *Group) remember() {
	g.active = g.active[:0]
	for _, r := range g.members {
		if r.state == Active {
			g.active = append(g.active, r)
		}
	}
}

// parted returns why the active members cannot stay active; the zero value if
// they can. A member that has only joined and has heard nobody yet is waited
// for.
func (g *Group) parted() Cause {
	for _, r := range g.members {
		left := r.state != Active && slices.Contains(g.active, r)
		follows := r.state == Backup && !r.backup.expired && r.backup.followed.IsValid()
		if left || follows {
			return Cause{Kind: CauseSync, Detail: r.config.Name}
		}
	}
	return Cause{}
}

// takeOver is what the expiry of the Active_Down_Timer was put off for.
func (r *Router) takeOver(now time.Time) []Action {
	r.begin()
	cause := r.takeoverCause(now)
	if r.priority == packet.PriorityOwner {
		cause = Cause{Kind: CauseOwner}
	}
	r.becomeActive(now, cause)
	return r.actions
}

// stepDown resigns and waits in Backup: the others may take over at once. If a
// member was lost to a router of the same priority, the other group may have lost
// one to us, and both would take over together again and again: their addresses
// decide who waits for how long.
func (r *Router) stepDown(now time.Time, cause Cause, tied bool) []Action {
	r.begin()
	r.transition(now, Backup, cause)
	r.backup.hesitant = tied
	r.act(Action{Kind: Advertise, Priority: packet.PriorityRelease})
	r.act(Action{Kind: RemoveAddresses})
	r.follow(now, r.expected(now))
	return r.actions
}

// hesitation is a part of an interval that differs from one address to another.
func (r *Router) hesitation() time.Duration {
	hash := uint32(2166136261) // FNV-1a
	for _, b := range r.source.AsSlice() {
		hash = (hash ^ uint32(b)) * 16777619
	}
	return time.Duration(hash>>24) * r.config.AdvertInterval / 256
}
