package host

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// endTakes is how long the end of a tracker is waited for.
const endTakes = 5 * time.Second

// untrackAfter ends a tracker after ctx has ended, and calls cancel when its last
// check has ended, too. end is to be called when the tracker's call has ended; it waits
// for the same, and reports whether ctx has ended.
func (p *Plugin) untrackAfter(ctx context.Context, id uint64, cancel context.CancelFunc) (end func() bool) {
	waiting, enough := context.WithCancel(context.Background())
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		defer cancel()
		p.untrack(waiting, id)
	})
	return func() bool {
		defer enough()
		if stop() {
			return false
		}
		if p.alive.Err() == nil {
			enough() // a plugin that lives ends the call after the check
		}
		<-ended
		return true
	}
}

// untrack ends a tracker and waits until its last check has ended: with the process, if
// that is about to end. A plugin that lives and has no other answer than an error is not
// waited for.
func (p *Plugin) untrack(ctx context.Context, id uint64) {
	ctx, cancel := context.WithTimeout(ctx, endTakes)
	defer cancel()
	_, err := p.tracker.Untrack(ctx, &wire.UntrackRequest{Id: id})
	if err == nil || p.alive.Err() == nil && status.Code(err) != codes.Unavailable {
		return
	}
	select {
	case <-p.process.ended:
	case <-ctx.Done():
	}
}
