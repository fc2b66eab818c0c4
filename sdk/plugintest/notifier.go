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
		if err := deliver(ctx, p, t.Name, values, event, deliveryTimeout); err != nil {
			return "", fmt.Errorf("event %s is not delivered%s: %w", event.ID, when, err)
		}
	}
	return "also for the second time", nil
}

// tolerance is how much later than its timeout a delivery may end here, on a machine
// that has much else to do.
const tolerance = 500 * time.Millisecond

// deliver gives an event to a notifier. The agent waits for one that takes longer than
// its timeout, and is not done with it by then; here that is an error.
func deliver(ctx context.Context, p *host.Plugin, name string, values sdk.Values, e sdk.Event, timeout time.Duration) error {
	begun := time.Now()
	err := p.Deliver(ctx, begun.Add(timeout), "", name, values, e)
	if err == nil && time.Since(begun) > timeout+tolerance {
		return slow("it takes longer than its timeout of %v", timeout)
	}
	return err
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
