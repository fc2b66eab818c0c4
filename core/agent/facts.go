package agent

import (
	"maps"
	"slices"
	"sync"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
	"github.com/sentinel-ha/sentinel/sdk"
)

// facts are what the events of a router do not say about it.
type facts struct {
	mu     sync.Mutex
	now    map[string]*vrrp.Config    // by name; guarded by mu
	before map[string]*vrrp.Config    // of routers that a reload removed, and that will stop; guarded by mu
	latest map[string]latest          // by name; guarded by mu
	terms  map[string][]priority.Term // by router; guarded by mu
}

// latest is what the events of a router said last.
type latest struct {
	state    string
	priority int
}

// set takes another configuration.
func (f *facts) set(conf *config.Config) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before, f.now = f.now, make(map[string]*vrrp.Config, len(conf.Routers))
	for i := range conf.Routers {
		f.now[conf.Routers[i].Name] = &conf.Routers[i]
	}
	f.terms = conf.Terms
	maps.DeleteFunc(f.latest, func(name string, _ latest) bool { return f.now[name] == nil && f.before[name] == nil })
}

// users returns the routers that track a tracker.
func (f *facts) users(tracker string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var names []string
	for _, name := range slices.Sorted(maps.Keys(f.terms)) {
		if slices.ContainsFunc(f.terms[name], func(t priority.Term) bool { return t.Tracker == tracker }) {
			names = append(names, name)
		}
	}
	return names
}

// complete adds to an event what is known of its router.
func (f *facts) complete(e *sdk.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	router := f.now[e.Instance]
	if router == nil {
		router = f.before[e.Instance]
	}
	if router == nil {
		return
	}
	e.Interface, e.VirtualRouterID = router.Interface, int(router.VRID)
	for _, a := range router.Addresses {
		e.Addresses = append(e.Addresses, a.Prefix.String())
	}
	if f.latest == nil {
		f.latest = make(map[string]latest)
	}
	known := f.latest[e.Instance]
	switch {
	case e.Kind.IsState():
		known = latest{e.To, e.Priority}
	case e.Kind == sdk.PriorityChange:
		known.priority = e.Priority
	}
	f.latest[e.Instance] = known
	e.To, e.Priority = known.state, known.priority
}
