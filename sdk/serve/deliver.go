package serve

import (
	"context"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// Deliver delivers one event. If the one before it, of the same block and
// instance, is still under way because nobody waited for its end, this one waits,
// and its timeout begins then.
func (s *service) Deliver(ctx context.Context, r *wire.DeliverRequest) (*wire.DeliverResponse, error) {
	n, ok := s.notifiers[r.GetType()]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "there is no notifier %q here", r.GetType())
	}
	values, err := wire.ToValues(r.GetConfig())
	if err != nil {
		return wire.FromOutcome(sdk.Reject(err)), nil
	}
	if !s.begin() {
		return nil, status.Error(codes.Unavailable, "the plugin stops")
	}
	defer s.deliveries.Done()
	leave, err := s.lanes.enter(ctx, lane(r))
	if err != nil {
		return nil, status.FromContextError(err).Err()
	}
	defer leave()
	if r.GetTimeout() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.GetTimeout().AsDuration())
		defer cancel()
	}
	err = n.Deliver(ctx, values, wire.ToEvent(r.GetEvent()))
	if err == context.DeadlineExceeded { //nolint:errorlint // what says more than that is told
		return nil, status.FromContextError(err).Err()
	}
	return wire.FromOutcome(err), nil
}

// begin counts a delivery, unless the plugin ends.
func (s *service) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Err() != nil {
		return false
	}
	s.deliveries.Add(1)
	return true
}

// lane names what must not happen twice at the same time.
func lane(r *wire.DeliverRequest) string {
	key := &wire.DeliverRequest{
		Type: r.GetType(), Block: r.GetBlock(),
		Event: &wire.Event{Instance: r.GetEvent().GetInstance(), Group: r.GetEvent().GetGroup()},
	}
	if key.Block == "" {
		key.Config = r.GetConfig() // is all there is to tell one from another
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(key)
	if err != nil {
		return r.GetType() // one after the other, then
	}
	return string(data)
}

// lanes let one at a time pass for each name. The zero value is ready.
type lanes struct {
	mu   sync.Mutex
	busy map[string]chan struct{} // closed when free; guarded by mu
}

// enter waits until a lane is free. leave must be called then. Nobody enters when
// ctx has ended: what is newer may have been there since.
func (l *lanes) enter(ctx context.Context, name string) (leave func(), err error) {
	for {
		l.mu.Lock()
		if err := ctx.Err(); err != nil { // looked at here, where nobody can come in between
			l.mu.Unlock()
			return nil, err
		}
		if l.busy == nil {
			l.busy = make(map[string]chan struct{})
		}
		before, taken := l.busy[name]
		if !taken {
			free := make(chan struct{})
			l.busy[name] = free
			l.mu.Unlock()
			return func() {
				l.mu.Lock()
				defer l.mu.Unlock()
				delete(l.busy, name)
				close(free)
			}, nil
		}
		l.mu.Unlock()
		select {
		case <-before:
		case <-ctx.Done():
		}
	}
}
