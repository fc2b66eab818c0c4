package serve

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// alive is how often a tracker that is not polled says that it lives.
const alive = time.Second

// Track runs a tracker for as long as the call lasts, and not shorter than the
// tracker: a check that ignores its context keeps the call.
func (s *service) Track(r *wire.TrackRequest, stream grpc.ServerStreamingServer[wire.TrackEvent]) error {
	over, ended := s.calls.begin(r.GetId())
	defer ended()
	t, ok := s.trackers[r.GetType()]
	if !ok {
		return status.Errorf(codes.NotFound, "there is no tracker %q here", r.GetType())
	}
	values, err := wire.ToValues(r.GetConfig())
	if err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	defer context.AfterFunc(s.draining, cancel)()
	defer context.AfterFunc(over, cancel)()

	schedule := sdk.Schedule{
		Interval: r.GetInterval().AsDuration(), Timeout: r.GetTimeout().AsDuration(), Phase: r.GetPhase().AsDuration(),
	}
	p := posting{box: newOutbox(t.Gap(schedule)), ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		p.err = run(ctx, t, values, schedule, p.box.put)
	}()
	err = p.run(stream, t.Polled())
	cancel()
	<-p.ended
	return err
}

// run runs a tracker.
func run(ctx context.Context, t sdk.Tracker, values sdk.Values, s sdk.Schedule, report func(sdk.Result)) (err error) {
	defer contain("tracker "+t.Name(), &err)
	return t.Run(ctx, values, s, report)
}

// posting sends what one tracker reports.
type posting struct {
	box   *outbox
	ended chan struct{} // closed when the tracker has ended
	err   error         // why; read after ended
}

// errGone is an error that nobody will hear of.
var errGone = errors.New("the host has gone")

// run returns when the tracker has ended or nobody listens any more.
func (p *posting) run(stream grpc.ServerStreamingServer[wire.TrackEvent], polled bool) error {
	ticker := time.NewTicker(alive)
	defer ticker.Stop()
	for over := false; !over; {
		select {
		case <-p.box.wake:
		case <-ticker.C:
			if !polled && stream.Send(&wire.TrackEvent{}) != nil {
				return errGone
			}
		case <-p.ended:
			over = true
		}
		for result, ok := p.box.take(); ok; result, ok = p.box.take() {
			if stream.Send(&wire.TrackEvent{Sample: wire.FromResult(result)}) != nil {
				return errGone
			}
		}
	}
	switch {
	case p.err != nil:
		return status.Error(codes.Aborted, wire.Shorten(p.err.Error()))
	case stream.Context().Err() != nil:
		return errGone
	}
	return status.Error(codes.Aborted, "the plugin stops")
}
