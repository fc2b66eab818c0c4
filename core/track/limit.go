package track

import (
	"context"
	"sync"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/legible"
)

// longestReason bounds what people have to read, in bytes.
const longestReason = 512

// limiter passes on results, one every [sdk.Tracker.Gap] and as many at once as in a
// second, which is less than could disturb anybody. Of what comes in between the
// newest is kept.
type limiter struct {
	ctx   context.Context
	pass  func(sdk.Result)
	wake  chan struct{}
	gap   time.Duration
	burst int // how many may pass at once

	mu      sync.Mutex
	allowed int         // how many more at once; guarded by mu
	since   time.Time   // when allowed was reckoned; guarded by mu
	pending *sdk.Result // guarded by mu
}

func newLimiter(ctx context.Context, gap time.Duration, pass func(sdk.Result)) *limiter {
	burst := int(time.Second / gap)
	return &limiter{ctx: ctx, pass: pass, wake: make(chan struct{}, 1), gap: gap, burst: burst, allowed: burst, since: time.Now()}
}

// report takes a result. It never blocks.
func (l *limiter) report(result sdk.Result) {
	result.Reason = legible.Line(result.Reason, longestReason)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		return
	}
	if l.pending == nil && l.allow() {
		l.pass(result)
		return
	}
	l.pending = &result
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// allow reports whether one more may pass now. mu is held.
func (l *limiter) allow() bool {
	earned := int(time.Since(l.since) / l.gap)
	if l.allowed = min(l.allowed+earned, l.burst); l.allowed == l.burst {
		l.since = time.Now()
	} else {
		l.since = l.since.Add(time.Duration(earned) * l.gap)
	}
	if l.allowed == 0 {
		return false
	}
	l.allowed--
	return true
}

// run passes on what was held back, until the context ends.
func (l *limiter) run() {
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-l.wake:
		}
		for l.flush() {
			select {
			case <-l.ctx.Done():
				return
			case <-time.After(l.gap):
			}
		}
	}
}

// flush passes on the newest result that was held back, if it may. It reports
// whether one is left.
func (l *limiter) flush() (left bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending != nil && l.allow() {
		l.pass(*l.pending)
		l.pending = nil
	}
	return l.pending != nil
}
