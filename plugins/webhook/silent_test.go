package webhook_test

import (
	"context"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/plugins/webhook"
	"github.com/sentinel-ha/sentinel/sdk/sdktest"
)

// TestSilent: of a delivery to a server that hangs no connection is left.
func TestSilent(t *testing.T) {
	sdktest.Silent(t, func(url string) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := webhook.Notifier.Deliver(ctx, with(url), event); text(err) != "timed out" {
			t.Errorf("%s: %v", url, err)
		}
	})
}
