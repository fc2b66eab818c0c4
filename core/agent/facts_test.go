package agent

import (
	"testing"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/vrrp"
	"github.com/sentinel-ha/sentinel/sdk"
)

// What is no transition has the router's present state, and what is not about its
// priority that, also when a reload has removed the router.
func TestFacts(t *testing.T) {
	var f facts
	f.set(&config.Config{Routers: []vrrp.Config{{Name: "VI_1", Interface: "eth0", VRID: 51}}})
	say := func(e sdk.Event, state string, priority int) {
		t.Helper()
		e.Instance = "VI_1"
		f.complete(&e)
		if e.To != state || e.Priority != priority || e.Interface != "eth0" || e.VirtualRouterID != 51 {
			t.Errorf("%s: %+v, want %q with %d", e.Kind, e, state, priority)
		}
	}
	say(sdk.Event{Kind: sdk.PriorityChange, Priority: 140}, "", 140)
	say(sdk.Event{Kind: sdk.Transition, To: "backup", Priority: 150}, "backup", 150)
	say(sdk.Event{Kind: sdk.Conflict}, "backup", 150)
	say(sdk.Event{Kind: sdk.PriorityChange, Priority: 100}, "backup", 100)
	say(sdk.Event{Kind: sdk.Conflict}, "backup", 100)
	f.set(&config.Config{})
	say(sdk.Event{Kind: sdk.Transition, To: "stopped", Priority: 100}, "stopped", 100)
	f.set(&config.Config{})
	e := sdk.Event{Kind: sdk.Transition, Instance: "VI_1", To: "stopped"}
	if f.complete(&e); e.Interface != "" || e.To != "stopped" {
		t.Errorf("of a router that is long gone: %+v", e)
	}
}
