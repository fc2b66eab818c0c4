package plugintest_test

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/plugintest"
)

func ignoreSignals() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
}

// called returns the path of the test's binary under another name.
func called(t *testing.T, name string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// findings makes all checks, and returns what was found by the names of the
// checks.
func findings(t *testing.T, o plugintest.Options) map[string]plugintest.Finding {
	t.Helper()
	all := make(map[string]plugintest.Finding)
	begun := time.Now()
	err := plugintest.Check(t.Context(), o, func(f plugintest.Finding) {
		t.Logf("%-4s %-30s %s", f.Outcome, f.Check, f.Reason)
		if _, twice := all[f.Check]; twice {
			t.Errorf("%s is there twice", f.Check)
		}
		all[f.Check] = f
	})
	if err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("it took %v", took)
	}
	return all
}

// outcomes are how the checks ended that did not pass, with what their reasons
// match.
type outcomes map[string]struct {
	outcome plugintest.Outcome
	reason  string
}

func (want outcomes) compare(t *testing.T, got map[string]plugintest.Finding) {
	t.Helper()
	for name, f := range got {
		w, special := want[name]
		switch {
		case !special && f.Outcome != plugintest.Passed:
			t.Errorf("%s: %s: %s", f.Outcome, name, f.Reason)
		case special && w.outcome == either:
		case special && (f.Outcome != w.outcome || !regexp.MustCompile(w.reason).MatchString(f.Reason)):
			t.Errorf("%s: %s: %s; want %s: %s", f.Outcome, name, f.Reason, w.outcome, w.reason)
		}
		if f.Reason == "" {
			t.Errorf("%s: %s: no reason", f.Outcome, name)
		}
	}
	for name := range want {
		if _, there := got[name]; !there {
			t.Errorf("%s was not checked", name)
		}
	}
}

const (
	fail = plugintest.Failed
	skip = plugintest.NotApplicable
	// either is an outcome that depends on who is first.
	either = plugintest.Outcome("")
)

// A good plugin passes everything that it is asked, in Go and by package serve or
// not.
func TestGood(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "events")
	for name, c := range map[string]struct {
		options plugintest.Options
		want    outcomes
	}{
		"sentinel-tracker-good": {
			plugintest.Options{},
			outcomes{
				"file name":                  {plugintest.Passed, "offers it, and is to be sentinel-notify-good too, as by a symbolic link$"},
				"tracker good: first sample": {skip, "it needs a configuration: path: is required"},
				"tracker good: many at once": {skip, "it needs a configuration"},
				"tracker good: cancelled":    {skip, "it needs a configuration"},
				"tracker good: untracked":    {skip, "it needs a configuration"},
				"notify good: delivery":      {skip, "when it is asked for"},
			},
		},
		"sentinel-notify-good": {
			plugintest.Options{Config: map[string]sdk.Values{"tracker.good": {"path": "/"}, "notify.good": {"file": file}}, Deliver: true},
			nil,
		},
		"good": {
			plugintest.Options{Config: map[string]sdk.Values{"tracker.good": {"path": "x"}}},
			outcomes{
				"file name":                  {skip, "would be called sentinel-tracker-NAME"},
				"tracker good: first sample": {fail, "it refuses the configuration: path: must be absolute"},
				"tracker good: many at once": {fail, "it refuses the configuration"},
				"tracker good: cancelled":    {fail, "it refuses the configuration"},
				"tracker good: untracked":    {fail, "it refuses the configuration"},
				"notify good: delivery":      {skip, "when it is asked for"},
			},
		},
		"sentinel-tracker-push": {plugintest.Options{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.options.Path = called(t, "sentinel-"+strings.TrimPrefix(name, "sentinel-"))
			if name == "good" {
				c.options.Path = called(t, "x-good")
			}
			c.want.compare(t, findings(t, c.options))
		})
	}
	t.Cleanup(func() {
		if text, err := os.ReadFile(file); err != nil || strings.Count(string(text), " active\n") != 2 {
			t.Errorf("delivered: %q, %v", text, err)
		}
	})
}

// A check that runs a program ends it when it is cancelled.
func TestCancelled(t *testing.T) {
	t.Parallel()
	o := plugintest.Options{
		Path: called(t, "sentinel-tracker-good"), Timeout: time.Minute, Interval: time.Minute,
		Config: map[string]sdk.Values{"tracker.good": {"path": "/", "wait": 2 * time.Second}},
	}
	got := findings(t, o)
	for _, name := range []string{"tracker good: cancelled", "tracker good: untracked", "end of input", "nothing left"} {
		if got[name].Outcome != plugintest.Passed {
			t.Errorf("%+v", got[name])
		}
	}
}

