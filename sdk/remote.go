package sdk

import (
	"context"
	"errors"
)

// TryVariable is the name of the environment variable that is set, to "1", while a
// person tries a plugin, which may write more to its log then. The agent does not set
// it.
const TryVariable = "SENTINEL_TRY"

// ErrUnanswered is the error of [Tracker.Validate] and [Notifier.Validate] if the
// process that knows does not answer. The values are such as the schema allows;
// whether anything else is wrong with them is not known.
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
	// Validate returns what is wrong with values that the schema allows, or
	// [ErrUnanswered]. The nil function allows all of them.
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

// RemoteNotifier is a notifier that runs elsewhere, as [Remote] is a tracker.
type RemoteNotifier struct {
	// Name, Doc and Schema are what the [Notifier]'s methods return; Validate is as in
	// [Remote].
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
