package engine

import (
	"net/netip"
	"time"

	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// Status is a consistent snapshot of an engine. Nothing in it is shared.
type Status struct {
	Now     time.Time // on the engine's clock, as all times in it
	Routers []RouterStatus
	// Unclaimed counts datagrams that no router of ours claims.
	Unclaimed Drops
}

// RouterStatus is one router.
type RouterStatus struct {
	Config *vrrp.Config
	State  vrrp.State
	Since  time.Time
	Cause  vrrp.Cause
	// Priority is the effective one.
	Priority  uint8
	Source    netip.Addr
	Faults    []priority.Fault
	Addresses []AddressStatus
	// LastHeard is the last valid advertisement of another router; zero if none.
	LastHeard vrrp.Heard
	// Deadline is when the router wants to act next on its own account.
	Deadline  time.Time
	Conflicts []Conflict
	Counters  Counters
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
	return s
}

func (inst *instance) status() RouterStatus {
	s := RouterStatus{
		Config:    inst.config,
		Priority:  inst.router.Priority(),
		Source:    inst.router.Source(),
		Faults:    inst.faults.List(),
		LastHeard: inst.router.LastHeard(),
		Deadline:  inst.router.Deadline(),
		Conflicts: inst.peers.conflicts(),
		Counters:  inst.counters,
	}
	s.State, s.Since, s.Cause = inst.router.State()
	for _, h := range inst.held {
		status := AddressStatus{Address: h.Address}
		if link := inst.engine.links[h.Interface]; link != nil {
			status.Present, _ = link.has(h.Prefix.Addr())
		}
		s.Addresses = append(s.Addresses, status)
	}
	return s
}
