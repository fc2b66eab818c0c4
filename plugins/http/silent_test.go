package http_test

import (
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/sdktest"
)

// TestSilent: of a check of a server that hangs no connection is left.
func TestSilent(t *testing.T) {
	sdktest.Silent(t, func(url string) {
		want := sdk.Fail("timed out after 1s")
		if got := first(t, with(url), time.Second); got != want {
			t.Errorf("%s: %+v", url, got)
		}
	})
}
