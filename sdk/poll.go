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
	report(once(ctx, s.Timeout, check))
	timer := time.NewTimer(s.Interval - s.Phase%s.Interval)
	defer timer.Stop()
	for {
		var due time.Time
		select {
		case <-ctx.Done():
			return nil
		case due = <-timer.C:
		}
		result := once(ctx, s.Timeout, check)
		if ctx.Err() != nil {
			return nil
		}
		report(result)
		late := time.Since(due) % s.Interval
		timer.Reset(s.Interval - late)
	}
}

// once makes one check. One that outlasts its timeout is unhealthy whatever it
// says in the end; one that panics says nothing.
func once(ctx context.Context, timeout time.Duration, check func(context.Context) Result) (result Result) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			result = CannotTell("panic: %v", p)
		}
	}()
	result = check(ctx)
	if ctx.Err() == context.DeadlineExceeded {
		return Fail("timed out after %v", timeout)
	}
	return result
}
