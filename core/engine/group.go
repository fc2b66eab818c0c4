package engine

import (
	"slices"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// group is a sync group: instances that serve together or not at all.
type group struct {
	config   vrrp.GroupConfig
	engine   *Engine
	members  []*instance
	together *vrrp.Group
	state    vrrp.State
	since    time.Time
	ill      bool // any member has a fault of its own
}

// syncFault begins the sources of faults that a sibling has.
const syncFault = "sync:"

// regroup makes the groups of the configuration from the instances there are.
func (e *Engine) regroup(now time.Time) {
	old := e.groups
	e.groups = nil
	grouped := make(map[*instance]bool)
	for _, config := range e.config.Groups {
		g := &group{config: config, engine: e, since: now, ill: true} // a member may come with a fault of other siblings
		var routers []*vrrp.Router
		for _, inst := range e.instances {
			if slices.Contains(config.Members, inst.config.Name) {
				grouped[inst] = true
				g.members = append(g.members, inst)
				routers = append(routers, inst.router)
			}
		}
		g.together = vrrp.NewGroup(routers...)
		if i := slices.IndexFunc(old, func(o *group) bool { return o.config.Name == config.Name }); i >= 0 {
			g.state, g.since = old[i].state, old[i].since
		}
		e.groups = append(e.groups, g)
	}
	for _, inst := range e.instances {
		if !grouped[inst] {
			inst.router.Ungroup()
			inst.clearSync(now, nil)
		}
	}
}

// settle brings the members together after whatever happened in a turn: a fault
// of one is a fault of all, and they are active together.
func (g *group) settle(now time.Time) {
	g.shareFaults(now)
	g.together.Settle(now, func(r *vrrp.Router, actions []vrrp.Action) {
		i := slices.IndexFunc(g.members, func(inst *instance) bool { return inst.router == r })
		g.members[i].act(now, actions)
	})
	g.observe(now)
}

// shareFaults makes a fault of one member a fault of the others.
func (g *group) shareFaults(now time.Time) {
	var ill []*instance
	for _, inst := range g.members {
		if inst.ownFault() != "" {
			ill = append(ill, inst)
		}
	}
	if len(ill) == 0 && !g.ill {
		return
	}
	g.ill = len(ill) > 0
	for _, inst := range g.members {
		inst.clearSync(now, ill)
		for _, other := range ill {
			if other != inst {
				inst.fault(now, syncFault+other.config.Name, other.ownFault())
			}
		}
		inst.applyFaults(now)
	}
}

// ownFault returns the first fault of the instance that is not a sibling's, in
// words; empty if there is none.
func (inst *instance) ownFault() string {
	for fault := range inst.faults.All() {
		if !strings.HasPrefix(fault.Source, syncFault) {
			return fault.Source + ": " + fault.Reason
		}
	}
	return ""
}

// clearSync clears the faults of siblings other than those that still have one.
func (inst *instance) clearSync(now time.Time, ill []*instance) {
	for _, fault := range inst.faults.List() {
		name, ok := strings.CutPrefix(fault.Source, syncFault)
		if ok && !slices.ContainsFunc(ill, func(other *instance) bool { return other.config.Name == name && other != inst }) {
			inst.clear(fault.Source)
		}
	}
	if ill == nil {
		inst.applyFaults(now)
	}
}

// observe reports a change of the group's state: the members', if they agree.
func (g *group) observe(now time.Time) {
	state := vrrp.Active
	for _, inst := range g.members {
		s, _, _ := inst.router.State()
		switch {
		case s == vrrp.Fault || state == vrrp.Fault:
			state = vrrp.Fault
		case s == vrrp.Active:
		case s == vrrp.Initialize || state == vrrp.Initialize:
			state = vrrp.Initialize
		default:
			state = s
		}
	}
	if state == g.state {
		return
	}
	g.engine.observer.Observe(GroupTransition{Group: g.config.Name, From: g.state, To: state})
	g.engine.undertake(undertaking{CarriedOut{Group: g.config.Name}, g.config.Members, now})
	g.state, g.since = state, now
}
