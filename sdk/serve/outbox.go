package serve

import (
	"sync"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

// outbox holds results until they are sent, one every [sdk.Tracker.Gap] and as many
// at once as in a second. Of what comes in between the newest are kept. Putting one
// in never blocks.
type outbox struct {
	wake  chan struct{}
	gap   time.Duration
	burst int // how many may be taken at once

	mu      sync.Mutex
	pending []sdk.Result // at most burst; guarded by mu
	allowed int          // how many more may be taken now; guarded by mu
	since   time.Time    // when allowed was reckoned; guarded by mu
	waiting bool         // whether wake will be rung when more may be taken; guarded by mu
}

func newOutbox(gap time.Duration) *outbox {
	burst := int(time.Second / gap)
	return &outbox{wake: make(chan struct{}, 1), gap: gap, burst: burst, allowed: burst, since: time.Now()}
}

// put takes a result, and lets the oldest go if there are too many.
func (b *outbox) put(result sdk.Result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.pending) == b.burst {
		b.pending = append(b.pending[:0], b.pending[1:]...)
	}
	b.pending = append(b.pending, result)
	if !b.waiting {
		b.ring()
	}
}

func (b *outbox) ring() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take returns the next result, if one may be sent now.
func (b *outbox) take() (sdk.Result, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.pending) == 0 || b.waiting {
		return sdk.Result{}, false
	}
	earned := int(time.Since(b.since) / b.gap)
	b.since = b.since.Add(time.Duration(earned) * b.gap)
	if b.allowed = min(b.allowed+earned, b.burst); b.allowed == 0 {
		b.waiting = true
		b.pending = append(b.pending[:0], b.pending[len(b.pending)-1]) // the newest: the others are old when they may go
		time.AfterFunc(b.gap, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.waiting = false
			b.ring()
		})
		return sdk.Result{}, false
	}
	b.allowed--
	result := b.pending[0]
	b.pending = b.pending[1:]
	return result, true
}
