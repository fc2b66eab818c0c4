package host

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// untracked is a plugin whose tracker runs until its call is cancelled, or until
// Untrack, which does what it is told to.
type untracked struct {
	untrack func(ctx context.Context, end func()) error
	over    context.Context
	end     context.CancelFunc
}

func (u *untracked) Track(ctx context.Context, _ *wire.TrackRequest, _ ...grpc.CallOption) (grpc.ServerStreamingClient[wire.TrackEvent], error) {
	return &silentStream{call: ctx, over: u.over}, nil
}

func (u *untracked) Untrack(ctx context.Context, _ *wire.UntrackRequest, _ ...grpc.CallOption) (*wire.UntrackResponse, error) {
	return &wire.UntrackResponse{}, u.untrack(ctx, u.end)
}

// silentStream is a call without an answer, until it is cancelled or over.
type silentStream struct {
	grpc.ClientStream
	call, over context.Context
}

func (s *silentStream) Recv() (*wire.TrackEvent, error) {
	select {
	case <-s.call.Done():
		return nil, status.FromContextError(s.call.Err()).Err()
	case <-s.over.Done():
		return nil, status.Error(codes.Aborted, "over")
	}
}

// TestUntrack: a tracker whose context has ended is waited for as long as there is
// somebody to wait for, and then its call is cancelled.
func TestUntrack(t *testing.T) {
	fails := func(code codes.Code) func(context.Context, func()) error {
		return func(context.Context, func()) error { return status.Error(code, "no") }
	}
	for name, c := range map[string]struct {
		untrack func(ctx context.Context, end func()) error
		dies    time.Duration // 0: never
		want    time.Duration
	}{
		"ends": {untrack: func(_ context.Context, end func()) error {
			time.Sleep(2 * time.Second)
			end()
			return nil
		}, want: 2 * time.Second},
		"hangs": {untrack: func(ctx context.Context, _ func()) error {
			<-ctx.Done()
			return status.FromContextError(ctx.Err()).Err()
		}, want: endTakes},
		"answers too early": {untrack: func(context.Context, func()) error { return nil }},
		"fails":             {untrack: fails(codes.Unknown)},
		"unimplemented":     {untrack: fails(codes.Unimplemented)},
		"breaks, and dies":  {untrack: fails(codes.Unavailable), dies: time.Second, want: time.Second},
		"breaks, and lives": {untrack: fails(codes.Unavailable), want: endTakes},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				plugin := &untracked{untrack: c.untrack}
				plugin.over, plugin.end = context.WithCancel(t.Context())
				p := newPlugin(Options{}.withDefaults(), newProcess(nil, identity{}, nil))
				p.description, p.tracker = Description{Trackers: []Type{{Name: "x"}}}, plugin
				ctx, cancel := context.WithCancel(t.Context())
				var began time.Time
				time.AfterFunc(time.Second, func() {
					began = time.Now()
					cancel()
					if c.dies > 0 {
						time.Sleep(c.dies)
						close(p.process.ended)
					}
				})
				err := p.Track(ctx, "x", nil, sdk.Schedule{}, func(sdk.Result) {})
				if took := time.Since(began); err != nil || took != c.want {
					t.Errorf("%v after %v, want %v", err, took, c.want)
				}
			})
		})
	}
}
