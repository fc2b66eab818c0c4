package sdk

import (
	"context"
	"errors"
)

// TryVariable is the environment variable that is set while a person tries a
// plugin: it may say more then.
const TryVariable = "SENTINEL_TRY"

// ErrUnanswered is the error of [Tracker.Validate] and [Notifier.Validate] if it is
// not known what is wrong, because whoever knows does not answer. The values are
// those that the schema allows.
var ErrUnanswered = errors.New("no answer")

// Remote is a tracker that runs elsewhere, such as in the process of a plugin.
// Whoever hosts plugins makes trackers of it; authors of trackers use [Check]
// and [Watch].
type Remote struct {
	// Name, Doc, Schema, Polled and Measures are what the [Tracker]'s methods
	// return.
	Name, Doc        string
	Schema           Schema
	Polled, Measures bool
	// Validate says what is wrong with values that the schema allows, or that it is
	// not known: [ErrUnanswered]. nil: nothing.
	Validate func(values Values) error
	// Run is as [Tracker.Run], and is called with values that the schema allows.
	Run func(ctx context.Context, values Values, s Schedule, report func(Result)) error
}

// Tracker returns the tracker.
func (r Remote) Tracker() Tracker {
	return Tracker{
		name: r.Name, doc: r.Doc, polled: r.Polled, measures: r.Measures, schema: r.Schema, validate: r.Validate,
		open: func(values Values) (runner, error) {
			if err := r.Schema.Check(values); err != nil {
				return nil, err
			}
			return func(ctx context.Context, s Schedule, report func(Result)) error {
				return r.Run(ctx, values, s, report)
			}, nil
		},
	}
}

// RemoteNotifier is a notifier that runs elsewhere, as [Remote].
type RemoteNotifier struct {
	Name, Doc string
	Schema    Schema
	Validate  func(values Values) error
	// Deliver is as [Notifier.Deliver], and is called with values that the schema
	// allows.
	Deliver func(ctx context.Context, values Values, e Event) error
}

// Notifier returns the notifier.
func (r RemoteNotifier) Notifier() Notifier {
	return Notifier{
		name: r.Name, doc: r.Doc, schema: r.Schema, validate: r.Validate,
		open: func(values Values) (deliver, error) {
			if err := r.Schema.Check(values); err != nil {
				return nil, err
			}
			return func(ctx context.Context, e Event) error { return r.Deliver(ctx, values, e) }, nil
		},
	}
}
