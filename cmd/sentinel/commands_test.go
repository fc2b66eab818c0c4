package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// run runs a command of the program, where there is neither a lab nor a right to
// anything needed.
func run(t *testing.T, dir, stdin string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	c := sentinel(args...)
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Env, cmd.Dir, cmd.Stdin = append(os.Environ(), c.Env...), dir, strings.NewReader(stdin)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	if e := cmd.Run(); e != nil && !errors.As(e, new(*exec.ExitError)) {
		t.Fatal(e)
	}
	return out.String(), err.String(), cmd.ProcessState.ExitCode()
}

// commandCase is a command and what it must print and end with.
type commandCase struct {
	command        string
	status         int
	stdout, stderr string // what they must match
}

// run runs the command as a test of its own.
func (c commandCase) run(t *testing.T, dir string) {
	t.Run(strings.ReplaceAll("sentinel "+c.command, "/", "_"), func(t *testing.T) {
		t.Parallel()
		stdout, stderr, status := run(t, dir, "", strings.Fields(c.command)...)
		if status != c.status {
			t.Errorf("exit status %d, want %d", status, c.status)
		}
		if !regexp.MustCompile(c.stdout).MatchString(stdout) {
			t.Errorf("stdout does not match %q:\n%s", c.stdout, stdout)
		}
		if !regexp.MustCompile(c.stderr).MatchString(stderr) {
			t.Errorf("stderr does not match %q:\n%s", c.stderr, stderr)
		}
	})
}

// files writes files into a new directory.
func files(t *testing.T, texts map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range texts {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Whoever interrupts a command that waits for a plugin finds nothing left of it.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"ha.hcl": "", "plugins/sentinel-notify-mute": "#!/bin/sh\nexec sleep 3600\n"})
	if err := os.Chmod(filepath.Join(dir, "plugins/sentinel-notify-mute"), 0o755); err != nil {
		t.Fatal(err)
	}
	left, err := os.MkdirTemp("", "sn") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(left)
	for _, command := range []string{"validate ha.hcl", "plugin list -config ha.hcl", "notify test -config ha.hcl x"} {
		program := sentinel(strings.Fields(command)...)
		c := exec.Command(program.Path, program.Args...)
		c.Dir, c.Env = dir, append(program.Env, "TMPDIR="+left)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the plugin", func() bool {
			sockets, _ := filepath.Glob(left + "/sentinel-plugins-*/plugins/*")
			return len(sockets) > 0
		})
		if err := c.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait()
		list, err := os.ReadDir(left)
		if code := c.ProcessState.ExitCode(); code != exitFailed || err != nil || len(list) > 0 {
			t.Errorf("%s: exit status %d, and there is %v, %v", command, code, list, err)
		}
	}
}

// Whoever interrupts the test of a hook does not wait for one that does not listen to
// SIGTERM when its time is over.
func TestInterruptedOvertime(t *testing.T) {
	t.Parallel()
	dir := files(t, nil)
	asked, config := filepath.Join(dir, "asked"), filepath.Join(dir, "ha.hcl")
	text := hook("deaf", fmt.Sprintf(`command = ["trap 'touch %s' TERM; while :; do sleep 0.05; done"]`, asked), `shell = true`, `timeout = "3s"`, forAll) + vi1(100)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	program := sentinel("notify", "test", "-config", config, "exec.deaf")
	var said bytes.Buffer
	c := exec.Command(program.Path, program.Args...)
	c.Env, c.Stderr = program.Env, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the hook to be asked to end", func() bool {
		_, err := os.Stat(asked)
		return err == nil
	})
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	if code := c.ProcessState.ExitCode(); code != exitFailed || said.String() != "sentinel: interrupted before the hook was done\n" {
		t.Errorf("exit status %d, %s", code, &said)
	}
}

// fiveMistakes is a configuration with five.
const fiveMistakes = `vrrp "VI_1" {
  interface         = "eth0"
  version           = 4
  virtual_router_id = 51
  prioritiy         = 150
  advert_interval   = 1
  virtual_addresses = ["192.0.2.100/24", "192.0.2.300"]
  preempt           = "maybe"
}
`

