package sdk

import (
	"context"
	"fmt"
	"time"
)

// poll calls check on schedule until ctx ends. Missed runs are skipped.
func poll(ctx context.Context, s Schedule, check func(context.Context) Result, report func(Result)) error {
	if s.Interval <= 0 {
		return fmt.Errorf("interval %v: must be positive", s.Interval)
	}
	if s.Timeout <= 0 {
		s.Timeout = s.Interval
	}
	once(ctx, s, check, report)
	timer := time.NewTimer(s.Interval - s.Phase%s.Interval)
	defer timer.Stop()
	for {
		var due time.Time
		select {
		case <-ctx.Done():
			return nil
		case due = <-timer.C:
		}
		once(ctx, s, check, report)
		late := time.Since(due) % s.Interval
		timer.Reset(s.Interval - late)
	}
}

// once makes one check and reports it, unless ctx ends, and returns when the check
// has. One that outlasts its timeout is unhealthy at once and whatever it says in
// the end; one that panics says nothing.
func once(ctx context.Context, s Schedule, check func(context.Context) Result, report func(Result)) {
	if ctx.Err() != nil {
		return
	}
	limited, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	result := CannotTell("the check ended without a result") // as by runtime.Goexit
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() {
			if p := recover(); p != nil {
				result = CannotTell("panic: %v", p)
			}
		}()
		result = check(limited)
	}()
	select {
	case <-ended:
	case <-limited.Done():
	}
	switch {
	case ctx.Err() != nil:
	case limited.Err() != nil:
		overdue(ctx, s, ended, report)
	default:
		report(result)
	}
	<-ended
}

// overdue reports a check that has outlasted its timeout, until it ends or ctx does.
// For every interval that it is waited for there is a check that cannot be made, and
// that counts as another one that timed out.
func overdue(ctx context.Context, s Schedule, ended <-chan struct{}, report func(Result)) {
	missed := time.NewTicker(s.Interval)
	defer missed.Stop()
	for {
		report(Fail("timed out after %v", s.Timeout))
		select {
		case <-ended:
			return
		case <-ctx.Done():
			return
		case <-missed.C:
		}
	}
}
