package pluginhost_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/core/track"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/serve"
)

// role is the variable that makes the test's binary a plugin of that name.
const role = "TEST_ROLE"

// hold names the file that keeps a plugin from dying, as long as it is there.
const hold = "TEST_HOLD"

// race keeps a plugin that is built with the race detector from sleeping for a
// second when it exits.
const race = "GORACE=atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "good":
		serve.Main("1.0.0", serve.Tracker(beat), serve.Tracker(file), serve.Notifier(store), serve.Notifier(list))
	case "counts":
		serve.Main("1.0.0", serve.Tracker(count))
	case "alone":
		serve.Main("1.0.0", serve.Tracker(alone))
	case "dies":
		for _, err := os.Stat(os.Getenv(hold)); err == nil; _, err = os.Stat(os.Getenv(hold)) {
			time.Sleep(time.Millisecond)
		}
		fmt.Fprintln(os.Stderr, "no database")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

type none struct{}

var beat = sdk.Check("beat", "is healthy", func(context.Context, none) sdk.Result { return sdk.Pass("%d", os.Getpid()) })

var calls int

var count = sdk.Check("count", "counts its calls", func(context.Context, none) sdk.Result {
	calls++
	return sdk.Measured(int64(calls), "call %d", calls)
}, sdk.Measures())

type fileConfig struct {
	Path string `sentinel:"path,required"`
}

// Validate is asked in the plugin.
func (c *fileConfig) Validate() error {
	switch c.Path {
	case "/dies":
		os.Exit(3)
	case "/panics":
		panic("oops")
	case "/slow":
		time.Sleep(time.Second)
	}
	if !filepath.IsAbs(c.Path) {
		return sdk.At("path", errors.New("must be absolute"))
	}
	return nil
}

var file = sdk.Watch("file", "says that it runs", func(ctx context.Context, c fileConfig, report func(sdk.Result)) error {
	report(sdk.Pass("watching %s", c.Path))
	<-ctx.Done()
	return nil
})

var store = sdk.Notify("store", "writes the event's id to a file", func(_ context.Context, c fileConfig, e sdk.Event) error {
	return os.WriteFile(c.Path, []byte(e.ID), 0o600)
})

var list = sdk.Notify("list", "appends what the event leads to to a file", func(_ context.Context, c fileConfig, e sdk.Event) error {
	f, err := os.OpenFile(c.Path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintln(f, e.To)
	return err
})

// quick are pauses for tests.
var quick = pluginhost.Pauses{First: time.Millisecond, Last: 5 * time.Millisecond, Deaths: 1000}

func newHost(t *testing.T, pauses pluginhost.Pauses) *pluginhost.Host {
	t.Helper()
	return newHostOf(t, pluginhost.Config{Pauses: pauses})
}

func newHostOf(t *testing.T, c pluginhost.Config) *pluginhost.Host {
	t.Helper()
	directory, err := os.MkdirTemp("", "sn") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	c.RuntimeDir, c.Log = directory, slog.New(slog.NewTextHandler(t.Output(), nil))
	h, err := pluginhost.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close(time.Second) })
	return h
}

// TestLeftBehind: what plugins of another run have left is removed, and is in nobody's way
// until then.
func TestLeftBehind(t *testing.T) {
	directory := t.TempDir()
	left := filepath.Join(directory, "plugins", "plugin-dir1")
	if err := os.MkdirAll(filepath.Join(left, "a", "b"), 0o700); err != nil {
		t.Fatal(err)
	}
	h, err := pluginhost.New(pluginhost.Config{RuntimeDir: directory})
	if err != nil {
		t.Fatal(err)
	}
	h.Close(time.Minute)
	if _, err := os.Lstat(filepath.Dir(left)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is there: %v", err)
	}
}

func self(name string) pluginhost.Spec {
	return pluginhost.Spec{Name: name, Args: []string{"plugin-serve", name}, Environment: []string{role + "=" + name, race}}
}

