package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/sdk/plugintest"
	"github.com/sentinel-ha/sentinel/sdk/serve"
)

// A tracker is written from nothing, tested, checked, tried, dropped in, and moves
// the address.
func TestNewTracker(t *testing.T) {
	t.Parallel()
	directory := made(t, "tracker", "heartbeat")
	const name = "./sentinel-tracker-heartbeat"
	alive := filepath.Join(t.TempDir(), "alive")
	if err := os.WriteFile(alive, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mustCheck(t, directory, name, "path="+alive)

	stdout, stderr, status := run(t, directory, "", "plugin", "run", "-count", "2", name, "path="+alive, "interval=50ms")
	if !regexp.MustCompile(`^TIME .*\n(\d\d:\d\d:\d\d\.\d{3}  healthy +- +\S+s  \S+ is written to\n){2}$`).MatchString(stdout) || stderr != "" || status != exitDone {
		t.Errorf("run: exit status %d: %s%s", status, stdout, stderr)
	}
	stdout, stderr, status = run(t, directory, "", "plugin", "describe", name)
	if !strings.Contains(stdout, "\npath       string    (required)  -            file that something writes to again and again\n") || stderr != "" || status != exitDone {
		t.Errorf("describe: exit status %d: %s%s", status, stdout, stderr)
	}

	s, a, b := newPair(t)
	const file = dropIns + "/sentinel-tracker-heartbeat"
	a.Run("mkdir", "-p", dropIns)
	a.Run("cp", filepath.Join(directory, name), file)
	a.Run("touch", "/run/alive")
	a.startActive(block(`tracker "heartbeat" "job"`, `path = "/run/alive"`, fmt.Sprintf(`interval = "%v"`, every), `timeout = "10s"`, `weight = -50`) +
		vi1(150, `track = [tracker.heartbeat.job]`))
	b.startBackup(vi1(120))
	s.waitHeld(vip, a)
	a.Run("rm", "/run/alive")
	s.waitHeld(vip, b)
	a.Run("touch", "/run/alive")
	s.waitHeld(vip, a)
	a.stop()
	a.waitGone(reach, "sentinel-tracker-heartbeat")
	a.mustLog(0, `level=ERROR`)
}

// A hook is written from nothing.
func TestNewNotifier(t *testing.T) {
	t.Parallel()
	directory := made(t, "notifier", "lines")
	const name = "./sentinel-notify-lines"
	events := filepath.Join(t.TempDir(), "events")
	mustCheck(t, directory, name, "-deliver", "file="+events)
	stdout, stderr, status := run(t, directory, "", "plugin", "run", name, "-to", "fault", "file="+events)
	if !regexp.MustCompile(`^done after \S+s\n$`).MatchString(stdout) || stderr != "" || status != exitDone {
		t.Errorf("run: exit status %d: %s%s", status, stdout, stderr)
	}
	text, err := os.ReadFile(events)
	if lines := strings.Split(string(text), "\n"); err != nil || len(lines) != 4 || !strings.HasSuffix(lines[2], " VI_1: initialize -> fault: test") {
		t.Errorf("%q, %v", text, err)
	}
	stdout, stderr, status = run(t, directory, "", "plugin", "run", name, "file="+events+"/no")
	if want := `^sentinel: not done, and the agent would try again: open .*: not a directory\n$`; stdout != "" || !regexp.MustCompile(want).MatchString(stderr) || status != exitFailed {
		t.Errorf("run: exit status %d: %s%s", status, stdout, stderr)
	}
}

// made lets `plugin new` write a plugin, runs its own test and builds it. Its
// README's example is valid where it is dropped in.
func made(t *testing.T, kind, name string) (directory string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	below := t.TempDir()
	stdout, stderr, status := run(t, below, "", "plugin", "new", kind, name, "-sdk", root)
	if status != exitDone || stderr != "" {
		t.Fatalf("new: exit status %d: %s%s", status, stdout, stderr)
	}
	if _, stderr, status := run(t, below, "", "plugin", "new", kind, name); status != exitFailed || !strings.Contains(stderr, "is there already") {
		t.Errorf("new, again: exit status %d: %s", status, stderr)
	}
	directory = filepath.Dir(glob(t, below+"/*/main.go"))
	for _, command := range []string{"mod tidy", "vet .", "test -count=1 .", "build"} {
		cmd := exec.Command("go", strings.Fields(command)...)
		cmd.Dir = directory
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", command, err, output)
		}
	}
	readme, err := os.ReadFile(filepath.Join(directory, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(below, "ha.hcl")
	if err := os.WriteFile(config, []byte(hclBlocks(string(readme))[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(directory, filepath.Join(below, "plugins")); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, status := run(t, below, "", "validate", config); status != exitDone {
		t.Errorf("validate: exit status %d: %s%s", status, stdout, stderr)
	}
	return directory
}

// glob returns the one file of a pattern.
func glob(t *testing.T, pattern string) string {
	t.Helper()
	list, err := filepath.Glob(pattern)
	if err != nil || len(list) != 1 {
		t.Fatalf("%s: %q, %v", pattern, list, err)
	}
	return list[0]
}

// mustCheck checks a plugin that keeps all its promises.
func mustCheck(t *testing.T, directory string, args ...string) {
	t.Helper()
	stdout, stderr, status := run(t, directory, "", append([]string{"plugin", "check", "-output", "json"}, args...)...)
	var report struct {
		Schema, Plugin string
		Passed         bool
		Checks         []plugintest.Finding
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatalf("%v: %s%s", err, stdout, stderr)
	}
	if report.Schema != "sentinel.check/1" || !report.Passed || len(report.Checks) < 12 || stderr != "" || status != exitDone {
		t.Errorf("check %v: exit status %d: %s%s", args, status, stdout, stderr)
	}
	for _, f := range report.Checks {
		if f.Outcome != plugintest.Passed && f.Check != "file name" {
			t.Errorf("check %v: %+v", args, f)
		}
	}
}

// Sentinel's own plugins keep the promises that everybody's have to keep.
func TestCheckOwn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args    []string
		without int // checks that do not apply: the file's name, a delivery that is not asked for
	}{
		{[]string{"script", "command=/bin/sh", "command=-c", "command=sleep 60 & sleep 60"}, 1},
		{[]string{"http", "url=http://127.0.0.1:1/"}, 1},
		{[]string{"tcp", "address=127.0.0.1:1"}, 1},
		{[]string{"ping", "address=127.0.0.1"}, 1},
		{[]string{"exec", "command=/bin/true", "-deliver"}, 1},
		{[]string{"webhook", "url=http://127.0.0.1:1/"}, 2},
		{[]string{"mail", "server=127.0.0.1:1", "from=a@example.com", "to=b@example.com"}, 2},
		{[]string{"fifo", "path=/run/fifo"}, 2},
	} {
		t.Run(c.args[0], func(t *testing.T) {
			t.Parallel()
			text, status := newSite(t, 1).servers[0].ask(append([]string{"plugin", "check"}, c.args...)...)
			if !strings.Contains(text, fmt.Sprintf(", 0 failed, %d do not apply\n", c.without)) || status != exitDone {
				t.Errorf("exit status %d: %s", status, text)
			}
		})
	}
}

// What is typed wrong, or cannot be used, is said with what would be right.
func TestPluginCommands(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{
		"sentinel-tracker-bad": "#!/bin/sh\necho hello\n", "sentinel-tracker-tcp": "#!/bin/sh\n", "shared": "#!/bin/sh\n", "ha.hcl": vi1(100), "plugins/hook-plain": "",
		"gone.hcl":       "agent {\n  plugin_dir = \"plugin\"\n}\n" + vi1(100),
		"near.hcl":       "agent {\n  plugin_dir = \"near\"\n}\n" + block(`tracker "heartbeat" "x"`) + block(`notify "chat" "x"`),
		"near/heartbeat": "", "near/sentinel-tracker-Heartbeat": "", "near/sentinel-tracker-hearbeat": "", "near/README": "",
	})
	for name, mode := range map[string]os.FileMode{"sentinel-tracker-bad": 0o755, "sentinel-tracker-tcp": 0o755, "shared": 0o757} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []commandCase{
		{"plugin", exitUsage, `^$`, `^Usage: sentinel plugin VERB \[flags\]\n\nVerbs:\n  list  `},
		{"plugin help", exitDone, `^Usage: sentinel plugin VERB`, `^$`},
		{"plugin walk", exitUsage, `^$`, `^sentinel plugin: there is no verb "walk"\n\nUsage: `},
		{"plugin describe", exitUsage, `^$`, `^sentinel plugin: which one\? As in: sentinel plugin describe \S+\n$`},
		{"plugin describe -help", exitDone, `^Usage: sentinel plugin describe \[flags\] PLUGIN\n`, `^$`},
		{"plugin describe script x", exitUsage, `^$`, `unexpected "x"`},
		{"plugin describe script -output yaml", exitUsage, `^$`, `-output is text or json, not "yaml"`},
		{"plugin describe nothing", exitFailed, `^$`, `^sentinel: there is no file nothing here, and no plugin of that type in the program; those are exec, fifo, http, `},
		{"plugin describe ./nothing", exitFailed, `^$`, `no such file or directory\n$`},
		{"plugin describe process", exitFailed, `^$`, `process is no plugin: it runs inside of the agent`},
		{"plugin check plugins/hook-plain", exitFailed, `^$`, `^sentinel: plugins/hook-plain is called for every change of state and speaks no protocol\. Try it with: sentinel notify test hook\.plain\n$`},
		{"plugin describe ./sentinel-tracker-bad", exitFailed, `^$`, `sentinel: the plugin cannot be started: it exited with status 0 before it was ready: its last line was "hello"\n$`},
		{"plugin describe script", exitDone, `(?m)^tracker "script": .*; it is polled$(.|\n)*^command +list of strings +\(required\) (.|\n)*^tracker "script" "example" \{\n  command  = \[\.\.\.\]\n`, `^$`},

		{"plugin run tcp address=x adress=y weight=1", exitFailed, `^$`, `(?m)^sentinel: tracker\.tcp: adress: there is no such attribute\. Did you mean "address"\?$(.|\n)*weight: is Sentinel's(.|\n)*^ATTRIBUTE +TYPE (.|\n)*^address +string +\(required\)`},
		{"plugin run tcp address=x", exitFailed, `^$`, `^sentinel: tracker\.tcp: address: "x" must be host:port`},
		{"plugin run tcp", exitFailed, `^$`, `address: is required: host:port that must accept a connection`},
		{"plugin run -count 1 script command=/bin/false", exitDone, `\d  unhealthy +- +\S+  exit 1\n$`, `^$`},
		{"plugin run -count 1 script command=/no/such/program", exitFailed, `\d  unknown +- +\S+  .*/no/such/program`, `^$`},
		{"plugin run -count 1 -output json script command=/bin/true", exitDone, `^\{"time":"[^"]+","verdict":"healthy","value":null,"after":"[^"]+","reason":"[^"]*"\}\n$`, `^$`},
		{"plugin run -type notify.script script command=/bin/true", exitFailed, `^$`, `^sentinel: the plugin has no "notify\.script": -type is one of tracker\.script\n$`},
		{"plugin check -type tracker script", exitFailed, `^$`, `^sentinel: the plugin has no "tracker": -type is one of tracker\.script\n$`},
		{"plugin run exec command=/bin/false", exitFailed, `^$`, `^sentinel: rejected: exit 1\n$`},
		{"plugin run exec command=/bin/true -to master", exitUsage, `^$`, `^sentinel plugin: a hook is told active, backup, fault or stopped, not "master"`},
		{"plugin run -output json exec command=/bin/true", exitDone, `^\{"outcome":"done","after":"\S+s"\}\n$`, `^$`},

		{"plugin check ./sentinel-tracker-bad", exitFailed, `(?m)^pass  owner and mode  (.|\n)*^fail  by hand +started without SENTINEL_PLUGIN_COOKIE it exited with status 0(.|\n)*^fail  handshake (.|\n)*, 3 failed, `, `^$`},
		{"plugin check ./shared", exitFailed, `^fail  owner and mode  .*/shared is writable by everybody: chmod go-w \S+/shared\n`, `^$`},
		{"plugin check ./sentinel-tracker-tcp", exitFailed, `(?m)^fail  type +"tcp" is a type of Sentinel's own: give the plugin another name$`, `^$`},
		{"plugin run ./sentinel-tracker-tcp", exitFailed, `^$`, `^Warning: the agent would not run it: "tcp" is a type of Sentinel's own: give the plugin another name\n`},
		{"plugin check tcp address=x", exitFailed, `^$`, `address: "x" must be host:port`},
		{"plugin run ./shared", exitFailed, `^$`, `^Warning: the agent would not run it: \S+/shared is writable by everybody: chmod go-w \S+/shared\n`},

		{"validate ha.hcl", exitDone, `, 1 warning, `, `(?m)^hook-plain:\s+\S+/hook-plain\s+is\s+not\s+executable:\n  chmod \+x \S+/plugins/hook-plain\n$`},

		{"validate gone.hcl", exitDone, `, 1 warning, `, `^Warning: No plugin_dir\n\n  on gone.hcl line 2, in agent:\n(.|\n)*There\s+is\s+no\s+directory\s+\S+/plugin,\s+so\s+that\s+no\s+plugin\s+and\s+no\s+hook\s+is\s+found\.`},
		{"plugin list -config gone.hcl", exitDone, `(?m)^plugin +missing +- +- +- +plugin_dir: open \S+/plugin: no such file or directory$`, `^$`},
		{"validate near.hcl", exitFailed, `^$`, `There is no tracker of type "heartbeat"\. (.|\n)*or\s+put\s+a\s+plugin\s+sentinel-tracker-heartbeat\s+into\s+\S+/near\.\s` +
			`Of\s+nearly\s+that\s+name\s+there\s+is\s+"sentinel-tracker-hearbeat",\s+"heartbeat",\s+"sentinel-tracker-Heartbeat"\.\n(.|\n)*` +
			`or\s+put\s+a\s+plugin\s+sentinel-notify-chat\s+into\s+\S+/near\.\n`},

		{"plugin new", exitUsage, `^$`, `as in: sentinel plugin new tracker NAME`},
		{"plugin new hook x", exitUsage, `^$`, `as in: sentinel plugin new tracker NAME`},
		{"plugin new tracker X", exitFailed, `^$`, `name "X" must be of a-z, 0-9, _ and -`},
		{"plugin new tracker file", exitFailed, `^$`, `"file" is a type of Sentinel's own: give the plugin another name`},
		{"plugin list -config nothing.hcl", exitFailed, `^$`, `nothing\.hcl: no such file or directory`},
		{"plugin new tracker " + strings.Repeat("x", 65), exitFailed, `^$`, `"x{65}" is longer than 64: give the plugin another name`},
		{"plugin new tracker x -sdk /", exitFailed, `^$`, `/ has no source of github\.com/sentinel-ha/sentinel`},
	} {
		c.run(t, dir)
	}
}

// What the program says about a plugin is what the plugin says about itself.
func TestDescribeJSON(t *testing.T) {
	t.Parallel()
	stdout, stderr, status := run(t, t.TempDir(), "", "plugin", "describe", "-output", "json", "tcp")
	var d serve.Description
	if err := json.Unmarshal([]byte(stdout), &d); err != nil || stderr != "" || status != exitDone {
		t.Fatalf("%v, exit status %d: %s%s", err, status, stdout, stderr)
	}
	if d.Schema != "sentinel.plugin/1" || d.Name != "tcp" || len(d.Trackers) != 1 || d.Trackers[0].Type != "tcp" || !*d.Trackers[0].Polled ||
		!d.Trackers[0].Attributes[0].Required {
		t.Errorf("%+v", d)
	}
}
