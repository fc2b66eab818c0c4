package notify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

// flight is an item in the hands of a worker. The dispatcher's mutex guards it.
type flight struct {
	item
	// block is what it is delivered to, as it was when the last attempt began.
	block Block
	// attempt counts from 1; earlier is how many were another hook's, in the same
	// place.
	attempt, earlier int
	// began, deadline and cancel are the last attempt's. next is when there will be
	// another, zero during one.
	began, deadline, next time.Time
	cancel                context.CancelCauseFunc
	waited                time.Duration
	// lost: the dispatcher has ended and counted it.
	lost bool
}

var (
	errUnbound = errors.New("the block was removed")
	errEnded   = errors.New("the agent ended")
	errTooOld  = errors.New("too old to be of interest")
	errNewer   = errors.New("there was something newer when the plugin was there again")
	errHoldsUp = errors.New("cut short: the agent stops, and there was something newer to tell")
)

// work delivers what is in a queue, until nothing is.
func (d *Dispatcher) work(q *queue) {
	for d.await(q); d.take(q); d.await(q) {
		for !d.attempt(q) {
			d.pause(q)
		}
	}
}

// take takes the next item that is worth an attempt out of a queue. Without one
// the worker's time is over.
func (d *Dispatcher) take(q *queue) bool {
	d.mu.Lock()
	defer d.unlock()
	for len(q.pending) > 0 {
		next := q.pending[0]
		q.pending = slices.Delete(q.pending, 0, 1)
		switch {
		case next.silent:
			q.told = told{state: next.event.To, silent: true}
			d.forgotten()
		case next.reminder && q.told.knows(&next):
			q.counters.Unchanged++
		default:
			q.flight, q.hasten = &flight{item: next, block: q.block, waited: time.Since(next.queued)}, false
			if !next.stale(time.Now(), q.pending) {
				return true
			}
			d.land(q, Expired, 0, errTooOld)
		}
	}
	q.working, q.overflowing, q.pending = false, false, nil
	if s := d.subjects[q.subject]; s != nil {
		d.tidy(s)
	}
	return false
}

// attempt delivers once. It reports whether that was all.
func (d *Dispatcher) attempt(q *queue) (done bool) {
	ctx, f := d.takeOff(q)
	if ctx == nil {
		return true
	}
	err := call(ctx, &f)
	late := !time.Now().Before(f.deadline)

	d.mu.Lock()
	defer d.unlock()
	switch cause := context.Cause(ctx); {
	case cause == nil || err == nil || sdk.IsRejected(err):
	case errors.Is(err, context.Canceled), errors.Is(cause, errNewer):
		err = cause
	}
	q.flight.cancel(nil)
	took := time.Since(f.began)
	if err == nil {
		q.problem = ""
		d.land(q, Delivered, took, nil)
		return true
	}
	if late {
		q.counters.TimedOut++
		err = TimedOut(q.flight.block.timeout(), err)
	}
	q.problem, q.problemAt = problem(err), time.Now()
	attempts := q.flight.attempt - q.flight.earlier
	outcome := fate(err, attempts, q.retries(), q.flight.superseded(q.pending))
	if outcome == 0 {
		outcome, _ = d.overtaken(q)
	}
	if outcome != 0 {
		d.land(q, outcome, took, err)
		return true
	}
	wait := pause(attempts, sdk.RetryWait(err), rand.Float64())
	q.flight.next = time.Now().Add(wait)
	d.happens(Happening{
		Outcome: Retrying, Block: q.block.Name, Subject: q.subject, Event: q.flight.event,
		Attempt: q.flight.attempt, Waited: q.flight.waited, Took: took, Next: wait, Err: err,
	})
	return false
}

// takeOff prepares an attempt, of which it returns a copy; without a context there is
// none, because the item has been overtaken.
func (d *Dispatcher) takeOff(q *queue) (context.Context, flight) {
	d.mu.Lock()
	defer d.unlock()
	f := q.flight
	if outcome, err := d.overtaken(q); outcome != 0 {
		d.land(q, outcome, 0, err)
		return nil, flight{}
	}
	if f.block.Identity != q.block.Identity {
		f.earlier = f.attempt
	}
	q.counters.Called++
	if f.attempt++; f.attempt > 1 {
		q.counters.Retried++
	}
	if isState(f.event) && q.told != (told{}) {
		q.told = told{} // until it is over
		d.forgotten()
	}
	f.block, f.began, f.next = q.block, time.Now(), time.Time{}
	f.deadline = f.began.Add(f.block.timeout())
	ctx, cancel := context.WithCancelCause(d.ctx)
	f.cancel = cancel
	return ctx, *f
}

// overtaken returns why the item in flight is not tried again; 0 if it is.
func (d *Dispatcher) overtaken(q *queue) (Outcome, error) {
	switch {
	case d.ctx.Err() != nil:
		return Lost, errEnded
	case q.unbound:
		return Lost, errUnbound
	case q.flight.attempt > 0 && q.flight.superseded(q.pending):
		return Expired, errors.New(q.problem)
	}
	return 0, nil
}

// retries is how often the queue's block is tried again. What is on its way out
// does not wait for ever.
func (q *queue) retries() int {
	const leaving = 5
	if q.leaving && (q.block.Retries < 0 || q.block.Retries > leaving) {
		return leaving
	}
	return q.block.Retries
}

// land ends the flight.
func (d *Dispatcher) land(q *queue, outcome Outcome, took time.Duration, err error) {
	f := q.flight
	q.flight = nil
	if f.lost {
		return
	}
	q.counters.count(outcome)
	d.happens(Happening{
		Outcome: outcome, Block: q.block.Name, Subject: q.subject, Event: f.event,
		Attempt: f.attempt, Waited: f.waited, Took: took, Err: err,
	})
	if !isState(f.event) || outcome == Lost {
		return
	}
	if f.block.Identity != q.block.Identity { // another hook in the same place
		if s := d.subjects[q.subject]; s != nil {
			d.remind(s, q)
		}
	} else if outcome != Expired {
		q.told = told{state: f.event.To, rejected: outcome == Rejected}
		d.changed()
	}
}

// pause waits until the next attempt, or until there is no need for one.
func (d *Dispatcher) pause(q *queue) {
	d.mu.Lock()
	timer := time.NewTimer(time.Until(q.flight.next))
	d.mu.Unlock()
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return
		case <-d.ctx.Done():
			return
		case <-q.wake:
		}
		d.mu.Lock()
		outcome, _ := d.overtaken(q)
		again := outcome != 0 || q.hasten
		q.hasten = false
		d.mu.Unlock()
		if again {
			return
		}
	}
}

// TimedOut says of the error of a delivery that it took all the time it had. Many
// errors say the half of that.
func TimedOut(after time.Duration, err error) error { return &timedOut{after, err} }

type timedOut struct {
	after time.Duration
	err   error
}

func (t *timedOut) Error() string {
	text := t.err.Error()
	rest, half := strings.CutPrefix(text, "timed out")
	if !half || rest != "" && rest[0] != ':' { // it says how long something else took
		rest = ": " + text
	}
	return fmt.Sprintf("timed out after %v%s", t.after, rest)
}

func (t *timedOut) Unwrap() error { return t.err }

// call calls a hook, whatever it does.
func call(ctx context.Context, f *flight) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = sdk.Reject(fmt.Errorf("panic: %v", p))
		}
	}()
	return f.block.Deliver(ctx, f.deadline, f.event)
}
