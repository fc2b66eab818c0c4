package pluginhost_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/core/track"
	"github.com/sentinel-ha/sentinel/sdk"
)

// alone needs a lock for itself, and keeps it for a while after it was told to end.
var alone = sdk.Check("alone", "writes a line when it runs", func(ctx context.Context, c fileConfig) sdk.Result {
	f, err := os.OpenFile(c.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return sdk.Fail("%v", err)
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return sdk.Fail("another one runs: %v", err)
	}
	fmt.Fprintln(f, "run")
	<-ctx.Done()
	time.Sleep(300 * time.Millisecond)
	return sdk.Pass("")
})

// TestAlone: no two checks of one tracker run at the same time, also when its
// schedule changes, or its process.
func TestAlone(t *testing.T) {
	h := newHost(t, quick)
	path := filepath.Join(t.TempDir(), "lock")
	runner := track.NewRunner(func(r track.Report) { t.Errorf("reported %+v", r) })
	spec := track.Spec{Name: "tracker.alone.x", Subject: "x", Values: sdk.Values{"path": path}}
	in := func(number string) *pluginhost.Plugin {
		other := self("alone")
		other.Environment = append(other.Environment, "NUMBER="+number)
		p := h.Open(other)
		spec.Tracker, spec.Process = described(t, p).Trackers[0], p.ID()
		return p
	}
	runs := 0
	set := func(interval time.Duration) {
		t.Helper()
		spec.Schedule.Interval = interval
		runner.Set([]track.Spec{spec})
		runs++
		for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
			text, _ := os.ReadFile(path)
			if strings.Count(string(text), "run") == runs {
				return
			}
			if time.Since(began) > 20*time.Second {
				t.Fatalf("after change %d: %q", runs, text)
			}
		}
	}
	first := in("1")
	set(time.Minute)
	set(time.Hour)
	h.Keep(first, in("2"))
	set(time.Hour)
	runner.Set(nil)
	set(time.Minute)
	second := in("3")
	runner.Set([]track.Spec{spec})
	h.Keep(second) // the process ends while its check does
	set(time.Minute)
	runner.Close(0)
}
