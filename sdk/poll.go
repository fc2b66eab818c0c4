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

// once makes one check and reports it. One that outlasts its timeout is unhealthy
// at once and whatever it says in the end, and is waited for, but no longer than
// until ctx ends. For every interval of that there is a check that cannot be made,
// and that counts as another one that timed out. A check that panics says nothing.
func once(ctx context.Context, s Schedule, check func(context.Context) Result, report func(Result)) {
	limited, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	done := make(chan Result, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- CannotTell("panic: %v", p)
			}
		}()
		done <- check(limited)
	}()
	var result Result
	ended := false
	select {
	case result = <-done:
		ended = true
	case <-limited.Done():
	}
	switch {
	case ctx.Err() != nil:
		return
	case limited.Err() == nil:
		report(result)
		return
	}
	overdue := time.NewTicker(s.Interval)
	defer overdue.Stop()
	for {
		report(Fail("timed out after %v", s.Timeout))
		if ended {
			return
		}
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-overdue.C:
		}
	}
}
