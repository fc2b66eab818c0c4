package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
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

// Track runs a tracker of a type in the plugin until ctx ends, and calls report with
// every sample, one call at a time. When ctx has ended, Track waits for the last check,
// at most five seconds, and returns nil. Otherwise it returns why the tracker could not
// go on; if the plugin is done, that is [Plugin.Err], at once. While the plugin lives
// and nothing comes from the tracker, report is called with an unknown result, see
// [IsSilence].
func (p *Plugin) Track(ctx context.Context, name string, values sdk.Values, s sdk.Schedule, report func(sdk.Result)) error {
	t := p.description.Tracker(name)
	if t == nil {
		return fmt.Errorf("the plugin has no tracker %q", name)
	}
	config, err := wire.FromValues(values)
	if err != nil {
		return err
	}
	stream := &stream{polled: t.Polled, bucket: newBucket(samplesPerSecond, samplesAtOnce), report: func(r sdk.Result) {
		if ctx.Err() == nil {
			report(r)
		}
	}}
	lasts := p.options.Lease
	if t.Polled {
		timeout := s.Timeout
		if timeout <= 0 {
			timeout = s.Interval
		}
		lasts = max(lasts, s.Interval+timeout+time.Second)
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(p.alive, cancel)()
	id := p.calls.Add(1)
	end := p.untrackAfter(ctx, id, cancel)
	err = p.follow(running, stream, lasts, &wire.TrackRequest{
		Type: name, Config: config, Id: id,
		Interval: durationpb.New(s.Interval), Timeout: durationpb.New(s.Timeout), Phase: durationpb.New(s.Phase),
	})
	if end() {
		return nil
	}
	return err
}

// silent begins the reason of a result that the plugin has not sent.
const silent = "the plugin sent nothing for "

// IsSilence reports whether a result of [Plugin.Track] says that there is none.
func IsSilence(r sdk.Result) bool {
	return r.Verdict == sdk.Unknown && strings.HasPrefix(r.Reason, silent)
}

// stream is one tracker that runs in a plugin.
type stream struct {
	polled bool
	bucket *bucket
	lease  lease

	mu     sync.Mutex // one report at a time
	report func(sdk.Result)
	last   *sdk.Result // the newest sample, nil before the first; guarded by mu
	missed bool        // report was told that nothing comes; guarded by mu
}

// follow reports what comes and, if nothing does, that it is missed.
func (p *Plugin) follow(ctx context.Context, s *stream, lasts time.Duration, request *wire.TrackRequest) error {
	ctx, cancel := context.WithCancel(ctx)
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		s.lease.watch(ctx, lasts+lasts/ticks, func() { // after the plugin's own lease, which says more
			s.miss(lasts)
		})
	}()
	defer func() {
		cancel()
		<-watching
	}()
	calls, err := p.tracker.Track(ctx, request)
	for err == nil {
		var event *wire.TrackEvent
		if event, err = calls.Recv(); err == nil && !s.take(event) {
			return errFlood
		}
	}
	return p.explain(ctx, err)
}

// errFlood ends the stream of a tracker that would cost too much to listen to.
var errFlood = errors.New("the plugin sends samples without end")

// take reports a sample, if the event is one. It reports whether there may be more.
func (s *stream) take(event *wire.TrackEvent) bool {
	if !s.bucket.take() {
		return false
	}
	if event.GetSample() != nil {
		s.lease.renew()
		s.say(wire.ToResult(event.GetSample()))
	} else if !s.polled {
		s.lease.renew()
		s.resume()
	}
	return true
}

func (s *stream) say(result sdk.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last, s.missed = &result, false
	s.report(result)
}

// miss says that nothing has come for as long as the lease lasts.
func (s *stream) miss(lasts time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.missed = true
	s.report(sdk.CannotTell(silent+"%v", lasts))
}

// resume says the last sample again after a silence: the tracker lives, and has none
// to send because nothing has changed.
func (s *stream) resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.missed && s.last != nil {
		s.missed = false
		s.report(*s.last)
	}
}
