package host

import (
	"context"
	"sync/atomic"
	"time"
)

// lease is trust in something that has to show itself again and again.
//
// It is measured by counting ticks and not by the clock: when the machine itself
// has slept, one tick is missed and not all of them, and what came meanwhile is
// heard before anybody is declared dead.
type lease struct{ missed atomic.Int32 }

// ticks is how many ticks a lease lasts.
const ticks = 12

func (l *lease) renew() { l.missed.Store(0) }

// watch calls expired whenever the lease has run out, once for each time, until
// the context ends.
func (l *lease) watch(ctx context.Context, lasts time.Duration, expired func()) {
	ticker := time.NewTicker(max(lasts/ticks, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if l.missed.Add(1) == ticks+1 {
			expired()
		}
	}
}
