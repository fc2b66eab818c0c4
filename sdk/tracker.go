package sdk

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Tracker is a type of tracker: its name, its configuration and how it runs.
// Make one with [Check] or [Watch]. It is immutable and safe for concurrent use.
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

// Option is an option of [Check] and [Watch].
type Option func(*Tracker)

// Measures makes a tracker report numbers instead of verdicts, with [Measured]. They are
// multiplied by the operator's weight. Its unhealthy results, such as a check that timed
// out, have no number and count as unknown. So does a number from a tracker without this
// option.
func Measures() Option { return func(t *Tracker) { t.measures = true } }

// Check returns a tracker that is polled: for each block check is called at every
// interval, one call at a time, and its result is a sample. ctx ends when the timeout is
// over. A check that is still running then is unhealthy, and counts as another failure
// at every interval until it returns: no other check is made meanwhile. After a change
// of the configuration, too, the first check waits for the last one before it, but for
// no more than five seconds. A check that panics is unknown.
//
// The configuration C is a struct whose fields carry tags; see [Schema]. If *C has a
// method Validate() error, it is called before the first check, and whenever the
// configuration is validated: it must have no side effects, and return everything that
// is wrong, joined, with [At]. If it panics, the error says where but not with what,
// which may be a secret. Check itself panics if the tags are wrong.
func Check[C any](name, doc string, check func(ctx context.Context, c C) Result, options ...Option) Tracker {
	t := newTracker[C](name, doc, func(c C) runner {
		return func(ctx context.Context, s Schedule, report func(Result)) error {
			return poll(ctx, s, func(ctx context.Context) Result { return check(ctx, c) }, report)
		}
	}, options)
	t.polled = true
	return t
}

// Watch returns a tracker that reports by itself: watch runs until ctx ends. It calls
// report at once, and then whenever something changes, from any goroutine, but not after
// it has returned. report never blocks. If watch returns before ctx has ended, with an
// error or without, the tracker is unknown, and is started again after a pause.
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

// Polled reports whether the tracker is polled, as one of [Check] is: interval, timeout,
// rise and fall mean nothing to others.
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

// Gap returns the time between two samples of a tracker that reports all the time: 50 ms,
// or the interval of one that is polled more often, but at least 10 ms, because rise and
// fall count every sample. A burst of up to a second's worth passes at once; of what
// exceeds that, newer samples replace older ones.
func (t Tracker) Gap(s Schedule) time.Duration {
	if t.polled {
		return min(max(s.Interval, shortestGap), sampleGap)
	}
	return sampleGap
}

// Run runs the tracker with a configuration until ctx ends, and calls report with every
// sample. It returns when the last check has returned, and report is not called after
// that. The error is nil if ctx has ended, else why the tracker cannot go on, such as a
// panic. A number from a tracker without [Measures], and an unhealthy sample from one
// with it, are reported as unknown.
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
