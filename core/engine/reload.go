package engine

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// ChangeKind is what a reload does to a router.
type ChangeKind uint8

// The kinds of change. A router that is not listed is not touched.
const (
	Added ChangeKind = iota + 1
	Removed
	// Updated in place, without a transition.
	Updated
	// Restarted: it leaves as if it was stopped, and begins anew.
	Restarted
)

// String returns the kind in words.
func (k ChangeKind) String() string {
	return [...]string{"", "added", "removed", "updated", "restarted"}[k]
}

// Change is what a reload does to one router.
type Change struct {
	Router string
	Kind   ChangeKind
	// Settings are the attributes that differ, for Updated and Restarted.
	Settings []string
}

// String says the change in words.
func (c Change) String() string {
	if len(c.Settings) == 0 {
		return fmt.Sprintf("%s %v", c.Router, c.Kind)
	}
	return fmt.Sprintf("%s %v (%s)", c.Router, c.Kind, strings.Join(c.Settings, ", "))
}

// setting is one attribute of a router as a reload sees it.
type setting struct {
	name    string
	restart bool // a change means another router on the wire
	value   func(*vrrp.Config) any
}

// settings are all of them. A field of vrrp.Config that is missing here would be
// ignored by a reload; a test sees to it that none is.
var settings = []setting{
	{"interface", true, func(c *vrrp.Config) any { return c.Interface }},
	{"virtual_router_id", true, func(c *vrrp.Config) any { return c.VRID }},
	{"version", true, func(c *vrrp.Config) any { return c.Version }},
	{"family", true, func(c *vrrp.Config) any { return c.Family }},
	{"source", true, func(c *vrrp.Config) any { return c.Source }},
	{"priority", false, func(c *vrrp.Config) any { return c.Priority }},
	{"advert_interval", false, func(c *vrrp.Config) any { return c.AdvertInterval }},
	{"preempt", false, func(c *vrrp.Config) any { return c.Preempt }},
	{"preempt_delay", false, func(c *vrrp.Config) any { return c.PreemptDelay }},
	{"accept", false, func(c *vrrp.Config) any { return c.Accept }},
	{"track_link", false, func(c *vrrp.Config) any { return c.TrackLink }},
	{"adopt", false, func(c *vrrp.Config) any { return c.Adopt }},
	{"strict", false, func(c *vrrp.Config) any { return c.Strict }},
	{"virtual_addresses", false, func(c *vrrp.Config) any { return c.Addresses }},
	{"unicast", false, func(c *vrrp.Config) any { return c.Unicast }},
	{"authentication", false, func(c *vrrp.Config) any { return []any{c.AuthType, c.Password} }},
	{"checksum", false, func(c *vrrp.Config) any { return c.Checksums }},
	{"announce", false, func(c *vrrp.Config) any { return c.Announce }},
}

// Plan says what a reload from one list of routers to another does. It changes
// nothing.
func Plan(from, to []vrrp.Config) []Change {
	var changes []Change
	for i := range from {
		if named(to, from[i].Name) == nil {
			changes = append(changes, Change{Router: from[i].Name, Kind: Removed})
		}
	}
	for i := range to {
		old := named(from, to[i].Name)
		if old == nil {
			changes = append(changes, Change{Router: to[i].Name, Kind: Added})
			continue
		}
		if c := compare(old, &to[i]); c.Kind != 0 {
			changes = append(changes, c)
		}
	}
	return changes
}

func named(list []vrrp.Config, name string) *vrrp.Config {
	i := slices.IndexFunc(list, func(c vrrp.Config) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &list[i]
}

func compare(from, to *vrrp.Config) Change {
	c := Change{Router: to.Name}
	for _, s := range settings {
		if reflect.DeepEqual(s.value(from), s.value(to)) {
			continue
		}
		c.Settings = append(c.Settings, s.name)
		if c.Kind = max(c.Kind, Updated); s.restart {
			c.Kind = Restarted
		}
	}
	return c
}

// reload applies another configuration: what goes first, so that an address can
// move between routers and an identifier can change hands, then what changes,
// then what comes.
func (e *Engine) reload(now time.Time, routers []vrrp.Config) {
	if e.stopping {
		return
	}
	changes := Plan(e.config.Routers, routers)
	defer e.observer.Observe(Reloaded{Changes: changes})
	if len(changes) == 0 {
		return
	}
	kinds := make(map[string]ChangeKind, len(changes))
	for _, change := range changes {
		kinds[change.Router] = change.Kind
	}
	e.config.Routers = routers

	kept := make(map[string]*instance, len(e.instances))
	for _, inst := range e.instances {
		switch kinds[inst.config.Name] {
		case Removed, Restarted:
			inst.act(now, inst.router.Stop(now))
			e.part(inst)
		case Updated:
			inst.dropAddresses(named(routers, inst.config.Name))
			kept[inst.config.Name] = inst
		default:
			kept[inst.config.Name] = inst
		}
	}
	e.instances = nil
	var fresh []*instance
	for i := range routers {
		inst := kept[routers[i].Name]
		if inst == nil {
			inst = e.newInstance(&routers[i])
			fresh = append(fresh, inst)
		}
		e.instances = append(e.instances, inst)
	}
	e.host.DropPacketsTo(e.undeliverable())
	for i, inst := range e.instances {
		if kinds[inst.config.Name] == Updated {
			inst.update(now, &routers[i])
		} else if inst.config != &routers[i] && kept[inst.config.Name] != nil {
			inst.config = &routers[i] // equal, and the old list can go
			inst.router.Reconfigure(now, inst.config, alignment(inst.config.AdvertInterval))
		}
	}
	e.host.Watch(e.interfaces())
	for _, inst := range fresh {
		e.settle(now, inst)
	}
}

// settle gives a router that comes with a reload what is known already.
func (e *Engine) settle(now time.Time, inst *instance) {
	if link := e.links[inst.config.Interface]; link != nil {
		e.followLink(inst.socket, link)
	}
	inst.assess(now)
}

// dropAddresses releases the addresses that the new configuration has not.
func (inst *instance) dropAddresses(config *vrrp.Config) {
	var leaving []*held
	inst.held = slices.DeleteFunc(inst.held, func(h *held) bool {
		stays := slices.ContainsFunc(config.Addresses, h.samePlacement)
		if !stays {
			leaving = append(leaving, h)
			inst.clear(h.source())
		}
		return !stays
	})
	if inst.active() {
		inst.depart(leaving...)
	}
}

// update applies a configuration in place. The addresses that go have gone.
func (inst *instance) update(now time.Time, config *vrrp.Config) {
	old := inst.config
	inst.config = config
	var arriving, all []*held
	for _, address := range config.Addresses {
		h := inst.find(&address)
		if h == nil {
			h = &held{ordered: inst.engine.lastSeq, wanted: inst.active()}
			arriving = append(arriving, h)
		}
		h.Address = address
		all = append(all, h)
	}
	inst.held = all
	inst.setExpect()
	inst.stale = true
	inst.peers.recompare()
	inst.act(now, inst.router.Reconfigure(now, config, alignment(config.AdvertInterval)))
	if config.Priority != old.Priority {
		inst.act(now, inst.router.SetPriority(now, config.Priority))
	}
	if inst.active() && len(arriving) > 0 {
		inst.order(arriving...)
		inst.act(now, inst.router.Announce(now, vrrp.AfterReload))
	}
	for _, name := range inst.interfaces() {
		if link := inst.engine.links[name]; link != nil {
			inst.compare(now, link)
		}
	}
	inst.assess(now)
}
