package host_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/sdk"
)

func TestDescribe(t *testing.T) {
	d := launched(t, options(t, "good")).Description()
	if d.Version != "1.2.3" || !strings.HasPrefix(d.SDK, "go ") || len(d.Trackers) != 3 || len(d.Notifiers) != 1 {
		t.Errorf("%+v", d)
	}
	for _, want := range []sdk.Tracker{checkFile, watchNumbers, trouble} {
		got := d.Tracker(want.Name())
		if got == nil || got.Doc != want.Doc() || got.Polled != want.Polled() || got.Measures != want.Measures() {
			t.Errorf("%s: %+v", want.Name(), got)
			continue
		}
		if diff := cmp.Diff(want.Schema(), got.Schema); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Name(), diff)
		}
	}
	if got := d.Notifier("remember"); got == nil || cmp.Diff(remember.Schema(), got.Schema) != "" {
		t.Errorf("remember: %+v", got)
	}
}

func TestValidate(t *testing.T) {
	p := launched(t, options(t, "good"))
	if err := p.ValidateTracker(t.Context(), "file", sdk.Values{"path": "/x"}); err != nil {
		t.Error(err)
	}
	err := p.ValidateTracker(t.Context(), "file", sdk.Values{"path": "x"})
	var attribute *sdk.AttributeError
	if !errors.As(err, &attribute) || err.Error() != "path: must be absolute" {
		t.Errorf("%v", err)
	}
	if err := p.ValidateNotifier(t.Context(), "remember", sdk.Values{}); err == nil || err.Error() != "file: is required" {
		t.Errorf("%v", err)
	}
	if err := p.ValidateTracker(t.Context(), "none", nil); err == nil || !strings.Contains(err.Error(), `no tracker "none"`) {
		t.Errorf("%v", err)
	}
}

