package sdk

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Notifier is a type of hook: its name, its configuration and what it does with
// an event. Make one with [Notify]. It is immutable and safe for concurrent use.
type Notifier struct {
	name     string
	doc      string
	schema   Schema
	open     func(Values) (deliver, error)
	validate func(Values) error // besides open; nil if there is nothing more to say
}

// deliver delivers one event.
type deliver func(ctx context.Context, e Event) error

// Notify returns a notifier: notify is called for every event, for each block and
// instance in order and one call at a time. ctx ends when the block's timeout is over;
// the next event waits until notify has returned.
//
// nil means that the event was handled. After an error it is delivered again after a
// pause, with the same ID, until there is something newer; the block's retries can
// limit how often. An error made with [Reject] is final, and logged. So is a panic.
//
// The configuration C is as for [Check], with [ReservedForNotifiers].
func Notify[C any](name, doc string, notify func(ctx context.Context, c C, e Event) error) Notifier {
	fields, err := fieldsOf[C](ReservedForNotifiers())
	if err != nil {
		panic(fmt.Sprintf("sdk: notifier %q: %v", name, err))
	}
	return Notifier{name: name, doc: doc, schema: fields.schema(), open: func(values Values) (deliver, error) {
		c, err := configure[C](fields, values)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, e Event) error { return notify(ctx, c, e) }, nil
	}}
}

// Name returns the notifier's type, the first label of its block.
func (n Notifier) Name() string { return n.name }

// Doc returns what the notifier does, in a few words.
func (n Notifier) Doc() string { return n.doc }

// Schema returns what can be configured.
func (n Notifier) Schema() Schema { return n.schema }

// Validate returns what is wrong with a configuration, as [Tracker.Validate].
func (n Notifier) Validate(values Values) error {
	if _, err := n.open(values); err != nil || n.validate == nil {
		return err
	}
	return n.validate(values)
}

// Deliver delivers one event with a configuration. A panic of the notifier, and values
// that are not valid, are errors for which [IsRejected] is true.
func (n Notifier) Deliver(ctx context.Context, values Values, e Event) (err error) {
	deliver, err := n.open(values)
	if err != nil {
		return Reject(err)
	}
	defer func() {
		if p := recover(); p != nil {
			err = Reject(fmt.Errorf("panic: %v", p))
		}
	}()
	return deliver(ctx, e)
}

// Reject marks an error as final: the event is not delivered again. Reject(nil) is nil.
func Reject(err error) error {
	if err == nil {
		return nil
	}
	return &rejected{err}
}

// IsRejected reports whether an error, or one that it wraps, was made with [Reject].
func IsRejected(err error) bool {
	var r *rejected
	return errors.As(err, &r)
}

type rejected struct{ err error }

func (r *rejected) Error() string { return r.err.Error() }
func (r *rejected) Unwrap() error { return r.err }

// RetryAfter marks an error after which the event is to be delivered again, but not
// before wait has passed. The pause is at least that after any other error, and at most
// ten minutes. RetryAfter(nil, wait) is nil.
func RetryAfter(err error, wait time.Duration) error {
	if err == nil {
		return nil
	}
	return &later{err, wait}
}

// RetryWait returns the time that was given to [RetryAfter], 0 for any other error.
func RetryWait(err error) time.Duration {
	var l *later
	if errors.As(err, &l) {
		return l.wait
	}
	return 0
}

type later struct {
	err  error
	wait time.Duration
}

func (l *later) Error() string { return l.err.Error() }
func (l *later) Unwrap() error { return l.err }
