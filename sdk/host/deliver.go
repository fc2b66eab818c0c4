package host

import (
	"context"
	"fmt"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// Deliver gives one event to a notifier of a type, and waits until it is done or
// ctx ends. Errors are as [sdk.Notifier.Deliver] returns them: to be tried again
// unless [sdk.IsRejected].
func (p *Plugin) Deliver(ctx context.Context, name string, values sdk.Values, e sdk.Event) error {
	if p.description.Notifier(name) == nil {
		return sdk.Reject(fmt.Errorf("the plugin has no notifier %q", name))
	}
	config, err := wire.FromValues(values)
	if err != nil {
		return sdk.Reject(err)
	}
	if !p.begin() {
		return ErrStopped
	}
	defer p.deliveries.Done()
	answer, err := p.notifier.Deliver(ctx, &wire.DeliverRequest{Type: name, Config: config, Event: wire.FromEvent(e)})
	if err != nil {
		return p.explain(ctx, err)
	}
	return wire.ToOutcome(answer)
}
