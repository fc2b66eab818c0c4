package host

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// Description is what a plugin says of itself.
type Description struct {
	// Version is the plugin's own, SDK what it was written with.
	Version, SDK string
	// Trackers and Notifiers are the types it offers.
	Trackers, Notifiers []Type
}

// Type is a type of tracker or notifier. Polled and Measures are as for
// [sdk.Tracker].
type Type struct {
	Name, Doc        string
	Schema           sdk.Schema
	Polled, Measures bool
}

// Tracker returns the type of tracker of a name, or nil.
func (d *Description) Tracker(name string) *Type { return find(d.Trackers, name) }

// Notifier returns the type of notifier of a name, or nil.
func (d *Description) Notifier(name string) *Type { return find(d.Notifiers, name) }

func find(types []Type, name string) *Type {
	for i := range types {
		if types[i].Name == name {
			return &types[i]
		}
	}
	return nil
}

// Description returns what the plugin said of itself when it was launched.
func (p *Plugin) Description() Description { return p.description }

func (p *Plugin) describe(ctx context.Context) error {
	answer, err := p.plugin.Describe(ctx, &wire.DescribeRequest{}, grpc.MaxCallRecvMsgSize(wire.MaxDescription))
	if err != nil {
		return fmt.Errorf("it does not describe itself: %w", reason(err))
	}
	d := Description{Version: wire.Shorten(answer.GetVersion()), SDK: wire.Shorten(answer.GetSdk())}
	if d.Trackers, err = types(answer.GetTrackers(), "tracker", sdk.Reserved()); err != nil {
		return err
	}
	if d.Notifiers, err = types(answer.GetNotifiers(), "notifier", sdk.ReservedForNotifiers()); err != nil {
		return err
	}
	if len(d.Trackers)+len(d.Notifiers) == 0 {
		return errors.New("it offers nothing")
	}
	p.description = d
	return nil
}

// types translates types and checks them.
func types(messages []*wire.Type, what string, reserved []string) ([]Type, error) {
	var list []Type
	for _, m := range messages {
		if err := wire.CheckTypeName(m.GetName()); err != nil {
			return nil, fmt.Errorf("its description is wrong: %s: %w", what, err)
		}
		schema, err := wire.ToSchema(m.GetAttributes(), reserved)
		if err != nil {
			return nil, fmt.Errorf("its description is wrong: %s %q: %w", what, m.GetName(), err)
		}
		if find(list, m.GetName()) != nil {
			return nil, fmt.Errorf("its description is wrong: %s %q is there twice", what, m.GetName())
		}
		list = append(list, Type{m.GetName(), m.GetDoc(), schema, m.GetPolled(), m.GetMeasures()})
	}
	return list, nil
}

// CallError is the error of a call of a plugin that was to say what is wrong, and
// failed: nobody knows.
type CallError struct{ Err error }

// Error returns why the call failed.
func (e *CallError) Error() string { return e.Err.Error() }

// Unwrap returns why the call failed.
func (e *CallError) Unwrap() error { return e.Err }

// ValidateTracker asks the plugin what is wrong with a configuration of a
// tracker, nil if nothing is. An error of one attribute is an
// [sdk.AttributeError]; several are joined. It is a [CallError] if there is no answer.
func (p *Plugin) ValidateTracker(ctx context.Context, name string, values sdk.Values) error {
	return p.validate(ctx, &wire.ValidateRequest{Tracker: name}, values)
}

// ValidateNotifier is as [Plugin.ValidateTracker], for a notifier.
func (p *Plugin) ValidateNotifier(ctx context.Context, name string, values sdk.Values) error {
	return p.validate(ctx, &wire.ValidateRequest{Notifier: name}, values)
}

func (p *Plugin) validate(ctx context.Context, request *wire.ValidateRequest, values sdk.Values) (err error) {
	if request.Config, err = wire.FromValues(values); err != nil {
		return err
	}
	answer, err := p.plugin.Validate(ctx, request)
	switch {
	case isUnimplemented(err):
		return nil
	case err != nil:
		return &CallError{p.explain(ctx, err)}
	}
	return wire.ToProblem(answer.GetProblems())
}
