package serve

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// TestUntrack: it is answered when the tracker has ended, whichever of the two calls
// comes first, and nothing is remembered.
func TestUntrack(t *testing.T) {
	for name, c := range map[string]struct{ begins, asked time.Duration }{
		"while it runs":       {0, time.Second},
		"before it has begun": {time.Second, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newService(&components{})
			go func() {
				time.Sleep(c.begins)
				over, ended := s.calls.begin(7)
				<-over.Done()
				time.Sleep(time.Minute) // what the check still takes
				ended()
			}()
			time.Sleep(c.asked)
			began := time.Now()
			if _, err := s.Untrack(t.Context(), &wire.UntrackRequest{Id: 7}); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took != c.begins+time.Minute || len(s.calls.list) > 0 {
				t.Errorf("%s: it took %v; %v", name, took, s.calls.list)
			}
		})
	}
	var gone calls
	_, ended := gone.begin(7)
	ended()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := gone.end(ctx, 7); !errors.Is(err, context.Canceled) || len(gone.list) > 0 {
		t.Errorf("after the end: %v, %v", err, gone.list)
	}
}
