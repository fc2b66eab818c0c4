package script_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/plugins/script"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/probe/probetest"
	"github.com/sentinel-ha/sentinel/sdk/sdktest"
)

// first returns the first sample of a tracker.
func first(t *testing.T, values sdk.Values, s sdk.Schedule) (result sdk.Result) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := script.Tracker.Run(ctx, values, s, func(r sdk.Result) { result = r; cancel() }); err != nil {
		t.Fatal(err)
	}
	return result
}

func shell(line string) sdk.Values { return sdk.Values{"command": []any{line}, "shell": true} }

func argv(words ...any) sdk.Values { return sdk.Values{"command": words} }

// program writes a script and returns its path.
func program(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "check")
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestVerdicts(t *testing.T) {
	check := program(t, "#!/bin/sh\n[ $# = 0 ] && exit 127; echo all; echo \"$@\"; exit $1\n")
	with := func(v sdk.Values, user string) sdk.Values {
		v["user"] = user
		return v
	}
	for name, c := range map[string]struct {
		values sdk.Values
		want   sdk.Result
	}{
		"good":             {argv("/usr/bin/true"), sdk.Pass("exit 0")},
		"good, with words": {argv(check, "0", "is  well"), sdk.Pass("exit 0: 0 is  well")},
		"bad":              {argv("/usr/bin/false"), sdk.Fail("exit 1")},
		"bad, with words":  {argv(check, "2"), sdk.Fail("exit 2: 2")},
		"says 127 itself":  {argv(check), sdk.Fail("exit 127")},
		"line":             {shell("echo a | grep -q b"), sdk.Fail("exit 1")},
		"killed":           {shell("kill -9 $$"), sdk.Fail("killed by SIGKILL")},
		"missing":          {argv("/no/such"), sdk.CannotTell("cannot be executed: /no/such: no such file or directory")},
		"no right":         {argv("/etc/passwd"), sdk.CannotTell("cannot be executed: /etc/passwd is not executable")},
		"no such user":     {with(argv("/usr/bin/true"), "nosuchuser"), sdk.CannotTell("cannot be executed: user: unknown user nosuchuser")},
		"missing in line":  {shell("exec 2>&-; /no/such -x"), sdk.CannotTell("exit 127")},
		"no right in line": {shell("exec 2>&-; /etc/passwd"), sdk.CannotTell("exit 126")},
	} {
		got := first(t, c.values, sdk.Schedule{Interval: time.Minute})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestDeadFile: what cannot be opened is unknown before its time is over.
func TestDeadFile(t *testing.T) {
	check := program(t, "#!/bin/sh\n")
	probetest.Dead(t, check)
	got := first(t, argv(check), sdk.Schedule{Interval: time.Second})
	if want := "cannot be executed: " + check + " cannot be opened: no answer for "; got.Verdict != sdk.Unknown || !strings.HasPrefix(got.Reason, want) {
		t.Errorf("%+v, want %s", got, want)
	}
}

// TestTimeout: what takes too long is unhealthy for as long as it lasts and, if need
// be by SIGKILL, gone before it is run again.
func TestTimeout(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var at []time.Time // of each run's first report
	reports := 0
	err := script.Tracker.Run(ctx, shell("trap '' TERM; mkdir "+dir+"/$$; while :; do sleep 0.01; done"),
		sdk.Schedule{Interval: 200 * time.Millisecond}, func(r sdk.Result) {
			if r != sdk.Fail("timed out after 200ms") {
				t.Errorf("%+v", r)
			}
			runs, _ := filepath.Glob(dir + "/*")
			alive := 0
			for _, run := range runs {
				if _, err := os.Stat("/proc/" + filepath.Base(run)); err == nil {
					alive++
				}
			}
			first := len(runs) > len(at)
			if reports++; first {
				at = append(at, time.Now())
			}
			if alive > 1 || first && alive == 0 || len(runs) != len(at) {
				t.Errorf("%d of %d run at report %d", alive, len(runs), reports)
			}
			if len(at) == 2 {
				cancel()
			}
		})
	if took := at[1].Sub(at[0]); err != nil || took < 2*time.Second || took > 10*time.Second {
		t.Errorf("%v, again after %v", err, took)
	}
	if reports < 5 {
		t.Errorf("%d reports while it did not end", reports)
	}
}

// TestNeverTwice: a run that is late is not overtaken by the next.
func TestNeverTwice(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var results []sdk.Result
	err := script.Tracker.Run(ctx, shell("trap 'sleep 0.1; rmdir "+dir+"/lock; exit 0' TERM; mkdir "+dir+"/lock || exit 9; while :; do sleep 0.01; done"),
		sdk.Schedule{Interval: 50 * time.Millisecond, Timeout: 50 * time.Millisecond}, func(r sdk.Result) {
			if results = append(results, r); len(results) == 12 {
				cancel()
			}
		})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r != sdk.Fail("timed out after 50ms") {
			t.Errorf("%+v", r)
		}
	}
}

// TestComesAndGoes: a script that is removed and put back needs no restart.
func TestComesAndGoes(t *testing.T) {
	path := program(t, "#!/bin/sh\nexit 0\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var results []sdk.Result
	err := script.Tracker.Run(ctx, argv(path), sdk.Schedule{Interval: 10 * time.Millisecond, Timeout: time.Minute}, func(r sdk.Result) {
		switch results = append(results, r); len(results) {
		case 1:
			_ = os.Rename(path, path+".bak")
		case 2:
			_ = os.Rename(path+".bak", path)
		case 3:
			cancel()
		}
	})
	want := []sdk.Result{sdk.Pass("exit 0"), sdk.CannotTell("cannot be executed: %s: no such file or directory", path), sdk.Pass("exit 0")}
	if diff := cmp.Diff(want, results); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		values sdk.Values
		want   string
	}{
		"program":    {argv("/usr/bin/killall", "-0", "nginx"), ""},
		"line":       {shell("killall -0 nginx"), ""},
		"nothing":    {sdk.Values{}, "command: is required"},
		"empty":      {argv(), "command: must not be empty"},
		"relative":   {argv("killall", "-0"), `command: "killall" must begin with a slash: `},
		"two lines":  {sdk.Values{"command": []any{"a", "b"}, "shell": true}, "command: must be one string with shell = true, not 2"},
		"no list":    {sdk.Values{"command": "/usr/bin/true"}, "command: wrong type: must be a list of strings"},
		"mistake":    {sdk.Values{"comand": "x"}, "comand: is not an attribute here"},
		"empty line": {shell("\n"), "command: must not be empty"},
	} {
		sdktest.Validates(t, name, script.Tracker, c.values, c.want)
	}
	if !script.Tracker.Polled() || script.Tracker.Measures() || script.Tracker.Name() != "script" {
		t.Error("it is another kind of tracker")
	}
}
