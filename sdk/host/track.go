package host

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// What a tracker may send: as many messages at once, and as many in a second.
const (
	samplesAtOnce    = 1000
	samplesPerSecond = 200
)

// Track runs a tracker of a type in the plugin until ctx ends, and calls report
// with every sample, from one goroutine. It returns nil when ctx has ended, else
// why it could not go on; if the plugin is done, that is [Plugin.Err], and comes
// at once. While the plugin lives and a tracker's samples do not come, report is
// told that it is unknown.
func (p *Plugin) Track(ctx context.Context, name string, values sdk.Values, s sdk.Schedule, report func(sdk.Result)) error {
	t := p.description.Tracker(name)
	if t == nil {
		return fmt.Errorf("the plugin has no tracker %q", name)
	}
	config, err := wire.FromValues(values)
	if err != nil {
		return err
	}
	stream := &stream{polled: t.Polled, report: report, bucket: newBucket(samplesPerSecond, samplesAtOnce)}
	lasts := p.options.Lease
	if t.Polled {
		timeout := s.Timeout
		if timeout <= 0 {
			timeout = s.Interval
		}
		lasts = max(lasts, s.Interval+timeout+time.Second)
	}
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.alive, cancel)()
	err = p.follow(running, stream, lasts, &wire.TrackRequest{
		Type: name, Config: config,
		Interval: durationpb.New(s.Interval), Timeout: durationpb.New(s.Timeout), Phase: durationpb.New(s.Phase),
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// stream is one tracker that runs in a plugin.
type stream struct {
	polled bool
	report func(sdk.Result)
	bucket *bucket
	lease  lease
}

// follow reports what comes and, if nothing does, that it is missed.
func (p *Plugin) follow(ctx context.Context, s *stream, lasts time.Duration, request *wire.TrackRequest) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	calls, err := p.tracker.Track(ctx, request)
	if err != nil {
		return p.explain(ctx, err)
	}
	events := make(chan *wire.TrackEvent)
	failed := make(chan error, 1)
	go func() {
		for {
			event, err := calls.Recv()
			if err != nil {
				failed <- err
				return
			}
			select {
			case events <- event:
			case <-ctx.Done():
				failed <- ctx.Err()
				return
			}
		}
	}()
	missed := make(chan struct{}, 1)
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		s.lease.watch(ctx, lasts+lasts/ticks, func() { // after the plugin's own lease, which says more
			select {
			case missed <- struct{}{}:
			default:
			}
		})
	}()
	defer func() { <-watching }()
	defer cancel()
	for {
		select {
		case err := <-failed:
			return p.explain(ctx, err)
		case <-missed:
			s.report(sdk.CannotTell("the plugin sent nothing for %v", lasts))
		case event := <-events:
			if err := s.take(event); err != nil {
				cancel()
				<-failed
				return err
			}
		}
	}
}

// errFlood ends the stream of a tracker that would cost too much to listen to.
var errFlood = errors.New("the plugin sends samples without end")

func (s *stream) take(event *wire.TrackEvent) error {
	if !s.bucket.take() {
		return errFlood
	}
	if event.GetSample() == nil {
		if !s.polled {
			s.lease.renew()
		}
		return nil
	}
	s.lease.renew()
	s.report(wire.ToResult(event.GetSample()))
	return nil
}
