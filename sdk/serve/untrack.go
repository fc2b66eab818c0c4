package serve

import (
	"context"
	"sync"

	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// Untrack ends a tracker, and waits until its last check has ended.
func (s *service) Untrack(ctx context.Context, r *wire.UntrackRequest) (*wire.UntrackResponse, error) {
	return &wire.UntrackResponse{}, s.calls.end(ctx, r.GetId())
}

// calls are those of trackers that run, by their number. The zero value is ready.
type calls struct {
	mu   sync.Mutex
	list map[uint64]*call // guarded by mu
}

// call is one of them, made by whoever comes first: Track or Untrack.
type call struct {
	over  context.Context // ends when the tracker is to end
	stop  context.CancelFunc
	ended context.Context // ends when it has ended
	end   context.CancelFunc
}

func (c *calls) find(id uint64) *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.list == nil {
		c.list = make(map[uint64]*call)
	}
	if c.list[id] == nil {
		made := &call{}
		made.over, made.stop = context.WithCancel(context.Background())
		made.ended, made.end = context.WithCancel(context.Background())
		c.list[id] = made
	}
	return c.list[id]
}

func (c *calls) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.list, id)
}

// begin returns a context that ends when the tracker is to end. ended must be called
// when it has. A call without a number is nobody's to end.
func (c *calls) begin(id uint64) (over context.Context, ended func()) {
	if id == 0 {
		return context.Background(), func() {}
	}
	this := c.find(id)
	return this.over, func() {
		c.forget(id)
		this.end()
		this.stop()
	}
}

// end ends a tracker, also one that is about to begin, and waits for its end.
func (c *calls) end(ctx context.Context, id uint64) error {
	this := c.find(id)
	this.stop()
	select {
	case <-this.ended.Done():
		return nil
	case <-ctx.Done(): // it may have ended long ago
		c.forget(id)
		return ctx.Err()
	}
}
