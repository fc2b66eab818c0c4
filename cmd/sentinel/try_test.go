package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// A tracker and a hook can be tried without an agent, and do what they would do
// with one.
func TestTry(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"seen": ""})
	seen, flag := filepath.Join(dir, "seen"), filepath.Join(dir, "flag")
	if err := os.WriteFile(filepath.Join(dir, "hook.sh"), []byte("#!/bin/sh\necho \"$*\" >> "+seen+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`tracker "script" "flag" {
  command = ["echo two; echo lines >&2; test -e %s"]
  shell   = true
}
tracker "script" "missing" {
  command = ["/no/such/program"]
}
tracker "file" "number" {
  path   = %q
  weight = 1
}
tracker "script" "idle" {
  command = ["/bin/true"]
}
notify "exec" "logger" {
  command = [%[3]q]
}
notify "exec" "promoted" {
  command = [%[3]q]
  on      = ["active"]
}
notify "exec" "idle" {
  command = [%[3]q]
}
notify "exec" "together" {
  command = [%[3]q]
}
sync_group "G1" {
  members = [vrrp.VI_1, vrrp.VI_2]
  notify  = [notify.exec.together]
}
notify "exec" "web" {
  commands = { active = ["/bin/true"] }
  for_all  = true
}
`, flag, filepath.Join(dir, "number"), filepath.Join(dir, "hook.sh")) +
		vi1(150, `track = [tracker.script.flag, tracker.script.missing, tracker.file.number]`, `notify = [notify.exec.logger, notify.exec.promoted]`) +
		router("VI_2", "priority = 100", "virtual_router_id = 52", `virtual_addresses = ["192.0.2.101/24"]`)
	for name, text := range map[string]string{"ha.hcl": config, "number": "7\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args   []string
		status int
		stdout string
		stderr string
	}{
		{[]string{"tracker", "run", "script.flag"}, 0, `^unhealthy after [\d.]+m?s: exit 1: lines\n$`, `^\S+ level=INFO msg=two plugin=script\n\S+ level=INFO msg=lines plugin=script\n$`},
		{[]string{"tracker", "run", "tracker.script.missing"}, 1, `^unknown after [\d.]+m?s: .*/no/such/program`, ``},
		{[]string{"tracker", "run", "file.number"}, 0, `^healthy after [\d.]+m?s: .* holds 7\n$`, `^$`},
		{[]string{"tracker", "run", "file.x"}, 1, `^$`, `there are tracker.script.flag, tracker.script.missing, tracker.file.number`},
		{[]string{"tracker", "walk", "file.x"}, 2, `^$`, `as in: sentinel tracker run -config ha.hcl script.nginx`},
		{[]string{"tracker", "run", "script.idle"}, 0, `^healthy`, `^$`},
		{[]string{"notify", "test", "exec.logger", "-to", "fault"}, 0, `^done after [\d.]+m?s: told that VI_1 is fault\n$`, `^$`},
		{[]string{"notify", "test", "exec.logger", "-to", "master"}, 2, `^$`, `a hook is told active, backup, fault or stopped, not "master"`},
		{[]string{"notify", "test", "exec.logger", "-instance", "VI_2"}, 1, `^$`, `notify.exec.logger is told of vrrp.VI_1\n`},
		{[]string{"notify", "test", "exec.logger", "-group", "G1"}, 1, `^$`, `notify.exec.logger is told of vrrp.VI_1\n`},
		{[]string{"notify", "test", "exec.logger", "-group", "G1", "-instance", "VI_1"}, 2, `^$`, `not both`},
		{[]string{"notify", "test", "exec.promoted"}, 0, `VI_1 is active`, `^$`},
		{[]string{"notify", "test", "exec.promoted", "-to", "backup"}, 1, `^$`, `notify.exec.promoted is not told of "backup", but of active\n`},
		{[]string{"notify", "test", "exec.together"}, 0, `told that G1 is active`, `^$`},
		{[]string{"notify", "test", "exec.idle", "-instance", "VI_2", "-to", "stopped"}, 0, `VI_2 is stopped`, `^$`},
		{[]string{"notify", "test", "exec.web"}, 0, `VI_1 is active`, `^$`},
		{[]string{"notify", "test", "exec.web", "-to", "fault"}, 1, `^$`, `notify.exec.web is not told of "fault", but of active`},
	} {
		stdout, stderr, status := run(t, dir, "", append(c.args, "-config", "ha.hcl")...)
		if status != c.status || !regexp.MustCompile(c.stdout).MatchString(stdout) || !regexp.MustCompile(c.stderr).MatchString(stderr) {
			t.Errorf("%v ends with %d:\n%s%s", c.args, status, stdout, stderr)
		}
	}
	const told = "INSTANCE VI_1 FAULT 150\nINSTANCE VI_1 MASTER 150\nGROUP G1 MASTER 0\nINSTANCE VI_2 STOP 100\n"
	text, err := os.ReadFile(seen)
	if err != nil || string(text) != told {
		t.Errorf("the hook saw %q, %v", text, err)
	}
}

