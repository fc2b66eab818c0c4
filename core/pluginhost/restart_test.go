package pluginhost_test

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/notify"
	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/sdk"
)

// TestRestartedOlder: what waits for the next process of a plugin, and is not the
// newest any more, is not given to it.
func TestRestartedOlder(t *testing.T) {
	var hooks *notify.Dispatcher
	h := newHostOf(t, pluginhost.Config{
		Pauses:    pluginhost.Pauses{First: time.Hour, Last: time.Hour},
		Restarted: func(p *pluginhost.Plugin) { hooks.Restarted(p.ID()) },
	})
	p := h.Open(self("good"))
	notifier := described(t, p).Notifiers[1]
	path := filepath.Join(t.TempDir(), "told")
	happened := make(chan notify.Happening, 10)
	hooks = notify.New("", func(h notify.Happening) { happened <- h })
	hooks.Set(notify.Setup{Subjects: []notify.Subject{{Name: "A"}}, Blocks: []notify.Block{{
		Name: "h", Via: p.ID(), ForAll: true, Retries: notify.Forever, Timeout: time.Minute,
		Deliver: func(ctx context.Context, deadline time.Time, e sdk.Event) error {
			return p.Deliver(ctx, deadline, "h", &notifier, sdk.Values{"path": path}, e)
		},
	}}})
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		hooks.Stop(ctx)
	}()
	change := func(from, to string) {
		hooks.Post(sdk.Event{Kind: sdk.Transition, ID: to, Instance: "A", From: from, To: to})
	}
	expect := func(what notify.Outcome, state string) {
		t.Helper()
		if got := <-happened; got.Outcome != what || got.Event.To != state {
			t.Errorf("%s: %v (%v), want %s: %v", got.Event.To, got.Outcome, got.Err, state, what)
		}
	}
	change("initialize", "backup")
	expect(notify.Delivered, "backup")
	if err := syscall.Kill(p.Status().Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	wait(t, p, pluginhost.Waiting)
	change("backup", "fault")
	for hooks.Status().Queues[0].State != "delivering" {
		time.Sleep(time.Millisecond)
	}
	change("fault", "active")
	h.Open(self("good")) // starts it at once
	expect(notify.Expired, "fault")
	expect(notify.Delivered, "active")
	if text, _ := os.ReadFile(path); string(text) != "backup\nactive\n" {
		t.Errorf("it was told %q", text)
	}
}

// TestRestartedAtLast: whoever waits for a plugin that could not be started is told when
// it could, and not by the first start of one that could.
func TestRestartedAtLast(t *testing.T) {
	told := make(chan string, 10)
	h := newHostOf(t, pluginhost.Config{Pauses: quick, Restarted: func(p *pluginhost.Plugin) { told <- p.Name() }})
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	described(t, h.Open(self("good")))
	late := self("good")
	late.Name, late.Path = "late", filepath.Join(t.TempDir(), "sentinel-notify-late")
	p := h.Open(late)
	if _, err := p.Describe(t.Context()); err == nil {
		t.Fatal("it runs")
	}
	if err := os.Symlink(binary, late.Path); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if name := <-told; name != "late" || len(told) > 0 {
		t.Errorf("told of %s, and %d more", name, len(told))
	}
}
