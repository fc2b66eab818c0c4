package engine

import (
	"maps"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// reload applies another configuration: what goes first, so that an address can
// move between routers and an identifier can change hands, then what changes,
// then what comes.
func (e *Engine) reload(now time.Time, setup Setup) {
	if e.stopping {
		return
	}
	changes := Plan(&e.config.Setup, &setup)
	defer e.observer.Observe(Reloaded{Changes: changes})
	if len(changes) == 0 {
		return
	}
	kinds := make(map[string]ChangeKind, len(changes))
	for _, change := range changes {
		kinds[change.Name] = change.Kind
	}
	e.config.Setup = setup
	e.reloadTrackers(now)
	e.listen()
	fresh := e.reloadRouters(now, kinds)
	e.regroup(now)
	names := e.interfaces()
	maps.DeleteFunc(e.links, func(name string, _ *Link) bool { return !slices.Contains(names, name) })
	e.host.Watch(names)
	for _, inst := range fresh {
		e.settle(now, inst)
	}
}

// reloadTrackers keeps the trackers that still watch the same thing.
func (e *Engine) reloadTrackers(now time.Time) {
	old := e.trackers
	e.trackers = nil
	for _, rules := range e.config.Trackers {
		i := slices.IndexFunc(old, func(t *tracker) bool {
			return t.Rules().Name == rules.Name && t.Rules().Subject == rules.Subject
		})
		if i < 0 {
			e.trackers = append(e.trackers, e.newTracker(rules))
			continue
		}
		old[i].noted(now, old[i].SetRules(now, rules)) // the routers that use it are weighed below
		e.trackers = append(e.trackers, old[i])
	}
}

// reloadRouters applies the changes to the routers and returns those that are
// new.
func (e *Engine) reloadRouters(now time.Time, kinds map[string]ChangeKind) (fresh []*instance) {
	routers := e.config.Routers
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
		if kept[inst.config.Name] == nil {
			continue
		}
		inst.setTerms()
		inst.forgetTrackers()
		if kinds[inst.config.Name] == Updated {
			inst.update(now, &routers[i])
			continue
		}
		inst.config = &routers[i] // equal, and the old list can go
		inst.router.Reconfigure(now, inst.config, alignment(inst.config.AdvertInterval))
		inst.weigh(now)
		inst.assess(now)
	}
	return fresh
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
	inst.setNames()
	inst.setExpect()
	inst.stale = true
	inst.peers.recompare()
	inst.act(now, inst.router.Reconfigure(now, config, alignment(config.AdvertInterval)))
	inst.weigh(now)
	if inst.active() && len(arriving) > 0 {
		inst.order(arriving...)
		inst.act(now, inst.router.Announce(now, vrrp.AfterReload))
	}
	for _, name := range inst.names {
		if link := inst.engine.links[name]; link != nil {
			inst.compare(now, link)
		}
	}
	inst.assess(now)
}

func named(list []vrrp.Config, name string) *vrrp.Config {
	i := slices.IndexFunc(list, func(c vrrp.Config) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &list[i]
}