// Whoever interrupts what is tried is told so, and how far it was; and how long what
// did not end in time had.
func TestTryCutShort(t *testing.T) {
	t.Parallel()
	for command, says := range map[string]string{
		"tracker run -config ha.hcl script.slow":                       "sentinel: interrupted before the tracker had said anything\n",
		"notify test -config ha.hcl exec.slow":                         "sentinel: interrupted before the hook was done\n",
		"plugin run exec shell=true timeout=1h command=[\"./slow\"]":   "sentinel: interrupted before the plugin was done\n",
		"plugin check -deliver exec shell=true command=[\"./slow\"]":   "sentinel: interrupted before everything was checked\n",
		"notify test -config ha.hcl exec.late":                         "sentinel: timed out after 1s(: the plugin has not been started yet)?\n",
		"plugin run script shell=true timeout=1h command=[\"./slow\"]": "",
	} {
		t.Run(strings.Fields(command)[0], func(t *testing.T) {
			t.Parallel()
			dir := files(t, nil)
			begun, slow := filepath.Join(dir, "begun"), filepath.Join(dir, "slow")
			config := block(`tracker "script" "slow"`, fmt.Sprintf("command = [%q]", slow), `timeout = "1h"`) +
				hook("slow", fmt.Sprintf("command = [%q]", slow), `timeout = "1h"`, forAll) +
				hook("late", fmt.Sprintf("command = [%q]", slow), `timeout = "1s"`, forAll) +
				vi1(100, "track = [tracker.script.slow]")
			for name, text := range map[string]string{"ha.hcl": config, "slow": "#!/bin/sh\ntouch " + begun + "\nexec sleep 3600\n"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			program := sentinel(strings.Fields(strings.ReplaceAll(command, "./slow", slow))...)
			var said, found bytes.Buffer
			c := exec.Command(program.Path, program.Args...)
			c.Dir, c.Env, c.Stderr, c.Stdout = dir, program.Env, &said, &found
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(command, "late") { // which may be too late even to begin
				eventually(t, "it to be called", func() bool {
					_, err := os.Stat(begun)
					return err == nil
				})
				if err := c.Process.Signal(syscall.SIGINT); err != nil {
					t.Fatal(err)
				}
			}
			_ = c.Wait()
			if code := c.ProcessState.ExitCode(); code != exitFailed || !regexp.MustCompile("^"+says+"$").MatchString(said.String()) || strings.Contains(found.String(), "fail") {
				t.Errorf("%s: exit status %d\n%s%s", command, code, &said, &found)
			}
		})
	}
}

// Where nothing can be written, that is what is said, and not that a plugin is broken.
func TestTryNoRoom(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"ha.hcl": scriptTracker() + vi1(100, trackingScript)})
	long := filepath.Join(t.TempDir(), strings.Repeat("x", 100))
	if err := os.Mkdir(long, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ command, at, says string }{
		{"tracker run -config ha.hcl script.app", "/no/such", "make a directory for the sockets of plugins (TMPDIR is /no/such): stat /no/such: no such file or directory"},
		{"tracker run -config ha.hcl script.app", long, "the path of TMPDIR, " + long + ", is too long for the sockets of plugins: use another one, as in TMPDIR=/tmp"},
		{"plugin check tcp", long, "the path of TMPDIR, " + long + ", is too long for the sockets of plugins: use another one, as in TMPDIR=/tmp"},
	} {
		program := sentinel(strings.Fields(c.command)...)
		command := exec.Command(program.Path, program.Args...)
		command.Dir, command.Env = dir, append(program.Env, "TMPDIR="+c.at)
		output, _ := command.CombinedOutput()
		if code := command.ProcessState.ExitCode(); code != exitFailed || string(output) != "sentinel: "+c.says+"\n" {
			t.Errorf("%s: exit status %d: %s", c.command, code, output)
		}
		if left, _ := os.ReadDir(long); len(left) > 0 {
			t.Errorf("%s leaves %v", c.command, left)
		}
	}
}
