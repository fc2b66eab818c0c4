package agent

import (
	"maps"
	"sync"

	"github.com/sentinel-ha/sentinel/core/vrrp"
	"github.com/sentinel-ha/sentinel/sdk"
)

// facts are what the events of a router do not say about it.
type facts struct {
	mu     sync.Mutex
	now    map[string]*vrrp.Config // by name; guarded by mu
	before map[string]*vrrp.Config // of routers that a reload removed, and that will stop; guarded by mu
	states map[string]string       // guarded by mu
}

// set takes another configuration.
func (f *facts) set(list []vrrp.Config) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before, f.now = f.now, make(map[string]*vrrp.Config, len(list))
	for i := range list {
		f.now[list[i].Name] = &list[i]
	}
	maps.DeleteFunc(f.states, func(name, _ string) bool { return f.now[name] == nil && f.before[name] == nil })
}

// complete adds to an event what is known of its router.
func (f *facts) complete(e *sdk.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	config := f.now[e.Instance]
	if config == nil {
		config = f.before[e.Instance]
	}
	if config == nil {
		return
	}
	e.Interface, e.VirtualRouterID = config.Interface, int(config.VRID)
	for _, a := range config.Addresses {
		e.Addresses = append(e.Addresses, a.Prefix.String())
	}
	if f.states == nil {
		f.states = make(map[string]string)
	}
	if e.Kind == sdk.Transition {
		f.states[e.Instance] = e.To
	} else {
		e.To = f.states[e.Instance]
	}
}