// What commands print where, and with which status they end.
func TestCommands(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{
		"good.hcl":       vi1(100),
		"named.hcl":      "locals {\n  it = node.name\n}\n" + vi1(100),
		"variable.hcl":   vi1(100, `priority = var.mine`) + "variable \"mine\" {}\n",
		"mine.vars.hcl":  "mine = 20\n",
		"bad.hcl":        fiveMistakes,
		"dir/a.hcl":      vi1(100),
		"dir/b.hcl":      router("VI_2", `virtual_router_id = 52`, `virtual_addresses = ["192.0.2.101/24"]`),
		"dir/README.txt": "not a configuration",
	})
	for _, c := range []commandCase{
		{"", exitUsage, `^$`, `^Usage: sentinel COMMAND \[flags\]\n\nCommands:\n  agent  `},
		{"help", exitDone, `^Usage: sentinel COMMAND \[flags\]\n`, `^$`},
		{"--help", exitDone, `^Usage: `, `^$`},
		{"agnet", exitUsage, `^$`, `^sentinel: there is no command "agnet"; did you mean "agent"\?\n\nUsage: `},
		{"keepalived", exitUsage, `^$`, `^sentinel: there is no command "keepalived"\n`},

		{"version", exitDone, `^sentinel 0\.\d+\.\d+ \(go1\.\S+, linux/\S+\)\n$`, `^$`},
		{"-version", exitDone, `^sentinel 0\.`, `^$`},
		{"--version", exitDone, `^sentinel 0\.`, `^$`},
		{"version -x", exitUsage, `^$`, `not defined: -x\n`},
		{"version it", exitUsage, `^$`, `^sentinel version: unexpected "it"\n$`},

		{"validate", exitUsage, `^$`, `^sentinel validate: which configuration\? .*\n$`},
		{"validate good.hcl", exitDone, `^Valid: 1 virtual router, as node \S+\.\n$`, `^$`},
		{"validate -config good.hcl", exitDone, `^Valid: `, `^$`},
		{"validate --config=good.hcl", exitDone, `^Valid: `, `^$`},
		{"validate dir", exitDone, `^Valid: 2 virtual routers, `, `^$`},
		{"validate -node server1 named.hcl", exitDone, `, as node server1\.\n$`, `^$`},
		{"validate named.hcl -node server1", exitDone, `, as node server1\.\n$`, `^$`}, // flags after names
		{"validate variable.hcl -var mine=10", exitDone, `^Valid: `, `^$`},
		{"validate variable.hcl -var-file mine.vars.hcl", exitDone, `^Valid: `, `^$`},
		{"validate variable.hcl", exitFailed, `^$`, `^Error: (.|\n)*mine`},
		{"validate gone.hcl", exitFailed, `^$`, `^Error: (.|\n)*gone\.hcl`},
		{"validate -- good.hcl -gone", exitFailed, `^$`, `^Error: (.|\n)*-gone`}, // names, after --
		{"validate good.hcl -output yaml", exitUsage, `^$`, `-output is text or json, not "yaml"\n$`},
		{"validate good.hcl -outptu json", exitUsage, `^$`, `not defined: -outptu\n`},
		{"validate -help", exitDone, `^Usage: sentinel validate \[flags\] PATH\.\.\.\n`, `^$`},

		{"agent", exitUsage, `^$`, `^sentinel agent: which configuration\? .*\n$`},
		{"agent good.hcl", exitUsage, `^$`, `^sentinel agent: unexpected "good\.hcl"; .* -config\n$`},
		{"agent -config bad.hcl", exitFailed, `^$`, `^Error: `},
		{"agent -config gone.hcl", exitFailed, `^$`, `^Error: (.|\n)*gone\.hcl`},
		{"agent -obvserve -config good.hcl", exitUsage, `^$`, `not defined: -obvserve\n`},

		{"lab -config good.hcl", exitUsage, `^$`, `^sentinel lab: -config and -node belong together`},
		{"lab -node it", exitUsage, `^$`, `^sentinel lab: `},
		{"lab it", exitUsage, `^$`, `^sentinel lab: unexpected "it"\n$`},
	} {
		c.run(t, dir)
	}
}

// Every mistake is shown at once, to people and to programs.
func TestValidateShowsEverything(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"bad.hcl": fiveMistakes})
	stdout, stderr, status := run(t, dir, "", "validate", "bad.hcl")
	if status != exitFailed || stdout != "" || strings.Count(stderr, "Error: ") != 5 {
		t.Errorf("exit status %d, stdout %q, stderr:\n%s", status, stdout, stderr)
	}
	for line := range 5 {
		line += []int{3, 4, 4, 4, 4}[line] // where the mistakes are: 3, 5, 6, 7, 8
		if place := fmt.Sprintf("on bad.hcl line %d", line); !strings.Contains(stderr, place) {
			t.Errorf("nothing %s", place)
		}
	}

	stdout, stderr, status = run(t, dir, "", "validate", "-output", "json", "bad.hcl")
	var report struct {
		Schema           string
		Valid            bool
		Errors, Warnings int
		Diagnostics      []struct {
			Severity, Summary, Detail, File string
			Range                           struct{ Start struct{ Line int } }
		}
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatalf("%v:\n%s", err, stdout)
	}
	var at []int
	for _, d := range report.Diagnostics {
		if d.Severity != "error" || d.Summary == "" || d.Detail == "" || d.File != "bad.hcl" {
			t.Errorf("incomplete: %+v", d)
		}
		at = append(at, d.Range.Start.Line)
	}
	if diff := cmp.Diff([]int{3, 5, 6, 7, 8}, at); diff != "" {
		t.Errorf("lines of the mistakes (-want +got):\n%s", diff)
	}
	if report.Schema != "sentinel.diagnostics/1" || report.Valid || report.Errors != 5 || status != exitFailed || stderr != "" {
		t.Errorf("exit status %d, stderr %q, report %+v", status, stderr, report)
	}
}

