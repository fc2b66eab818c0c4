package process

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

// TestPanic ends the trackers of one monitor, not the program, and not those that
// are started afterwards.
func TestPanic(t *testing.T) {
	h := newHub(t, newFakeProc(t).root, disconnected)
	err := h.watch(t.Context(), configured("httpd", unset, unset), func(sdk.Result) { panic("at the disco") })
	if err == nil || err.Error() != "panic: at the disco" {
		t.Errorf("%v", err)
	}
	run(t, h, configured("httpd", unset, unset)).want(sdk.Unhealthy, "no process httpd")
}

// TestTracker runs the tracker as the agent does.
func TestTracker(t *testing.T) {
	path := program(t, "sleep", "sntl-tracker")
	c := sleeper(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	var got sdk.Result
	err := Tracker.Run(ctx, sdk.Values{"process": path, "match": "path"}, sdk.Schedule{}, func(r sdk.Result) {
		got = r
		cancel()
	})
	if want := sdk.Pass("1 process %s (pid %d)", short(path), c.pid); err != nil || got != want {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	if shared.monitor != nil {
		t.Error("the monitor has outlived its only watch")
	}
}

// TestUnreadable: without /proc there is no verdict.
func TestUnreadable(t *testing.T) {
	h := newHub(t, "/nonexistent", disconnected)
	got := run(t, h, configured("httpd", unset, 0)).next()
	if got.Verdict != sdk.Unknown || !strings.Contains(got.Reason, "cannot read processes: open /nonexistent") {
		t.Errorf("%v", got.Result)
	}
}

// TestSilentConnector: one that no longer answers is replaced.
func TestSilentConnector(t *testing.T) {
	fake := newFakeProc(t)
	_, h := newWire(t, fake)
	connects := 0
	m := &monitor{inbox: newInbox(), table: newTable(&procfs{root: fake.root}), connect: func() (*connector, error) {
		connects++
		return h.connect()
	}}
	defer m.close()
	m.open()
	for _, step := range []struct {
		what   string
		before func()
		want   int
	}{
		{"at first", func() {}, 1},
		{"too early to tell", func() {}, 1},
		{"answered", func() { m.heard = true }, 1},
		{"silent", func() { m.scanned = time.Now().Add(-auditInterval) }, 2},
		{"new, and silent", func() { m.scanned = time.Now().Add(-auditInterval) }, 3},
	} {
		step.before()
		if m.scan(); connects != step.want {
			t.Errorf("%s: connected %d times, want %d", step.what, connects, step.want)
		}
	}
}

// TestScanIsPaced: however often events are lost, and however long a scan takes,
// little time is spent on scans.
func TestScanIsPaced(t *testing.T) {
	m := &monitor{table: newTable(&procfs{}), scanned: time.Unix(1e9, 0)}
	for _, test := range []struct {
		what      string
		connector *connector
		stale     bool
		cost      time.Duration
		want      time.Duration
	}{
		{"told of everything", &connector{}, false, time.Second, auditInterval},
		{"events lost", &connector{}, true, time.Millisecond, scanInterval},
		{"told of nothing", nil, false, time.Millisecond, scanInterval},
		{"many processes", nil, false, 100 * time.Millisecond, 2 * time.Second},
	} {
		m.connector, m.table.stale, m.cost = test.connector, test.stale, test.cost
		if got := m.due().Sub(m.scanned); got != test.want {
			t.Errorf("%s: %v, want %v", test.what, got, test.want)
		}
	}
}

// TestNoReportAfterTheEnd, even if there would be many.
func TestNoReportAfterTheEnd(t *testing.T) {
	fake := newFakeProc(t)
	wire, h := newWire(t, fake)
	keep := run(t, h, configured("other", unset, unset))
	keep.next()
	for i := range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		ended := false
		fake.add(first, httpd)
		time.AfterFunc(time.Duration(i)*50*time.Microsecond, cancel)
		wire.send(message(eventExec, first, first))
		_ = h.watch(ctx, configured("httpd", unset, unset), func(sdk.Result) {
			if ended {
				t.Error("reported after the end")
			}
		})
		ended = true
		fake.remove(first)
		wire.send(message(eventExit, first, first))
	}
}
