package sdk

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Tracker is a type of tracker: its name, its configuration and how it runs.
// Make one with [Check] or [Watch]. It is immutable.
type Tracker struct {
	name     string
	doc      string
	polled   bool
	measures bool
	schema   Schema
	open     func(Values) (run runner, err error)
	validate func(Values) error // besides open; nil if there is nothing more to say
}

// runner runs one configured tracker until ctx ends.
type runner func(ctx context.Context, s Schedule, report func(Result)) error

// Option changes a [Tracker].
type Option func(*Tracker)

// Measures makes a tracker report numbers instead of verdicts, with [Measured].
// They are multiplied by the operator's weight; of a tracker without it a number is
// unknown. What is unhealthy, such as a check
// that timed out, has no number: it is unknown.
func Measures() Option { return func(t *Tracker) { t.measures = true } }

// Check returns a tracker that is polled: check is called at every interval, one
// call at a time, and its result is a sample. ctx ends when the timeout is over;
// a check that is still running then is unhealthy, and once more at every interval
// until it ends, as the next one waits for it. So does the first one after a change
// of the configuration, though for no more than five seconds. A check that panics
// is unknown.
//
// The configuration C is a struct whose fields carry tags; see [Schema]. If *C
// has a method Validate() error, it is called before the first check: it says
// everything that is wrong, joined, with [At]; a panic of it is an error that does not
// show its value. Check panics if the tags are wrong.
func Check[C any](name, doc string, check func(ctx context.Context, c C) Result, options ...Option) Tracker {
	t := newTracker[C](name, doc, func(c C) runner {
		return func(ctx context.Context, s Schedule, report func(Result)) error {
			return poll(ctx, s, func(ctx context.Context) Result { return check(ctx, c) }, report)
		}
	}, options)
	t.polled = true
	return t
}

// Watch returns a tracker that reports by itself: watch runs until ctx ends and
// calls report at once and whenever something changes, from any goroutine, but
// not after it has returned. report never blocks. A watch that returns earlier,
// with an error or without, is unknown and is started again after a while.
//
// C is as for [Check].
func Watch[C any](name, doc string, watch func(ctx context.Context, c C, report func(Result)) error, options ...Option) Tracker {
	return newTracker[C](name, doc, func(c C) runner {
		return func(ctx context.Context, _ Schedule, report func(Result)) error { return watch(ctx, c, report) }
	}, options)
}

func newTracker[C any](name, doc string, bind func(C) runner, options []Option) Tracker {
	fields, err := fieldsOf[C](Reserved())
	if err != nil {
		panic(fmt.Sprintf("sdk: tracker %q: %v", name, err))
	}
	t := Tracker{name: name, doc: doc, schema: fields.schema(), open: func(values Values) (runner, error) {
		c, err := configure[C](fields, values)
		if err != nil {
			return nil, err
		}
		return bind(c), nil
	}}
	for _, option := range options {
		option(&t)
	}
	return t
}

// Name returns the tracker's type, the first label of its block.
func (t Tracker) Name() string { return t.name }

// Doc returns what the tracker watches, in a few words.
func (t Tracker) Doc() string { return t.doc }

// Polled reports whether interval, timeout, rise and fall mean something to it.
func (t Tracker) Polled() bool { return t.polled }

// Measures reports whether its results are numbers.
func (t Tracker) Measures() bool { return t.measures }

// Schema returns what can be configured.
func (t Tracker) Schema() Schema { return t.schema }

// Validate returns what is wrong with a configuration, nil if nothing is; an
// error of one attribute is an [AttributeError], and [Problems] tells several
// apart. It has no side effects.
func (t Tracker) Validate(values Values) error {
	if _, err := t.open(values); err != nil || t.validate == nil {
		return err
	}
	return t.validate(values)
}

// Schedule says when a polled tracker runs; others ignore it.
type Schedule struct {
	// Interval is the time between the starts of two checks.
	Interval time.Duration
	// Timeout is how long one may take.
	Timeout time.Duration
	// Phase is how much earlier than one interval after the first the second check is
	// made, so that many trackers do not all run at the same moment. The first is made
	// at once.
	Phase time.Duration
}

const (
	sampleGap   = 50 * time.Millisecond
	shortestGap = 10 * time.Millisecond
)

// Gap returns how long a tracker that says much has to be silent between two samples:
// 50 ms; what comes sooner is dropped in favour of what is newer, once there was as
// much as in a second. One that is polled more often may say what it finds, down to
// 10 ms: rise and fall count every sample.
func (t Tracker) Gap(s Schedule) time.Duration {
	if t.polled {
		return min(max(s.Interval, shortestGap), sampleGap)
	}
	return sampleGap
}

// Run runs the tracker with a configuration until ctx ends, and calls report
// with every sample. It returns when the last check has: nil when ctx has ended,
// else why it cannot go on; report is not called after that. A panic of the tracker
// is an error. An unhealthy sample of a tracker that measures is unknown, for the
// same reason; so is a number that is healthy of one that does not.
func (t Tracker) Run(ctx context.Context, values Values, s Schedule, report func(Result)) (err error) {
	run, err := t.open(values)
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	if t.measures {
		report = numbers(report)
	} else {
		report = verdicts(report)
	}
	err = run(ctx, s, report)
	switch {
	case ctx.Err() != nil:
		return nil
	case err == nil:
		return errors.New("ended by itself")
	}
	return err
}

// verdicts passes on results that hold no number. One that does would be good, however
// bad the number is. What is bad is so with any number.
func verdicts(report func(Result)) func(Result) {
	return func(r Result) {
		if r.Value != 0 && r.Verdict == Healthy {
			r = CannotTell("%d is a number, and the tracker does not say that it measures: %s", r.Value, r.Reason)
		}
		r.Value = 0
		report(r)
	}
}

// numbers passes on results that hold a number, or none. 0 is a number.
func numbers(report func(Result)) func(Result) {
	return func(r Result) {
		if r.Verdict == Unhealthy {
			r = Result{Verdict: Unknown, Reason: r.Reason}
		}
		report(r)
	}
}