// fmt brings files into the canonical layout, or says which are not; never what
// does not parse.
func TestFmt(t *testing.T) {
	t.Parallel()
	const ugly, pretty = "locals {\na=1\n  bcd =  2\n}\n", "locals {\n  a   = 1\n  bcd = 2\n}\n"
	dir := files(t, map[string]string{"ugly.hcl": ugly, "pretty.hcl": pretty, "other.txt": ugly,
		"named.conf": ugly, "it.hcl.json": `{"locals":{}}`})
	content := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, step := range []struct {
		command, stdin string
		status         int
		stdout, stderr string
		ugly           string // the file, afterwards
	}{
		{"fmt -check", "", exitFailed, `^ugly\.hcl\n$`, `^$`, ugly},
		{"fmt -check pretty.hcl", "", exitDone, `^$`, `^$`, ugly},
		{"fmt -", ugly, exitDone, "^" + regexp.QuoteMeta(pretty) + "$", `^$`, ugly},
		{"fmt - -check", ugly, exitFailed, `^$`, `^$`, ugly},
		{"fmt - -check", pretty, exitDone, `^$`, `^$`, ugly},
		{"fmt -", "locals {", exitFailed, `^$`, `^Error: `, ugly},
		{"fmt gone.hcl", "", exitFailed, `^$`, `^sentinel: .*gone\.hcl.*\n$`, ugly},
		{"fmt -check named.conf", "", exitFailed, `^named\.conf\n$`, `^$`, ugly},
		{"fmt named.conf pretty.hcl", "", exitDone, `^named\.conf\n$`, `^$`, ugly},
		{"fmt -check named.conf", "", exitDone, `^$`, `^$`, ugly},
		{"fmt it.hcl.json", "", exitDone, `^$`, `^sentinel fmt: it\.hcl\.json is JSON and stays as it is\n$`, ugly},
		{"fmt", "", exitDone, `^ugly\.hcl\n$`, `^$`, pretty},
		{"fmt", "", exitDone, `^$`, `^$`, pretty},
	} {
		stdout, stderr, status := run(t, dir, step.stdin, strings.Fields(step.command)...)
		if status != step.status || !regexp.MustCompile(step.stdout).MatchString(stdout) ||
			!regexp.MustCompile(step.stderr).MatchString(stderr) {
			t.Errorf("%s: exit status %d, stdout %q, stderr %q", step.command, status, stdout, stderr)
		}
		if got := content("ugly.hcl"); got != step.ugly {
			t.Errorf("%s: the file is now\n%s", step.command, got)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "ugly.hcl")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode has changed: %v, %v", info.Mode(), err)
	}
	if content("other.txt") != ugly {
		t.Error("a file that is no configuration was formatted")
	}
}

// Colour is for terminals, and for nobody who has said NO_COLOR.
func TestColour(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"bad.hcl": fiveMistakes})
	const escape = "\x1b["
	for _, c := range []struct {
		environment string
		want        bool
	}{{"NO_COLOR=", true}, {"NO_COLOR=1", false}} {
		if text := onTerminal(t, dir, c.environment, "validate", "bad.hcl"); strings.Contains(text, escape) != c.want ||
			!strings.Contains(text, "Invalid version") {
			t.Errorf("with %s: %q", c.environment, text)
		}
	}
	if _, text, _ := run(t, dir, "", "validate", "bad.hcl"); strings.Contains(text, escape) {
		t.Errorf("colour in a pipe: %q", text)
	}
}

// onTerminal runs a command that prints to a new terminal, and returns that.
func onTerminal(t *testing.T, dir, environment string, args ...string) string {
	t.Helper()
	control, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	number, err := unix.IoctlGetInt(int(control.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(control.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	c := sentinel(args...)
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Env, cmd.Dir = append(append(os.Environ(), c.Env...), environment), dir
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	text, _ := io.ReadAll(control) // which ends with an error when nobody has the terminal any more
	_ = cmd.Wait()
	return string(text)
}
