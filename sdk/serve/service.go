package serve

import (
	"context"
	"errors"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// service answers the host.
type service struct {
	wire.UnimplementedPluginServer
	wire.UnimplementedTrackerServer
	wire.UnimplementedNotifierServer

	*components
	lanes lanes
	calls calls

	// draining ends when the plugin is to end.
	draining context.Context
	stop     context.CancelFunc

	mu         sync.Mutex
	deliveries sync.WaitGroup // added to under mu, and not after stop
}

func newService(c *components) *service {
	s := &service{components: c}
	s.draining, s.stop = context.WithCancel(context.Background())
	return s
}

// Describe says what there is.
func (s *service) Describe(context.Context, *wire.DescribeRequest) (*wire.DescribeResponse, error) {
	return s.described, nil
}

// Validate says what is wrong with a configuration.
func (s *service) Validate(_ context.Context, r *wire.ValidateRequest) (*wire.ValidateResponse, error) {
	values, err := wire.ToValues(r.GetConfig())
	if err != nil {
		return &wire.ValidateResponse{Problems: wire.FromProblem(err)}, nil
	}
	if name := r.GetNotifier(); name != "" {
		n, ok := s.notifiers[name]
		if !ok {
			return nil, status.Errorf(codes.NotFound, "there is no notifier %q here", name)
		}
		return validated(n.Validate(values))
	}
	t, ok := s.trackers[r.GetTracker()]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "there is no tracker %q here", r.GetTracker())
	}
	return validated(t.Validate(values))
}

// validated is the answer to Validate. A panic is none.
func validated(err error) (*wire.ValidateResponse, error) {
	if errors.Is(err, sdk.ErrPanics) {
		return nil, status.Error(codes.Internal, wire.Shorten(err.Error()))
	}
	return &wire.ValidateResponse{Problems: wire.FromProblem(err)}, nil
}

// shortestPulse bounds what a host may ask for.
const shortestPulse = 10 * time.Millisecond

// Pulse shows that the process lives.
func (s *service) Pulse(r *wire.PulseRequest, stream grpc.ServerStreamingServer[wire.PulseResponse]) error {
	ticker := time.NewTicker(max(r.GetInterval().AsDuration(), shortestPulse))
	defer ticker.Stop()
	for {
		if err := stream.Send(&wire.PulseResponse{}); err != nil {
			return err
		}
		select {
		case <-stream.Context().Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Drain ends the trackers and waits for the deliveries.
func (s *service) Drain(ctx context.Context, r *wire.DrainRequest) (*wire.DrainResponse, error) {
	timer := time.NewTimer(r.GetWithin().AsDuration())
	defer timer.Stop()
	s.drain(timer.C)
	return &wire.DrainResponse{}, ctx.Err()
}

func (s *service) drain(patience <-chan time.Time) {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		s.deliveries.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-patience:
	}
}
