package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/host"
)

// Description is what a plugin offers, as if it were linked in.
type Description struct {
	// Version is the plugin's own, SDK what it was written with.
	Version, SDK string
	Trackers     []sdk.Tracker
	Notifiers    []sdk.Notifier
}

// Describe waits until the plugin has been started once and returns what it
// offers; or why it could not be started the first time, while further attempts
// are made. Its trackers and notifiers go on with later processes; what they are
// is not asked again.
func (p *Plugin) Describe(ctx context.Context) (Description, error) {
	p.mu.Lock()
	process := p.described
	p.mu.Unlock()
	if process == nil {
		var err error
		if process, err = p.up(ctx, func(error) bool { return true }); err != nil {
			return Description{}, p.notUp(err)
		}
	}
	from := process.Description()
	d := Description{Version: from.Version, SDK: from.SDK}
	for _, t := range from.Trackers {
		d.Trackers = append(d.Trackers, p.tracker(t))
	}
	for _, t := range from.Notifiers {
		d.Notifiers = append(d.Notifiers, p.notifier(t))
	}
	return d, nil
}

// validateTimeout bounds all questions after one [Host.Open] together, so that many
// do not take many times as long.
const validateTimeout = 5 * time.Second

func (p *Plugin) tracker(t host.Type) sdk.Tracker {
	return sdk.Remote{
		Name: t.Name, Doc: t.Doc, Schema: t.Schema, Polled: t.Polled, Measures: t.Measures,
		Validate: func(values sdk.Values) error {
			return p.ask(func(ctx context.Context, process *host.Plugin) error {
				return process.ValidateTracker(ctx, t.Name, values)
			})
		},
		Run: func(ctx context.Context, values sdk.Values, s sdk.Schedule, report func(sdk.Result)) error {
			return p.track(ctx, t.Name, values, s, report)
		},
	}.Tracker()
}

func (p *Plugin) notifier(t host.Type) sdk.Notifier {
	return sdk.RemoteNotifier{
		Name: t.Name, Doc: t.Doc, Schema: t.Schema,
		Validate: func(values sdk.Values) error {
			return p.ask(func(ctx context.Context, process *host.Plugin) error {
				return process.ValidateNotifier(ctx, t.Name, values)
			})
		},
		Deliver: func(ctx context.Context, values sdk.Values, e sdk.Event) error {
			deadline, _ := ctx.Deadline()
			return p.deliver(ctx, deadline, "", t.Name, values, e)
		},
	}.Notifier()
}

// ask asks the process that runs. One that gave no answer is not asked again until
// it is opened once more.
func (p *Plugin) ask(question func(context.Context, *host.Plugin) error) error {
	p.mu.Lock()
	if p.answerBy.IsZero() {
		p.answerBy = time.Now().Add(validateTimeout)
	}
	answerBy, mute := p.answerBy, p.mute
	p.mu.Unlock()
	if mute != nil {
		return mute
	}
	ctx, cancel := context.WithDeadline(p.wanted, answerBy)
	defer cancel()
	process, err := p.up(ctx, func(error) bool { return false })
	if err != nil {
		err = p.notUp(err)
	} else if err = question(ctx, process); err == nil || !errors.Is(err, host.ErrTimedOut) && ctx.Err() == nil && process.Err() == nil {
		if failed, ok := errors.AsType[*host.CallError](err); ok {
			return fmt.Errorf("the plugin fails when it is asked about this: %w", failed)
		}
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mute = fmt.Errorf("%w: %w", sdk.ErrUnanswered, err)
	return p.mute
}

// notUp says why nothing could be asked.
func (p *Plugin) notUp(err error) error {
	if reason := p.now().reason; reason != nil {
		return reason
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the plugin has not been started yet")
	}
	return err
}

// track runs a tracker in one process after the other. It returns an error only
// if the tracker itself cannot go on.
func (p *Plugin) track(ctx context.Context, name string, values sdk.Values, s sdk.Schedule, report func(sdk.Result)) error {
	said := ""
	unknown := func(err error) bool {
		if said != err.Error() {
			said = err.Error()
			report(sdk.CannotTell("%v", err))
		}
		return p.wanted.Err() != nil && errors.Is(err, errStopping)
	}
	for {
		process, err := p.up(ctx, unknown)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		said = ""
		err = process.Track(ctx, name, values, s, report)
		if ctx.Err() != nil {
			return nil
		}
		if process.Err() == nil {
			return err
		}
		unknown(err)
	}
}

// Deliver gives an event to a notifier that the plugin offers, as [host.Plugin.Deliver]
// does, whatever the values; of the time until the deadline, also the plugin's start is
// waited for.
func (p *Plugin) Deliver(ctx context.Context, deadline time.Time, block string, n *sdk.Notifier, values sdk.Values, e sdk.Event) error {
	if err := n.Schema().Check(values); err != nil {
		return sdk.Reject(err)
	}
	return p.deliver(ctx, deadline, block, n.Name(), values, e)
}

// deliver gives an event to the process that runs, or will in time.
func (p *Plugin) deliver(ctx context.Context, deadline time.Time, block, name string, values sdk.Values, e sdk.Event) error {
	starting := ctx
	if !deadline.IsZero() {
		limited, cancel := context.WithDeadline(ctx, deadline)
		defer cancel()
		starting = limited
	}
	process, err := p.up(starting, func(err error) bool { return errors.Is(err, errStopping) })
	switch {
	case err != nil:
		return p.notUp(err)
	case ctx.Err() != nil: // what waited was taken back when the process had come
		return ctx.Err()
	}
	return process.Deliver(ctx, deadline, block, name, values, e)
}