// A plugin that does not keep its promises is told which, and why; the checks go
// on and end.
func TestBad(t *testing.T) {
	t.Parallel()
	const notLaunched, notTalking = "it cannot be launched", "it does not begin to talk"
	never := func(handshake, launch string) outcomes {
		return outcomes{
			"handshake":     {fail, handshake},
			"launch":        {fail, launch},
			"description":   {skip, notTalking},
			"documentation": {skip, notLaunched},
			"file name":     {skip, notLaunched},
			"unknown type":  {skip, notLaunched},
			"pulse":         {skip, notTalking},
			"signals":       {skip, notTalking},
			"end of input":  {skip, notTalking},
			"nothing left":  {skip, "it did not end by itself"},
		}
	}
	noPulse := outcomes{
		"pulse": {skip, "it has no pulse"}, "file name": {fail, "offers no tracker"}, "tracker bare: untracked": {skip, "it has no Untrack"},
	}
	with := func(base, more outcomes) outcomes {
		all := make(outcomes)
		for _, some := range []outcomes{base, more} {
			for name, o := range some {
				all[name] = o
			}
		}
		return all
	}
	for name, want := range map[string]outcomes{
		"exits": with(never(`exited with status 0 without a handshake: its last line was "cannot open /etc/secret"`, "exited with status 0 before it was ready"),
			outcomes{"by hand": {fail, "must exit with 1 or 2"}}),
		"panics": with(never(`exited with status 2 without a handshake: its last line was "panic: oops"`, `exited with status 2 before it was ready: its last line was "panic: oops"`),
			outcomes{"by hand": {fail, `it panics, and must say what it is: its last line was "panic: oops"`}}),
		"silent": with(never(`no handshake within 5s: its last line was "thinking"`, "did not print the handshake within 5s"),
			outcomes{"by hand": {fail, "still runs after 3s"}}),
		"babbles": with(never(`it prints "x+\.\.\.", and no handshake`, "prints something else than the handshake"),
			outcomes{"by hand": {fail, "still runs after 3s"}}),
		"welcomes": {
			"by hand": {plugintest.Passed, ""}, "handshake": {fail, `"Welcome to the plugin!" before the handshake`}, "file name": {fail, "offers no tracker"},
			"tracker good: first sample": {skip, ""}, "tracker good: many at once": {skip, ""}, "tracker good: cancelled": {skip, ""}, "tracker good: untracked": {skip, ""},
			"notify good: delivery": {skip, ""},
		},
		"huge": {
			"launch": {fail, "the plugin sends a message that is too large"}, "description": {fail, "larger than max"},
			"documentation": {skip, notLaunched}, "file name": {skip, notLaunched}, "unknown type": {skip, notLaunched}, "pulse": {skip, "no pulse"},
			"signals": {fail, "larger than max"},
		},
		"stuck": {
			"launch": {fail, "did not describe itself within 5s|does not describe itself: timed out"}, "description": {fail, "Describe has no answer within 3s"},
			"documentation": {skip, notLaunched}, "file name": {skip, notLaunched}, "unknown type": {skip, notLaunched}, "pulse": {skip, "no pulse"},
			"signals": {fail, "Describe has no answer within 3s"},
		},
		"unserved": {
			"launch": {fail, "^it does not describe itself: the call is not served: "}, "description": {fail, "^Describe is not served: the services of plugin.proto are "},
			"documentation": {skip, notLaunched}, "file name": {skip, notLaunched}, "unknown type": {skip, notLaunched}, "pulse": {skip, "no pulse"},
			"signals": {fail, "Describe is not served"},
		},
		"fragile": with(noPulse, outcomes{
			"tracker bare: first sample": {fail, "exited with status 2: panic: oops"},
			"tracker bare: many at once": {fail, "exited with status 2: panic: oops"},
			"tracker bare: cancelled":    {fail, `it has ended in Track: its last line was "panic: oops`},
			"tracker bare: untracked":    {fail, `it has ended in Track: its last line was "panic: oops`},
			"end of input":               {fail, "it has ended in Track: its last line was \"panic: oops"},
		}),
		"large": with(noPulse, outcomes{
			"tracker bare: first sample": {fail, "too large"},
			"tracker bare: many at once": {fail, "too large"},
			"tracker bare: cancelled":    {either, ""}, // it may not be heard so soon
			"tracker bare: untracked":    {either, ""},
		}),
		"measures": with(noPulse, outcomes{"tracker bare: first sample": {plugintest.Passed, "^unhealthy after .*: refused; .* counts as unknown$"}}),
		"numbers":  with(noPulse, outcomes{"tracker bare: first sample": {fail, "it says 7, a number"}}),
		"dumb": with(noPulse, outcomes{
			"tracker bare: first sample": {fail, "there is no sample within 4s"},
			"tracker bare: many at once": {fail, "only 0 of 16 trackers have a sample within 4s"},
		}),
		"pooled": with(noPulse, outcomes{"tracker bare: many at once": {fail, "only 8 of 16 trackers have a sample within"}}),
		"invalid": {
			"tracker invalid: validation":    {fail, `^it has no answer to Validate: Validate panics: .*main_test\.go:\d+\)$`},
			"tracker invalid: first sample":  {fail, "Validate panics"},
			"tracker invalid: many at once":  {fail, "Validate panics"},
			"tracker invalid: cancelled":     {fail, "Validate panics"},
			"tracker invalid: untracked":     {fail, "Validate panics"},
			"tracker invalid: signs of life": {fail, "Validate panics"},
		},
		"mute": with(noPulse, outcomes{
			"tracker bare: first sample":  {fail, "no sample within 3s"},
			"tracker bare: many at once":  {fail, "only 0 of 16 trackers have a sample within 3s"},
			"tracker bare: signs of life": {fail, `it said nothing for ([3-9]|\d\d).*s`},
		}),
		"still": with(noPulse, outcomes{"tracker bare: signs of life": {fail, `it said nothing for ([2-9]|\d\d).*s`}}),
		"leaks": with(noPulse, outcomes{
			"tracker bare: cancelled": {fail, `3s after the call has ended there is sleep \(\d+\)`},
			"nothing left":            {fail, `3s after its end there is sleep \(\d+\)`},
		}),
		"heedless": {
			"tracker heedless: first sample": {plugintest.Passed, `^unhealthy after [1-3]\.`},
			"tracker heedless: cancelled":    {fail, `3s after the call has ended there is sleep \(\d+\)$`},
			"tracker heedless: untracked":    {fail, "Untrack has no answer within 3s"},
		},
		"hasty":    with(noPulse, outcomes{"tracker bare: untracked": {fail, "Untrack is answered before Track's call has ended"}}),
		"abandons": with(noPulse, outcomes{"tracker bare: untracked": {fail, `Untrack is answered while there is sleep \(\d+\)$`}}),
		"careless": with(noPulse, outcomes{
			"description":   {fail, "in another way"},
			"documentation": {fail, "no documentation of tracker.bare"},
			"unknown type":  {fail, "it finds nothing wrong in Validate of a tracker that it does not have"},
			"signals":       {fail, "SIG(TERM|INT|HUP) ends it|after signals, Describe"}, // by when it is dead
			"end of input":  {fail, "still runs 3s after"},
			"nothing left":  {skip, "did not end by itself"},
		}),
		"misnamed": {
			"file name":                  {fail, `called sentinel-tracker-misnamed, and offers no tracker "misnamed"`},
			"tracker good: first sample": {skip, ""}, "tracker good: many at once": {skip, ""}, "tracker good: cancelled": {skip, ""}, "tracker good: untracked": {skip, ""},
			"notify good: delivery": {skip, ""},
		},
		"tardy": {"file name": {fail, ""}, "notify tardy: delivery": {fail, "is not delivered: it takes longer than its timeout of 10s"}},
		"once":  {"file name": {fail, ""}, "notify once: delivery": {fail, "is not delivered for the second time: I know"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want.compare(t, findings(t, plugintest.Options{Path: called(t, "sentinel-tracker-"+name), Deliver: name == "once" || name == "tardy"}))
		})
	}
}

// What cannot be checked at all is an error, and an interruption is no end.
func TestNotChecked(t *testing.T) {
	t.Parallel()
	report := func(f plugintest.Finding) { t.Errorf("%+v", f) }
	if err := plugintest.Check(t.Context(), plugintest.Options{Path: "/no/such/file"}, report); err == nil {
		t.Error("a file that is not there was checked")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := plugintest.Check(ctx, plugintest.Options{Path: called(t, "sentinel-tracker-good")}, func(f plugintest.Finding) {
		if f.Outcome != plugintest.NotApplicable {
			report(f)
		}
	})
	if err == nil {
		t.Error("it was not interrupted")
	}
}
