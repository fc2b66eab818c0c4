package config_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/plugins"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/repair"
)

// theirs are plugins that somebody has found: a tracker, a hook that needs no
// block, one that does, and two that do not work.
func theirs(tolerated bool) config.Plugins {
	type database struct {
		Address  string        `sentinel:"address,required" doc:"host:port of the server"`
		Password string        `sentinel:"password,secret"`
		Lag      time.Duration `sentinel:"lag" default:"10s" min:"1s" max:"1h"`
		Mode     string        `sentinel:"mode" default:"primary" oneof:"primary,replica"`
	}
	type channel struct {
		URL string `sentinel:"url,required"`
	}
	type file struct {
		File string `sentinel:"file" default:"/var/log/events"`
	}
	return config.Plugins{
		Trackers: []sdk.Tracker{sdk.Check("mysql", "a server", func(context.Context, database) sdk.Result { return sdk.Pass("") })},
		Notifiers: []sdk.Notifier{
			sdk.Notify("slack", "a channel", func(context.Context, channel, sdk.Event) error { return nil }),
			sdk.Notify("journal", "a file", func(context.Context, file, sdk.Event) error { return nil }),
		},
		Hooks:  []config.Hook{config.DropIn("hook.log", plugins.Notifiers()[0], sdk.Values{"command": []any{"/plugins/hook-log"}})},
		NotRun: []error{fmt.Errorf("hook-x: %w", &repair.Error{Problem: "/plugins/hook-x is not executable", Command: []string{"chmod", "+x", "/plugins/hook-x"}})},
		Directory: config.Directory{Path: "/plugins", Names: []string{
			"hook-log", "hook-x", "sentinel-notify-mute", "sentinel-notify-slack", "sentinel-tracker-flaky", "sentinel-tracker-mysql",
			"README", "sentinel-tracker-Noboby", "sentinel-tracker-redis/", "Nobody.py",
		}},
		Broken: []config.BrokenPlugin{
			{Kind: "tracker", Type: "flaky", Err: errors.New("the plugin cannot be started: it exited with status 1"), Tolerated: tolerated},
			{Kind: "notify", Type: "mute", Err: &repair.Error{Problem: "/plugins is writable by everybody", Command: []string{"chmod", "go-w", "/plugins"}}, Tolerated: tolerated},
		},
	}
}

const usesPlugins = `
agent { plugin_dir = "extras" }
plugin "tracker" "mysql" {
  sha256        = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF"
  user          = "nobody"
  environment   = { B = "2", A = "1" }
  start_timeout = "10s"
}
plugin "notify" "exec" { user = "nobody" }
tracker "mysql" "db" {
  address  = "192.0.2.1:3306"
  lag      = "30s"
  isolated = true
}
tracker "flaky" "x" {
  weight   = -5
  interval = "3s"
  anything = [1, 2]
}
vrrp "VI_1" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  virtual_addresses = ["192.0.2.100/24"]
  track             = [tracker.mysql.db, tracker.flaky.x]
}
`

