package notify_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sentinel-ha/sentinel/core/notify"
	"github.com/sentinel-ha/sentinel/sdk"
)

// crash leaves a dispatcher to itself and returns a directory as it was at that
// moment.
func crash(t *testing.T, directory string) string {
	t.Helper()
	synctest.Wait()
	copied := t.TempDir()
	b, err := os.ReadFile(filepath.Join(directory, "notified.json"))
	if err == nil {
		err = os.WriteFile(filepath.Join(copied, "notified.json"), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return copied
}

// TestRestart: what a new process tells, by what the old one has told.
func TestRestart(t *testing.T) {
	tests := []struct {
		name string
		// before is what happened until the agent was killed, or stopped, first what
		// happens first in the new one.
		before []string
		end    string
		first  string
		change func(h *hook, file string) string
		want   []string
	}{
		{name: "killed, same state", before: []string{"backup"}, first: "backup", want: nil},
		{name: "killed, another state", before: []string{"backup", "active"}, first: "backup", want: []string{"0s A initialize>backup"}},
		{name: "stopped", before: []string{"backup"}, end: "stopped", first: "backup", want: []string{"0s A initialize>backup"}},
		{name: "killed while it was told", before: []string{"backup", "hang"}, first: "backup", want: []string{"0s A initialize>backup"}},
		{name: "killed, rejected", before: []string{"reject"}, first: "reject", want: []string{"0s A initialize>reject"}},
		{name: "not wanted since", before: []string{"active", "quiet"}, first: "active", want: []string{"0s A initialize>active"}},
		{name: "still not wanted", before: []string{"active", "quiet"}, first: "quiet", want: nil},
		{name: "another hook", before: []string{"backup"}, first: "backup", want: []string{"0s A initialize>backup"},
			change: func(h *hook, file string) string { h.block.Identity = "another"; return file }},
		{name: "another boot", before: []string{"backup"}, first: "backup", want: []string{"0s A initialize>backup"},
			change: func(_ *hook, file string) string {
				return strings.Replace(file, `"boot_id": "`, `"boot_id": "x`, 1)
			}},
		{name: "no sense", before: []string{"backup"}, first: "backup", want: []string{"0s A initialize>backup"},
			change: func(_ *hook, file string) string { return file[:len(file)/2] }},
		{name: "of the future", before: []string{"backup"}, first: "backup", want: []string{"0s A initialize>backup"},
			change: func(_ *hook, file string) string {
				return strings.Replace(file, `"version": 1`, `"version": 2`, 1)
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHook(t, "h", func(ctx context.Context, e sdk.Event) error {
					switch e.To {
					case "hang":
						return hangs(ctx, e)
					case "reject":
						return sdk.Reject(errBroken)
					}
					return nil
				})
				h.block.On = []string{"backup", "active", "hang", "reject", "stopped"}
				h.block.Identity = "secret"
				directory := t.TempDir()
				d := notify.New(directory, silent)
				d.Set(setup(in("A", "B"), h))
				from := "initialize"
				for _, to := range tt.before {
					d.Post(change("A", from, to))
					from = to
				}
				copied := crash(t, directory)
				stopWithin(d, time.Second)
				if tt.end == "stopped" {
					copied = directory
				}
				name := filepath.Join(copied, "notified.json")
				b, _ := os.ReadFile(name)
				if strings.Contains(string(b), "secret") {
					t.Errorf("the file tells the configuration:\n%s", b)
				}
				problems := 0
				if tt.change != nil {
					_ = os.WriteFile(name, []byte(tt.change(h, string(b))), 0o600)
				}
				h.calls, h.began = nil, time.Now()
				d = notify.New(copied, func(h notify.Happening) {
					if h.Outcome == notify.RecordFailed {
						problems++
					}
				})
				d.Set(setup(in("A", "B"), h))
				d.Post(change("A", "initialize", tt.first))
				synctest.Wait()
				h.expect(tt.want...)
				if want := map[string]int{"no sense": 1, "of the future": 1}[tt.name]; problems != want {
					t.Errorf("%d problems", problems)
				}
				stopWithin(d, time.Second)
			})
		})
	}
}

