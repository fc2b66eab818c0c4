package config_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/trackers"
)

// polled is a tracker as a plugin may have it.
var polled = sdk.Check("probe", "a probe", func(context.Context, probe) sdk.Result { return sdk.Result{} })

type probe struct {
	Command []string          `sentinel:"command,required" doc:"program and arguments"`
	Env     map[string]string `sentinel:"env"`
	Load    float64           `sentinel:"load"`
	Token   string            `sentinel:"token,secret"`
	Deep    bool              `sentinel:"deep"`
	Wait    time.Duration     `sentinel:"wait" max:"1m"`
	Code    string            `sentinel:"code,secret" oneof:"a,b"`
}

// Validate quotes a secret, as a careless author would.
func (p *probe) Validate() error {
	if p.Token == "careless" {
		return sdk.At("token", fmt.Errorf("%q is careless", p.Token))
	}
	if p.Token == "hunter2" {
		return sdk.At("token", errors.New("must have 12 characters"))
	}
	return nil
}

// TestTrackerSecrets: what is wrong with a secret of a tracker is said without it.
func TestTrackerSecrets(t *testing.T) {
	for _, line := range []string{
		`code = "hunter2"`, `code = local.word`, `token = "careless"`, `token = ["hunter2"]`, `token = "hunter2" + 1`,
	} {
		text := `
locals { word = "hunter2" }
tracker "probe" "a" {
  command = ["x"]
  ` + line + `
}
vrrp "VI_1" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  track             = [tracker.probe.a]
}
`
		path := filepath.Join(t.TempDir(), "ha.hcl")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, problems := config.Load([]string{path}, config.Options{Node: "server1", Trackers: []sdk.Tracker{polled}})
		report := strings.Join(slices.Collect(maps.Values(texts(t, problems))), "\n")
		if got != nil || !strings.Contains(report, "nvalid") {
			t.Errorf("%s: valid, or another mistake:\n%s", line, report)
		}
		if strings.Contains(report, "hunter2") || strings.Contains(report, "careless") {
			t.Errorf("%s: the report quotes it:\n%s", line, report)
		}
	}
}

// TestTrackerSecretExplained: what repeats nothing of a secret is said, and where.
func TestTrackerSecretExplained(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ha.hcl")
	if err := os.WriteFile(path, []byte("tracker \"probe\" \"a\" {\n  command = [\"x\"]\n  token   = \"hunter2\"\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, report := config.Load([]string{path}, config.Options{Node: "server1", Trackers: []sdk.Tracker{polled}})
	text := texts(t, report)["text"]
	for _, want := range []string{`line 3, in tracker "probe" "a"`, `token   = "*******"`, "token must have 12 characters."} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// TestTrackers: every setting of a tracker arrives where it belongs, and each
// router gets its own weights and those of its group.
func TestTrackers(t *testing.T) {
	got, report := load(t, `
tracker "probe" "a" {
  command    = ["/usr/bin/true", "-v"]
  env        = { LANG = "C" }
  load       = 1.5
  token      = "s3cret"
  deep       = true
  wait       = "2s"
  interval   = "2s"
  timeout    = "500ms"
  rise       = 2
  fall       = 3
  rise_delay = "4s"
  fall_delay = "5s"
  on_start   = "fail"
  on_unknown = "hold"
  hold_for   = "1m"
  weight     = -60
  reverse    = true
}
tracker "file" "b" {
  path   = "/run/b"
  weight = 2
}
tracker "process" "c" {
  process = "c"
}
tracker "process" "unused" {
  process = "unused"
}
vrrp "VI_1" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  track             = [tracker.probe.a, tracker.process.c]
}
vrrp "VI_2" {
  interface         = "eth1"
  version           = 3
  virtual_router_id = 52
  track             = [tracker.file.b]
  track_override "file" "b" {
    weight = -254
  }
}
vrrp "VI_3" {
  interface         = "eth2"
  version           = 3
  virtual_router_id = 53
}
sync_group "G1" {
  members = [vrrp.VI_1, vrrp.VI_2]
  track   = [tracker.process.c]
}
`, config.Options{Node: "server1", Trackers: append(trackers.All(), polled)})
	if got == nil {
		t.Fatal(report)
	}
	a := priority.Term{Tracker: "tracker.probe.a", Weight: -60, Reverse: true}
	b := priority.Term{Tracker: "tracker.file.b", Weight: -254}
	c := priority.Term{Tracker: "tracker.process.c"}
	wantTerms := map[string][]priority.Term{"VI_1": {a, c, b}, "VI_2": {b, c, a}}
	if diff := cmp.Diff(wantTerms, got.Terms); diff != "" {
		t.Errorf("terms (-want +got):\n%s", diff)
	}
	wantGroups := []vrrp.GroupConfig{{Name: "G1", Members: []string{"VI_1", "VI_2"}}}
	if diff := cmp.Diff(wantGroups, got.Groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if len(got.Trackers) != 3 {
		t.Fatalf("trackers: %+v", got.Trackers)
	}
	first := got.Trackers[0]
	first.Rules.Subject = ""
	wantRules := priority.Rules{
		Name: "tracker.probe.a", Interval: 2 * time.Second, Timeout: 500 * time.Millisecond, Rise: 2, Fall: 3, RiseDelay: 4 * time.Second, FallDelay: 5 * time.Second,
		OnStart: priority.Fail, StartWait: 500 * time.Millisecond, HoldFor: time.Minute,
	}
	if diff := cmp.Diff(wantRules, first.Rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	wantValues := sdk.Values{
		"command": []any{"/usr/bin/true", "-v"}, "env": map[string]any{"LANG": "C"}, "load": 1.5,
		"token": "s3cret", "deep": true, "wait": 2 * time.Second,
	}
	if diff := cmp.Diff(wantValues, first.Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if s := first.Schedule; s.Interval != 2*time.Second || s.Timeout != 500*time.Millisecond || s.Phase >= s.Interval {
		t.Errorf("schedule %+v", s)
	}
	wantFile := priority.Rules{Name: "tracker.file.b", Measures: true, OnStart: priority.Wait, StartWait: time.Second}
	file := got.Trackers[1].Rules
	file.Subject = ""
	if diff := cmp.Diff(wantFile, file); diff != "" {
		t.Errorf("rules of a file (-want +got):\n%s", diff)
	}
	if s := got.Trackers[1].Schedule; s != (sdk.Schedule{}) {
		t.Errorf("schedule of a file: %+v", s)
	}
}
