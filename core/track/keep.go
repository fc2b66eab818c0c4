package track

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

// The pauses before a tracker that has ended is started again: they double from
// first to last, and begin anew when one has lived for long.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 30 * time.Second
	longLife   = time.Minute
)

// keep runs a tracker until ctx ends, again and again if it must. While it does
// not run it is unknown.
func keep(ctx context.Context, spec Spec, report func(sdk.Result)) {
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		err := spec.Tracker.Run(ctx, spec.Values, spec.Schedule, report)
		if ctx.Err() != nil {
			return
		}
		report(sdk.CannotTell("%v", err))
		if time.Since(began) >= longLife {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause/2 + rand.N(pause/2)): // apart from others that ended together
		}
		pause = min(2*pause, lastPause)
	}
}
