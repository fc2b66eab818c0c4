package examples_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/examples/examplestest"
	"github.com/sentinel-ha/sentinel/sdk"
)

func TestCustomTracker(t *testing.T) {
	t.Parallel()
	p := launched(t, examplestest.Build(t, "custom-tracker"))
	directory := t.TempDir()
	for _, c := range []struct {
		name   string
		values sdk.Values
		want   sdk.Verdict
		reason string
	}{
		{"enough", sdk.Values{"path": directory, "minimum": int64(1)}, sdk.Healthy, directory + ": * free"},
		{"too little", sdk.Values{"path": directory, "minimum": int64(100)}, sdk.Unhealthy, directory + ": * free, less than 100%"},
		{"gone", sdk.Values{"path": directory + "/x"}, sdk.Unknown, directory + "/x: no such file or directory"},
		{"no disk", sdk.Values{"path": "/proc"}, sdk.Unknown, "/proc is on a file system without a size"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		var got sdk.Result
		err := p.Track(ctx, "disk", c.values, sdk.Schedule{Interval: time.Minute}, func(r sdk.Result) { got = r; cancel() })
		cancel()
		before, after, _ := strings.Cut(c.reason, "*")
		if err != nil || got.Verdict != c.want || !strings.HasPrefix(got.Reason, before) || !strings.HasSuffix(got.Reason, after) {
			t.Errorf("%s: %v %+v, want %v %s", c.name, err, got, c.want, c.reason)
		}
	}
	for want, values := range map[string]sdk.Values{
		"minimum: 101 is too large: at most 100": {"minimum": int64(101)},
		"minimum: 0 is too small: at least 1":    {"minimum": int64(0)},
	} {
		if err := p.ValidateTracker(t.Context(), "disk", values); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
