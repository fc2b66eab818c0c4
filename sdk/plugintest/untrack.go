package plugintest

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// track runs the tracker in the bare process, where nobody but the caller ends it.
func (t *trial) track(ctx context.Context, s *subject, bare *talk, values sdk.Values, id uint64) (grpc.ServerStreamingClient[wire.TrackEvent], error) {
	config, err := wire.FromValues(values)
	if err != nil {
		return nil, err
	}
	return bare.tracker.Track(ctx, &wire.TrackRequest{
		Type: t.Name, Config: config, Id: id,
		Interval: durationpb.New(s.options.Interval), Timeout: durationpb.New(s.options.Timeout),
	})
}

// mercy is how long a program that a check runs may take to end: it is told to,
// and killed two seconds later.
const mercy = 3 * time.Second

// midway is when a tracker is ended that has not said anything yet.
const midway = 300 * time.Millisecond

// running is a tracker in the bare process, which has said something or is midway to
// that.
type running struct {
	*talk
	before relatives    // what there was without it
	ended  <-chan error // why its call has, when it has
	cancel context.CancelFunc
}

// starts starts the tracker, whose cancel is to be called.
func (t *trial) starts(ctx context.Context, s *subject, id uint64) (*running, error) {
	values, err := t.configured(ctx, s)
	if err != nil {
		return nil, err
	}
	bare, err := s.talk(ctx)
	if err != nil {
		return nil, err
	}
	before := family(bare.pid)
	ctx, cancel := context.WithCancel(ctx)
	calls, err := t.track(ctx, s, bare, values, id)
	if err != nil {
		cancel()
		return nil, bare.why("Track", mercy, err)
	}
	said, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() {
		for {
			event, err := calls.Recv()
			if err != nil {
				ended <- err
				return
			}
			if event.GetSample() != nil {
				select {
				case said <- struct{}{}:
				default:
				}
			}
		}
	}()
	select {
	case err := <-ended:
		cancel()
		return nil, bare.why("Track", mercy, err)
	case <-said:
	case <-time.After(midway):
	}
	return &running{bare, before, ended, cancel}, nil
}

// left returns the processes that are there of it.
func (r *running) left() []relative { return family(r.pid).except(r.before) }

// ends: when the call ends, so does everything that was done for it. What stays
// after the first time may be meant to stay; what comes anew every time is not.
func (t *trial) ends(ctx context.Context, s *subject) (string, error) {
	stays, err := t.leaves(ctx, s)
	if err != nil || len(stays) == 0 {
		return "nothing goes on", err
	}
	left, err := t.leaves(ctx, s)
	switch {
	case err != nil:
		return "", err
	case len(left) > 0:
		return "", fmt.Errorf("%v after the call has ended there is %s", mercy, names(left))
	}
	return "nothing goes on but " + names(stays), nil
}

// leaves runs the tracker for a moment, and returns the processes that are left of
// it.
func (t *trial) leaves(ctx context.Context, s *subject) ([]relative, error) {
	r, err := t.starts(ctx, s, 0)
	if err != nil {
		return nil, err
	}
	r.cancel()
	left := await(mercy, r.left)
	if r.hasEnded() {
		return nil, fmt.Errorf("it has ended in Track%s", r.lastWords())
	}
	return left, nil
}

// untracks: who asks for the end of a tracker is answered when that has come, of its
// call and of what its last check has started.
func (t *trial) untracks(ctx context.Context, s *subject) (string, error) {
	id := uint64(time.Now().UnixNano()) // another one every time
	r, err := t.starts(ctx, s, id)
	if err != nil {
		return "", err
	}
	defer r.cancel()
	limited, cancel := context.WithTimeout(ctx, mercy)
	defer cancel()
	begun := time.Now()
	_, err = r.tracker.Untrack(limited, &wire.UntrackRequest{Id: id})
	took := time.Since(begun)
	switch {
	case status.Code(err) == codes.Unimplemented:
		return "", notApplicable("it has no Untrack: the next call for a block may check at the same time as the last")
	case err != nil:
		return "", r.why("Untrack", mercy, err)
	}
	select {
	case <-r.ended:
	case <-time.After(linger):
		return "", slow("Untrack is answered before Track's call has ended")
	}
	at := await(linger, r.left)
	if later := await(mercy, r.left); len(at) > len(later) { // what stays is for another check
		return "", slow("Untrack is answered while there is %s", names(at))
	}
	return "its end is answered after " + rounded(took), nil
}
