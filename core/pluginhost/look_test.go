package pluginhost

import (
	"context"
	"testing"
)

// What does not answer is not waited for, and what does is not too late.
func TestAnswered(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	if seen, ok := answered(ctx, func() int { return 7 }); seen != 7 || !ok {
		t.Errorf("%d, %v", seen, ok)
	}
	release := make(chan struct{})
	defer close(release)
	cancel()
	if seen, ok := answered(ctx, func() int { <-release; return 7 }); seen != 0 || ok {
		t.Errorf("%d, %v", seen, ok)
	}
}
