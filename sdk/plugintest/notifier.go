package plugintest

import (
	"context"
	"fmt"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/host"
)

func checksOfNotifier(of host.Type) []check {
	t := trial{"notify", of}
	name := t.kind + " " + t.Name + ": "
	return []check{
		{name + "validation", t.validates},
		{name + "delivery", t.delivers},
	}
}

// deliveryTimeout is the default of a notify block.
const deliveryTimeout = 10 * time.Second

// delivers: an event is taken, and taken again with the same id, as happens when
// nobody knows whether it was done.
func (t *trial) delivers(ctx context.Context, s *subject) (string, error) {
	if !s.options.Deliver {
		return "", notApplicable("a delivery does something: it is made when it is asked for")
	}
	p, values, err := t.ready(ctx, s)
	if err != nil {
		return "", err
	}
	event := testEvent()
	for _, when := range []string{"", " for the second time"} {
		ctx, cancel := context.WithTimeout(ctx, deliveryTimeout)
		err := p.Deliver(ctx, "", t.Name, values, event)
		cancel()
		if err != nil {
			return "", fmt.Errorf("event %s is not delivered%s: %w", event.ID, when, err)
		}
	}
	return "also for the second time", nil
}

// testEvent is a router's transition to active.
func testEvent() sdk.Event {
	now := time.Now()
	return sdk.Event{
		ID: fmt.Sprintf("test-%d", now.UnixNano()), Kind: sdk.Transition, Time: now, Node: "test",
		Instance: "VI_1", Interface: "eth0", VirtualRouterID: 51, From: "backup", To: "active", Priority: 100,
		Addresses: []string{"192.0.2.100/24"}, Reason: "test",
	}
}
