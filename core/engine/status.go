package engine

import (
	"net/netip"
	"time"

	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// Status is a consistent snapshot of an engine. What it points to is immutable.
type Status struct {
	Now     time.Time // on the engine's clock, as all times in it
	Routers []RouterStatus
	Groups  []GroupStatus
	// Trackers are in the order of the configuration.
	Trackers []TrackerStatus
	// Unclaimed counts datagrams that no router of ours claims.
	Unclaimed Drops
}

// RouterStatus is one router.
type RouterStatus struct {
	Config *vrrp.Config
	State  vrrp.State
	Since  time.Time
	Cause  vrrp.Cause
	// Priority is the effective one and how it came about.
	Priority  priority.Priority
	Source    netip.Addr
	Faults    []priority.Fault
	Addresses []AddressStatus
	// LastHeard is the last valid advertisement of another router; zero if none.
	LastHeard vrrp.Heard
	// Deadline is when the router wants to act next on its own account.
	Deadline time.Time
	// WaitEnds is when it no longer waits for the first verdict of one of its
	// trackers; zero if it waits for none.
	WaitEnds  time.Time
	Conflicts []Conflict
	Counters  Counters
}

// GroupStatus is one sync group. State is active if all members are, fault if any
// is.
type GroupStatus struct {
	Config vrrp.GroupConfig
	State  vrrp.State
	Since  time.Time
}

// TrackerStatus is one tracker.
type TrackerStatus struct {
	Rules   priority.Rules
	Reading priority.Reading
}

// AddressStatus is one address of a router.
type AddressStatus struct {
	vrrp.Address
	// Present: it is on its interface now, as last reported.
	Present bool
}

// Status returns a snapshot.
func (e *Engine) Status() Status {
	s := Status{Now: e.clock.Now(), Unclaimed: e.unclaimed}
	for _, inst := range e.instances {
		s.Routers = append(s.Routers, inst.status())
	}
	for _, g := range e.groups {
		s.Groups = append(s.Groups, GroupStatus{Config: g.config, State: g.state, Since: g.since})
	}
	for _, t := range e.trackers {
		s.Trackers = append(s.Trackers, TrackerStatus{Rules: t.Rules(), Reading: e.reading(t)})
	}
	return s
}

func (inst *instance) status() RouterStatus {
	s := RouterStatus{
		Config:    inst.config,
		Priority:  inst.priority,
		Source:    inst.router.Source(),
		Faults:    inst.faults.List(),
		LastHeard: inst.router.LastHeard(),
		Deadline:  inst.router.Deadline(),
		WaitEnds:  inst.waitDeadline(),
		Conflicts: inst.peers.conflicts(),
		Counters:  inst.counters,
	}
	if s.State, s.Since, s.Cause = inst.router.State(); s.Since.IsZero() {
		s.Since = inst.made // it has not been told to begin
	}
	for _, h := range inst.held {
		status := AddressStatus{Address: h.Address}
		if link := inst.engine.links[h.Interface]; link != nil {
			status.Present, _ = link.has(h.Prefix.Addr())
		}
		s.Addresses = append(s.Addresses, status)
	}
	return s
}