// TestRestartWithout: what is not configured any more after a restart has stopped, for
// those who were told otherwise.
func TestRestartWithout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		restarted := false
		kept := newHook(t, "kept", func(_ context.Context, e sdk.Event) error {
			if restarted && e.Instance == "B" && e.Node != "server1" {
				t.Errorf("from the node %q", e.Node)
			}
			return nil
		})
		changed, quiet := newHook(t, "changed", nil), newHook(t, "quiet", nil)
		quiet.block.On = []string{"active"}
		hooks := []*hook{kept, changed, quiet}
		directory := t.TempDir()
		d := notify.New(directory, silent)
		d.Set(setup(in("A", "B", "C", "GB"), hooks...))
		for _, name := range []string{"A", "B", "C", "GB"} {
			d.Post(change(name, "initialize", "backup"))
			d.Post(change(name, "backup", "active"))
		}
		d.Post(change("C", "active", "stopped"))
		copied := crash(t, directory)
		stopWithin(d, time.Second)

		changed.block.Identity = "another"
		for _, h := range hooks {
			h.calls, h.began = nil, time.Now()
		}
		restarted = true
		var left atomic.Int32
		after := notify.New(copied, func(h notify.Happening) {
			if h.Outcome == notify.Left {
				left.Add(1)
			}
		})
		again := setup(in("A"), hooks...)
		again.Node = "server1"
		after.Set(again)
		after.Post(change("A", "initialize", "active"))
		after.Set(again)
		synctest.Wait()
		kept.expect("0s B active>stopped", "0s GB active>stopped")
		changed.expect("0s A initialize>active")
		quiet.expect()
		if n := len(after.Status().Queues); left.Load() != 4 || n != 3 {
			t.Errorf("%d have left, %d queues", left.Load(), n)
		}
		stopWithin(after, time.Second)
	})
}

// TestDisk: a disk that takes nothing costs a counter, and is written to when it
// does.
func TestDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		directory := filepath.Join(t.TempDir(), "missing")
		h := newHook(t, "h", nil)
		problems := 0
		d := notify.New(directory, func(h notify.Happening) {
			if h.Outcome == notify.RecordFailed {
				problems++
			}
		})
		d.Set(setup(in("A"), h))
		d.Post(change("A", "initialize", "backup"))
		d.Post(change("A", "backup", "active"))
		pass(35 * time.Second)
		h.expect("0s A initialize>backup", "0s A backup>active")
		if s := d.Status(); s.RecordFailures != 4 || s.RecordError == "" || problems != 1 {
			t.Errorf("%d problems, %+v", problems, s)
		}
		if err := os.Mkdir(directory, 0o700); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		if s := d.Status(); s.RecordFailures != 4 || s.RecordError != "" {
			t.Errorf("%+v", s)
		}
		b, err := os.ReadFile(filepath.Join(directory, "notified.json"))
		if err != nil || !strings.Contains(string(b), `"state": "active"`) {
			t.Errorf("%v\n%s", err, b)
		}
		_ = os.RemoveAll(directory)
		if lost := stopWithin(d, time.Second); lost != 0 {
			t.Errorf("%d lost", lost)
		}
	})
}

// TestDiskFull: where what hooks were told since cannot be written, nothing is known
// of them after a restart.
func TestDiskFull(t *testing.T) {
	for _, end := range []string{"killed", "stopped"} {
		t.Run(end, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				directory := t.TempDir()
				h := newHook(t, "h", nil)
				d := notify.New(directory, silent)
				d.Set(setup(in("A"), h))
				d.Post(change("A", "initialize", "backup"))
				synctest.Wait()
				if err := os.MkdirAll(filepath.Join(directory, "notified.json.tmp", "in the way"), 0o700); err != nil {
					t.Fatal(err)
				}
				if end == "stopped" {
					stopWithin(d, time.Second)
				} else {
					d.Post(change("A", "backup", "active"))
					synctest.Wait()
					defer stopWithin(d, time.Second)
				}
				if s := d.Status(); s.RecordError == "" {
					t.Errorf("%+v", s)
				}
				h.calls = nil
				after := notify.New(directory, silent)
				after.Set(setup(in("A"), h))
				after.Post(change("A", "initialize", "backup"))
				synctest.Wait()
				h.expect("0s A initialize>backup")
				stopWithin(after, time.Second)
			})
		})
	}
}

// TestDiskSlow: what is not true any more does not stay on file until a slow disk
// gets another turn.
func TestDiskSlow(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notified.json")
	h := newHook(t, "h", func(ctx context.Context, e sdk.Event) error {
		if e.To == "active" {
			return hangs(ctx, e)
		}
		return nil
	})
	d := notify.New(filepath.Dir(name), silent)
	d.Set(setup(in("A"), h))
	const slow = 500 * time.Millisecond
	until := func(what string, so func() bool) {
		t.Helper()
		for deadline := time.Now().Add(9 * slow); !so(); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the file never " + what)
			}
		}
	}
	d.Post(change("A", "initialize", "backup"))
	until("says what the hook knows", func() bool {
		content, _ := os.ReadFile(name)
		return strings.Contains(string(content), "backup")
	})

	// A pipe that nobody reads is a disk that takes its time.
	if err := syscall.Mkfifo(name+".tmp", 0o600); err != nil {
		t.Fatal(err)
	}
	d.Set(setup(in("A"), h))
	time.Sleep(slow) // and has its next turn after ten times that
	if _, err := os.ReadFile(name + ".tmp"); err != nil {
		t.Fatal(err)
	}
	until("is replaced", func() bool {
		info, err := os.Lstat(name)
		return err == nil && info.Mode()&fs.ModeNamedPipe != 0
	})
	d.Post(change("A", "backup", "active"))
	until("goes", func() bool {
		_, err := os.Lstat(name)
		return errors.Is(err, fs.ErrNotExist)
	})
	stopWithin(d, time.Second)
}