func described(t *testing.T, p *pluginhost.Plugin) pluginhost.Description {
	t.Helper()
	d, err := p.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// samples runs a tracker of a plugin as the agent does.
func samples(t *testing.T, tracker sdk.Tracker, values sdk.Values) <-chan sdk.Result {
	t.Helper()
	results := make(chan sdk.Result, 1000)
	r := track.NewRunner(func(r track.Report) { results <- r.Result })
	r.Set([]track.Spec{{
		Name: "tracker.x.y", Subject: "y", Tracker: tracker, Values: values,
		Schedule: sdk.Schedule{Interval: 100 * time.Millisecond, Timeout: 100 * time.Millisecond},
	}})
	t.Cleanup(func() {
		if !r.Close(5 * time.Second) {
			t.Error("the tracker does not end")
		}
	})
	return results
}

// patience is how long a test waits for what must happen.
const patience = 15 * time.Second

// beforeLease is before the end of the lease of a process, which would tell of its
// death, too.
const beforeLease = 2500 * time.Millisecond

// until waits for the first result of a verdict, and returns it.
func until(t *testing.T, results <-chan sdk.Result, verdict sdk.Verdict) sdk.Result {
	t.Helper()
	return within(t, patience, results, verdict)
}

// within is until, of what must happen within a time.
func within(t *testing.T, limit time.Duration, results <-chan sdk.Result, verdict sdk.Verdict) sdk.Result {
	t.Helper()
	began := time.Now()
	after := time.After(limit)
	for {
		select {
		case r := <-results:
			if r.Verdict == verdict {
				t.Logf("%v after %v: %s", verdict, time.Since(began), r.Reason)
				return r
			}
		case <-after:
			t.Fatalf("not %v within %v", verdict, limit)
		}
	}
}

func TestOnePlugin(t *testing.T) {
	h := newHost(t, quick)
	p := h.Open(self("good"))
	if h.Open(self("good")) != p {
		t.Error("the same plugin was opened twice")
	}
	d := described(t, p)
	if d.Version != "1.0.0" || len(d.Trackers) != 2 || len(d.Notifiers) != 2 {
		t.Fatalf("%+v", d)
	}
	tracker, notifier := d.Trackers[1], d.Notifiers[0]
	for want, values := range map[string]sdk.Values{"path: is required": nil, "path: must be absolute": {"path": "x"}} {
		if err := tracker.Validate(values); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		if err := notifier.Validate(values); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	want := "the plugin fails when it is asked about this: Validate panics: "
	if err := tracker.Validate(sdk.Values{"path": "/panics"}); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	first, second := samples(t, tracker, sdk.Values{"path": "/a"}), samples(t, d.Trackers[0], nil)
	if r := until(t, first, sdk.Healthy); r != sdk.Pass("watching /a") {
		t.Errorf("%+v", r)
	}
	if r := until(t, second, sdk.Healthy); r.Reason != fmt.Sprint(p.Status().Pid) {
		t.Errorf("%+v", r)
	}
	path := filepath.Join(t.TempDir(), "event")
	if err := notifier.Deliver(t.Context(), sdk.Values{"path": path}, sdk.Event{ID: "e1"}); err != nil {
		t.Error(err)
	}
	if text, _ := os.ReadFile(path); string(text) != "e1" {
		t.Errorf("%q was delivered", text)
	}
	s := p.Status()
	if s.State != pluginhost.Running || s.Starts != 1 || s.Reason != "" || s.Version != "1.0.0" {
		t.Errorf("%+v", s)
	}
}

// TestPolledOften: of a tracker that is polled at the shortest interval nothing is
// lost between its process and whoever counts.
func TestPolledOften(t *testing.T) {
	h := newHost(t, quick)
	results := make(chan sdk.Result, 1000)
	r := track.NewRunner(func(r track.Report) { results <- r.Result })
	defer r.Close(5 * time.Second)
	r.Set([]track.Spec{{
		Name: "tracker.counts.x", Tracker: described(t, h.Open(self("counts"))).Trackers[0], Schedule: sdk.Schedule{Interval: 10 * time.Millisecond, Timeout: time.Minute},
	}})
	for i := range int64(200) {
		if got := <-results; got != sdk.Measured(i+1, "call %d", i+1) {
			t.Fatalf("%+v after %d calls", got, i)
		}
	}
}

// TestUnanswered: a plugin that dies over a question has not said that anything is
// wrong, and is not asked again until it is opened again. Many questions do not take
// many times as long as one may.
func TestUnanswered(t *testing.T) {
	h := newHost(t, quick)
	tracker := described(t, h.Open(self("good"))).Trackers[1]
	for _, path := range []string{"/dies", "/a"} {
		err := tracker.Validate(sdk.Values{"path": path})
		if want := "no answer: the plugin exited with status 3"; !errors.Is(err, sdk.ErrUnanswered) || err.Error() != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	h.Open(self("good"))
	if err := tracker.Validate(sdk.Values{"path": "/a"}); err != nil {
		t.Error(err)
	}
	h.Open(self("good"))
	began := time.Now()
	for range 10 {
		if err := tracker.Validate(sdk.Values{"path": "/slow"}); err != nil && !errors.Is(err, sdk.ErrUnanswered) {
			t.Error(err)
		}
	}
	if took := time.Since(began); took > 7*time.Second {
		t.Errorf("ten questions took %v", took)
	}
}

// TestDeath: its trackers are unknown at once, and go on with the next process.
// A delivery waits for it.
func TestDeath(t *testing.T) {
	h := newHost(t, pluginhost.Pauses{})
	p := h.Open(self("good"))
	d := described(t, p)
	results := samples(t, d.Trackers[1], sdk.Values{"path": "/a"})
	until(t, results, sdk.Healthy)
	pid := p.Status().Pid
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if r := within(t, beforeLease, results, sdk.Unknown); r.Reason != "the plugin was killed by SIGKILL" {
		t.Errorf("%+v", r)
	}
	path := filepath.Join(t.TempDir(), "event")
	if err := d.Notifiers[0].Deliver(t.Context(), sdk.Values{"path": path}, sdk.Event{ID: "e1"}); err != nil {
		t.Error(err)
	}
	until(t, results, sdk.Healthy)
	if s := p.Status(); s.State != pluginhost.Running || s.Pid == pid || s.Starts != 2 {
		t.Errorf("%+v", s)
	}
}

func TestHang(t *testing.T) {
	h := newHost(t, quick)
	p := h.Open(self("good"))
	results := samples(t, described(t, p).Trackers[1], sdk.Values{"path": "/a"})
	until(t, results, sdk.Healthy)
	if err := syscall.Kill(p.Status().Pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if r := until(t, results, sdk.Unknown); !strings.HasPrefix(r.Reason, "the plugin hangs") {
		t.Errorf("%+v", r)
	}
	until(t, results, sdk.Healthy)
}

// TestBroken: what dies again and again is tried rarely, and at once when somebody
// says so.
func TestBroken(t *testing.T) {
	h := newHost(t, pluginhost.Pauses{First: time.Millisecond, Last: time.Millisecond, Deaths: 3})
	spec, held := self("dies"), filepath.Join(t.TempDir(), "held")
	spec.Environment = append(spec.Environment, hold+"="+held)
	p := h.Open(spec)
	_, err := p.Describe(t.Context())
	const want = `the plugin cannot be started: it exited with status 1 before it was ready: its last line was "no database"`
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	wait(t, p, pluginhost.Broken)
	if s := p.Status(); s.Reason != want {
		t.Errorf("%+v", s)
	}
	if err := os.WriteFile(held, nil, 0o600); err != nil { // or it could be broken again before anybody looks
		t.Fatal(err)
	}
	if h.Open(spec) != p {
		t.Error("another plugin of the same spec")
	}
	if s := p.Status(); s.State != pluginhost.Starting || s.Reason != "" {
		t.Errorf("it is not started again: %+v", s)
	}
	if err := os.Remove(held); err != nil {
		t.Fatal(err)
	}
	wait(t, p, pluginhost.Broken)
}

func wait(t *testing.T, p *pluginhost.Plugin, state pluginhost.State) {
	t.Helper()
	for began := time.Now(); p.Status().State != state; time.Sleep(100 * time.Microsecond) {
		if time.Since(began) > patience {
			t.Fatalf("%+v, want %v", p.Status(), state)
		}
	}
}

// TestReplaced: a new file is another plugin, at the next reload and not before.
func TestReplaced(t *testing.T) {
	directory, err := os.MkdirTemp("", "sn")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(directory, "sentinel-tracker-beat")
	if err := exec.Command("cp", binary, path).Run(); err != nil {
		t.Fatal(err)
	}
	spec := pluginhost.Spec{Name: "beat", Path: path, Environment: []string{role + "=good", race}}
	h := newHost(t, quick)
	before := h.Open(spec)
	results := samples(t, described(t, before).Trackers[0], nil)
	until(t, results, sdk.Healthy)
	if err := exec.Command("cp", binary, path+".new").Run(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	if s := before.Status(); !s.Changed {
		t.Errorf("%+v", s)
	}
	if err := syscall.Kill(before.Status().Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	until(t, results, sdk.Unknown)
	until(t, results, sdk.Healthy)

	if h.Open(spec) != before {
		t.Fatal("it is another one before anybody looked")
	}
	h.NoticeChanges()
	after := h.Open(spec)
	if after == before || after.ID() == before.ID() {
		t.Fatal("it is still the old one")
	}
	described(t, after)
	if s := before.Status(); s.State != pluginhost.Running {
		t.Errorf("the old one is %+v", s)
	}
	h.Keep(after)
	wait(t, before, pluginhost.Stopped)
	if s := after.Status(); s.State != pluginhost.Running || s.Changed {
		t.Errorf("%+v", s)
	}
}

// TestRestarts: trackers go on through many deaths.
func TestRestarts(t *testing.T) {
	times := 20
	if testing.Short() {
		times = 3
	}
	h := newHost(t, quick)
	p := h.Open(self("good"))
	tracker := described(t, p).Trackers[1]
	results, ended := make(chan sdk.Result, 1000), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { // and not by core/track, which drops what comes too often
		ended <- tracker.Run(ctx, sdk.Values{"path": "/a"}, sdk.Schedule{}, func(r sdk.Result) { results <- r })
	}()
	for range times {
		until(t, results, sdk.Healthy)
		if err := syscall.Kill(p.Status().Pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		until(t, results, sdk.Unknown)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestRefused: a file that others could change is not started, and the reason is
// the command that repairs it; neither is one that is not what was pinned. What
// is repaired starts by itself.
func TestRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plugin")
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("cp", binary, path).Run(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o757); err != nil {
		t.Fatal(err)
	}
	h := newHost(t, quick)
	spec := pluginhost.Spec{Name: "refused", Path: path, Environment: []string{role + "=good", race}}
	p := h.Open(spec)
	_, err = p.Describe(t.Context())
	want := "the plugin cannot be started: " + path + " is writable by everybody: chmod go-w " + path
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	wait(t, p, pluginhost.Running)
	spec.SHA256 = strings.Repeat("a", 64)
	if _, err := h.Open(spec).Describe(t.Context()); err == nil || !strings.HasSuffix(err.Error(), "it is not the file that was pinned") {
		t.Errorf("%v", err)
	}
}

// TestClosed: what is opened after the end says so.
func TestClosed(t *testing.T) {
	h := newHost(t, quick)
	before := h.Open(self("good"))
	d := described(t, before)
	h.Close(time.Second)
	for _, p := range []*pluginhost.Plugin{before, h.Open(self("good"))} {
		if s := p.Status(); s.State != pluginhost.Stopped {
			t.Errorf("%+v", s)
		}
	}
	err := d.Trackers[1].Run(t.Context(), sdk.Values{"path": "/a"}, sdk.Schedule{}, func(sdk.Result) {})
	if err == nil || err.Error() != "the plugin was stopped" {
		t.Errorf("%v", err)
	}
	if err := d.Notifiers[0].Deliver(t.Context(), sdk.Values{"path": "/a"}, sdk.Event{}); err == nil || sdk.IsRejected(err) {
		t.Errorf("%v", err)
	}
}