// TestTrack: a polled tracker in another process says what it says in ours.
func TestTrack(t *testing.T) {
	p := launched(t, options(t, "good"))
	path := filepath.Join(t.TempDir(), "f")
	results, _ := track(t, p, "file", sdk.Values{"path": path})
	if r := <-results; r.Verdict != sdk.Unhealthy || r.Reason != "stat "+path+": no such file or directory" {
		t.Errorf("%+v", r)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for r := range results {
		if r == sdk.Pass("%s is there", path) {
			break
		}
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	p := launched(t, options(t, "good"))
	results, ended := track(t, p, "numbers", sdk.Values{"count": int64(15)})
	for i := range int64(15) {
		if r := <-results; r != sdk.Measured(i+1, "number %d", i+1) {
			t.Errorf("%+v", r)
		}
	}
	select { // it says that it lives while it has nothing to say
	case r := <-results:
		t.Errorf("%+v", r)
	case err := <-ended:
		t.Error(err)
	case <-time.After(4 * time.Second):
	}
}

// TestMillion: a tracker that reports without end is heard at a bearable rate,
// and the last word is not lost.
func TestMillion(t *testing.T) {
	p := launched(t, options(t, "good"))
	began := time.Now()
	results, _ := track(t, p, "numbers", sdk.Values{"count": int64(1_000_000), "pause": time.Duration(0)})
	count := 0
	for r := range results {
		count++
		if r.Value == 1_000_000 {
			break
		}
	}
	took := time.Since(began)
	t.Logf("%d samples in %v", count, took)
	if most := 20 + int(took/(50*time.Millisecond)) + 1; count > most { // a second's at once, then what comes in time
		t.Errorf("%d samples of a million were sent in %v, want %d at most", count, took, most)
	}
}

func TestTrackEnds(t *testing.T) {
	p := launched(t, options(t, "good"))
	_, ended := track(t, p, "file", sdk.Values{"path": "relative"})
	if err := <-ended; err == nil || err.Error() != "path: must be absolute" {
		t.Errorf("%v", err)
	}
	if r := one(t, p, "trouble", sdk.Values{"do": "panic"}); r != sdk.CannotTell("panic: oops") {
		t.Errorf("%+v", r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := p.Track(ctx, "numbers", nil, sdk.Schedule{}, func(sdk.Result) { cancel() })
	if err != nil {
		t.Errorf("cancelled: %v", err)
	}
	if err := p.Err(); err != nil {
		t.Errorf("the plugin: %v", err)
	}
}

func TestDeliver(t *testing.T) {
	p := launched(t, options(t, "good"))
	file := filepath.Join(t.TempDir(), "events")
	event := sdk.Event{ID: "e1", Kind: sdk.Transition, Instance: "VI_1", From: "backup", To: "active", Addresses: []string{"10.0.0.1/24"}}
	if err := p.Deliver(t.Context(), time.Time{}, "", "remember", sdk.Values{"file": file}, event); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(file); string(got) != "e1 backup->active 10.0.0.1/24\n" {
		t.Errorf("%q", got)
	}
	deliver := func(do string, timeout time.Duration) error {
		return p.Deliver(t.Context(), time.Now().Add(timeout), "", "remember", sdk.Values{"file": file, "do": do}, event)
	}
	if err := deliver("reject", time.Minute); !sdk.IsRejected(err) || err.Error() != "never" {
		t.Errorf("%v", err)
	}
	if err := deliver("later", time.Minute); sdk.RetryWait(err) != time.Minute {
		t.Errorf("%v", err)
	}
	if err := deliver("panic", time.Minute); !sdk.IsRejected(err) || err.Error() != "panic: oops" {
		t.Errorf("%v", err)
	}
	if err := deliver("hang", 200*time.Millisecond); err == nil || sdk.IsRejected(err) || err.Error() != "timed out" {
		t.Errorf("%v", err)
	}
	if err := p.Deliver(t.Context(), time.Time{}, "", "none", nil, event); !sdk.IsRejected(err) {
		t.Errorf("%v", err)
	}
}

// TestOneAtATime: a delivery that ignores that it was cancelled is not overtaken by
// the next one of the same block and instance, whatever that is configured to do
// and however little time it has, but by all others.
func TestOneAtATime(t *testing.T) {
	p := launched(t, options(t, "good"))
	file := filepath.Join(t.TempDir(), "events")
	deliver := func(ctx context.Context, deadline time.Time, id, block, instance, do string) error {
		return p.Deliver(ctx, deadline, block, "remember", sdk.Values{"file": file, "do": do}, sdk.Event{ID: id, Instance: instance})
	}
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { first <- deliver(ctx, time.Time{}, "first", "x", "a", "wait") }()
	atWork(t, p)
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	for _, err := range []error{deliver(t.Context(), time.Time{}, "block", "y", "a", ""), deliver(t.Context(), time.Time{}, "instance", "x", "b", "")} {
		if err != nil {
			t.Error(err)
		}
	}
	const little = 300 * time.Millisecond
	time.AfterFunc(little+100*time.Millisecond, func() { _ = os.WriteFile(file+enough, nil, 0o600) })
	if err := deliver(t.Context(), time.Now().Add(little), "second", "x", "a", "prompt"); err != nil {
		t.Error(err)
	}
	got, _ := os.ReadFile(file)
	if words := strings.Fields(strings.ReplaceAll(string(got), " -> ", "")); strings.Join(words, " ") != "block instance first second" {
		t.Errorf("%q", got)
	}
}

// TestOvertime: a delivery is over when it has ended, and not when its time has, and
// what does not end is given up: in the end, or when somebody wants that.
func TestOvertime(t *testing.T) {
	t.Parallel()
	p := launched(t, options(t, "good"))
	file := filepath.Join(t.TempDir(), "events")
	for name, c := range map[string]struct {
		do     string
		cancel time.Duration // 0: never
		want   string
		least  time.Duration
	}{
		"hangs":                 {do: "hang", want: "timed out", least: 100 * time.Millisecond},
		"is slow":               {do: "slow", least: 300 * time.Millisecond},
		"ignores it":            {do: "ignore", want: "timed out", least: 5 * time.Second},
		"ignores it, cancelled": {do: "ignore", cancel: time.Second, want: "context canceled", least: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			began := time.Now()
			if c.cancel > 0 {
				time.AfterFunc(c.cancel, cancel)
			}
			err := p.Deliver(ctx, began.Add(100*time.Millisecond), "", "remember", sdk.Values{"file": file, "do": c.do}, sdk.Event{ID: name, Instance: name})
			took := time.Since(began)
			if text := fmt.Sprint(err); (c.want != "" || err != nil) && text != c.want {
				t.Errorf("%v, want %q", err, c.want)
			}
			if took < c.least || took > c.least+4*time.Second {
				t.Errorf("took %v, want %v", took, c.least)
			}
		})
	}
}