// TestNeeds: what has to be looked for is known before anything is.
func TestNeeds(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ha.hcl")
	if err := os.WriteFile(path, []byte(usesPlugins+`
notify "slack" "ops" {}
notify "slack" "web" {}
notify "exec" "logger" {}
tracker "process" "nginx" {}
broken = ] here
`), 0o600); err != nil {
		t.Fatal(err)
	}
	want := config.Needs{
		RuntimeDir: "/run/sentinel", Log: config.Log{Level: "info", Format: "text"},
		PluginDir: filepath.Join(dir, "extras"), PluginDirTyped: true,
		Plugins: []config.Plugin{
			{
				Kind: "tracker", Type: "mysql", User: "nobody", Environment: []string{"A=1", "B=2"}, StartTimeout: 10 * time.Second,
				SHA256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF",
			},
			{Kind: "notify", Type: "exec", User: "nobody"},
		},
		Trackers: []string{"mysql", "flaky"}, Notifiers: []string{"slack"},
	}
	if diff := cmp.Diff(want, config.Read([]string{path}, everything()).Needs()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPlugins: what plugins offer can be configured, and hooks without a block are
// there. What is broken can be used all the same, if that is asked for, and says
// why it cannot tell.
func TestPlugins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ha.hcl")
	if err := os.WriteFile(path, []byte(usesPlugins), 0o600); err != nil {
		t.Fatal(err)
	}
	draft, found := config.Read([]string{path}, everything()), theirs(true)
	if conf, _ := draft.Load(theirs(false)); conf != nil {
		t.Error("a broken plugin is used")
	}
	conf, report := draft.Load(found)
	if conf == nil {
		t.Fatal(texts(t, report)["text"])
	}
	if len(conf.Trackers) != 2 || len(conf.Plugins) != 2 {
		t.Fatalf("%+v", conf)
	}
	db, flaky := conf.Trackers[0], conf.Trackers[1]
	if diff := cmp.Diff(sdk.Values{"address": "192.0.2.1:3306", "lag": 30 * time.Second}, db.Values); diff != "" || !db.Isolated {
		t.Errorf("isolated %v, (-want +got):\n%s", db.Isolated, diff)
	}
	if flaky.Isolated || flaky.Schedule.Interval != 3*time.Second {
		t.Errorf("%+v", flaky)
	}
	if err := flaky.Type.Run(t.Context(), flaky.Values, flaky.Schedule, nil); !errors.Is(err, found.Broken[0].Err) {
		t.Errorf("%v", err)
	}
	var hooks []string
	for _, h := range conf.Hooks {
		if hooks = append(hooks, h.Name); !h.ForAll || len(h.On) != 4 {
			t.Errorf("%+v", h)
		}
	}
	if diff := cmp.Diff([]string{"hook.log", "notify.journal"}, hooks); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRepair: a command to type is a line by itself, however narrow the terminal is:
// half of it may be another command.
func TestRepair(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ha.hcl")
	if err := os.WriteFile(path, []byte(usesPlugins), 0o600); err != nil {
		t.Fatal(err)
	}
	unsafe := &repair.Error{Problem: "/my plugins is writable by everybody", Command: []string{"chmod", "go-w", "/my plugins"}}
	const command = "chmod go-w '/my plugins'"
	silent := func(sdk.Values) error {
		return fmt.Errorf("%w: the plugin cannot be started: %w", sdk.ErrUnanswered, unsafe)
	}
	for name, change := range map[string]func(*config.Plugins){
		"Not run":           func(p *config.Plugins) { p.NotRun = []error{fmt.Errorf("hook-x: %w", unsafe)} },
		"Plugin not usable": func(p *config.Plugins) { p.Broken[0].Err = fmt.Errorf("the plugin cannot be started: %w", unsafe) },
		"Not checked": func(p *config.Plugins) {
			p.Trackers[0] = sdk.Remote{Name: "mysql", Schema: p.Trackers[0].Schema(), Polled: true, Validate: silent}.Tracker()
		},
	} {
		found := theirs(true)
		found.NotRun = nil
		change(&found)
		_, report := config.Read([]string{path}, everything()).Load(found)
		for width := range 120 {
			var text bytes.Buffer
			if err := report.WriteText(&text, false, width); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(text.String(), "Warning: "+name+"\n") || strings.Count(text.String(), "\n  "+command+"\n") != 1 {
				t.Errorf("%s, %d columns:\n%s", name, width, text.String())
			}
		}
	}
}

// TestPluginDir: whoever configures where plugins are is told if nothing can be
// found there; by default there need not be any.
func TestPluginDir(t *testing.T) {
	dir := t.TempDir()
	router := usesPlugins[strings.Index(usesPlugins, "vrrp "):strings.Index(usesPlugins, "  track  ")] + "}\n"
	gone := &fs.PathError{Op: "open", Path: "/extras", Err: syscall.ENOENT}
	file := &fs.PathError{Op: "readdirent", Path: "/extras", Err: syscall.ENOTDIR}
	for _, c := range []struct {
		name, text string
		err        error
		lost       bool
		want       []string
	}{
		{"there", `agent { plugin_dir = "extras" }`, nil, false, nil},
		{"gone", "agent {\n  plugin_dir = \"extras\"\n}", gone, false, []string{
			"Warning: No plugin_dir\n", "ha.hcl line 2, in agent:\n", "There is no directory /extras, so that no plugin and no hook is found.",
		}},
		{"file", "agent {\n  plugin_dir = \"extras\"\n}", file, false, []string{
			"Warning: Unreadable plugin_dir\n", "ha.hcl line 2, in agent:\n", "No plugin and no hook is found, because of /extras: not a directory.",
		}},
		{"default", "", file, false, []string{"Warning: Unreadable plugin_dir\n", "because of /extras: not a directory."}},
		{"lost", "agent {\n  plugin_dir = \"extras\"\n}", errors.New("/extras: no answer for 5s"), true, []string{
			"Error: Unreadable plugin_dir\n", "ha.hcl line 2, in agent:\n", "What plugins and hooks there are is not known, because of /extras: no answer for 5s. Is its file system there?",
		}},
	} {
		path := filepath.Join(dir, "ha.hcl")
		if err := os.WriteFile(path, []byte(c.text+"\n"+router), 0o600); err != nil {
			t.Fatal(err)
		}
		conf, report := config.Read([]string{path}, everything()).Load(config.Plugins{Directory: config.Directory{Path: "/extras", Err: c.err, Lost: c.lost}})
		text := texts(t, report)["text"]
		if (conf == nil) != c.lost || (text == "") != (c.want == nil) {
			t.Errorf("%s: %s", c.name, text)
		}
		for _, want := range c.want {
			if !strings.Contains(strings.ReplaceAll(text, "\n", " "), strings.ReplaceAll(want, "\n", " ")) {
				t.Errorf("%s: no %q in\n%s", c.name, want, text)
			}
		}
	}
}

// TestBrokenMeasure: nobody knows whether a plugin that is broken measures, so that it
// may have the weight of one that does, in a router too.
func TestBrokenMeasure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ha.hcl")
	text := strings.Replace(usesPlugins, "weight   = -5", "weight   = 254", 1)
	text = strings.Replace(text, "  track   ", "  track_override \"flaky\" \"x\" { weight = -254 }\n  track   ", 1)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if conf, report := config.Read([]string{path}, everything()).Load(theirs(true)); conf == nil {
		t.Error(texts(t, report)["text"])
	}
}

// TestUnanswered: a plugin that gives no answer has not said that anything is wrong.
// What is configured is used, and so is a hook that has no block.
func TestUnanswered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ha.hcl")
	if err := os.WriteFile(path, []byte(usesPlugins), 0o600); err != nil {
		t.Fatal(err)
	}
	silent := func(sdk.Values) error { return fmt.Errorf("%w: %w", sdk.ErrUnanswered, errors.New("the plugin hangs")) }
	found := theirs(true)
	mysql := found.Trackers[0]
	found.Trackers[0] = sdk.Remote{Name: mysql.Name(), Schema: mysql.Schema(), Polled: true, Validate: silent}.Tracker()
	found.Notifiers = []sdk.Notifier{sdk.RemoteNotifier{Name: "journal", Validate: silent}.Notifier()}
	conf, report := config.Read([]string{path}, everything()).Load(found)
	text := texts(t, report)["text"]
	if conf == nil {
		t.Fatal(text)
	}
	if db := conf.Trackers[0]; db.Values["address"] != "192.0.2.1:3306" {
		t.Errorf("%+v", db)
	}
	if last := conf.Hooks[len(conf.Hooks)-1]; last.Name != "notify.journal" {
		t.Errorf("%+v", conf.Hooks)
	}
	if !strings.Contains(text, "Warning: Not checked") {
		t.Error(text)
	}
}

// TestUnansweredSecret: what a plugin says as it dies of one block's secret is shown
// under no block.
func TestUnansweredSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ha.hcl")
	text := strings.Replace(usesPlugins, `  lag      = "30s"`, `  password = "hunter2("`, 1) + "tracker \"mysql\" \"other\" {\n  address = \"192.0.2.2:3306\"\n}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	dead := fmt.Errorf("%w: %w", sdk.ErrUnanswered, errors.New("the plugin exited with status 2: panic: regexp: Compile(`hunter2(`)"))
	found := theirs(true)
	mysql := found.Trackers[0]
	found.Trackers[0] = sdk.Remote{Name: mysql.Name(), Schema: mysql.Schema(), Validate: func(sdk.Values) error { return dead }}.Tracker()
	conf, report := config.Read([]string{path}, everything()).Load(found)
	shown := texts(t, report)["text"]
	if conf == nil || strings.Contains(shown, "hunter2") || strings.Count(shown, "because that repeats part of a secret") != 2 {
		t.Error(shown)
	}
}
