package host

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// overtime is how long after the end of its time a delivery is waited for. A
// program that is asked to end has two seconds (plugins/internal/command), and as
// long may have passed until a delivery that was cancelled made room for this one.
const overtime = 5 * time.Second

// Deliver gives one event to a notifier of a type, and waits until that is over. A
// delivery has as long as there is until the deadline, from when it begins, and is
// waited for until it has really ended, so that the next one does not find it at work;
// five seconds after the deadline it is given up. The zero deadline is none. When ctx
// ends it is given up at once, at any time.
//
// block is the name of the block that it is for, empty if it is nobody's. What is
// for one block, and of one instance or group, is done one at a time.
//
// Errors are as [sdk.Notifier.Deliver] returns them: to be tried again unless
// [sdk.IsRejected].
func (p *Plugin) Deliver(ctx context.Context, deadline time.Time, block, name string, values sdk.Values, e sdk.Event) error {
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
	request := &wire.DeliverRequest{Type: name, Config: config, Event: wire.FromEvent(e), Block: block}
	if !deadline.IsZero() {
		request.Timeout = durationpb.New(time.Until(deadline))
		limited, cancel := context.WithDeadline(ctx, deadline.Add(overtime))
		defer cancel()
		ctx = limited
	}
	answer, err := p.notifier.Deliver(ctx, request)
	if err != nil {
		return p.explain(ctx, err)
	}
	return wire.ToOutcome(answer)
}
