package host_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/host"
)

// TestRefusals: a plugin that cannot be used is refused in words, soon, and
// leaves nothing behind.
func TestRefusals(t *testing.T) {
	for name, want := range map[string]string{
		"too much garbage": "prints something else than the handshake",
		"endless garbage":  "prints something else than the handshake",
		"silent":           `did not print the handshake within 2s: is it a plugin of Sentinel?: its last line was "thinking"`,
		"dies":             `it exited with status 3 before it was ready: its last line was "cannot open /etc/secret"`,
		"panics":           `it exited with status 2 before it was ready: its last line was "panic: all of it"`,
		"newer":            "speaks version 7 of the plugin protocol and this Sentinel speaks 1: update Sentinel, or install an older version",
		"elsewhere":        "it listens at unix /tmp/socket, and must listen on a unix socket in the directory",
		"tcp":              "it listens at tcp 127.0.0.1:1, and must",
		"deaf":             "connect: no such file or directory",
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, name)
			if strings.Contains(want, "within") {
				o.StartTimeout = 2 * time.Second
			}
			began := time.Now()
			_, err := host.Launch(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
			if took := time.Since(began); took > 4*time.Second { // and the others have five
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestGarbageBeforeHandshake(t *testing.T) {
	p := launched(t, options(t, "garbage"))
	if tail := strings.Join(p.Tail(), "|"); !strings.Contains(tail, "Welcome to the plugin") || !strings.Contains(tail, "starting up") {
		t.Errorf("%q", tail)
	}
}

// TestTerminal: a plugin is in a session of its own, where the terminal of whoever has
// started us is not its own.
func TestTerminal(t *testing.T) {
	pid := launched(t, options(t, "good")).Pid()
	if session, err := unix.Getsid(pid); session != pid || err != nil {
		t.Errorf("process %d is in session %d, %v", pid, session, err)
	}
}

func TestLaunchGivenUp(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := host.Launch(ctx, options(t, "silent"))
	if err == nil || time.Since(began) > 4*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// TestProgram: what cannot be executed is refused with the reason, and what was
// opened is what runs.
func TestProgram(t *testing.T) {
	directory := t.TempDir()
	path := filepath.Join(directory, "plugin")
	if _, err := host.Open(path, ""); err == nil {
		t.Error("a file that is not there was opened")
	}
	write(t, path, "#!/bin/sh\nexit 5\n", 0o600)
	if _, err := host.Open(path, ""); err == nil || !strings.HasSuffix(err.Error(), "is not executable: chmod +x "+path) {
		t.Errorf("%v", err)
	}
	if _, err := host.Open(directory, ""); err == nil || !strings.HasSuffix(err.Error(), "is not a regular file") {
		t.Errorf("%v", err)
	}
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
	launch := func(program *host.Program) string {
		t.Helper()
		o := options(t, "")
		o.Program = program
		_, err := host.Launch(t.Context(), o)
		return fmt.Sprint(err)
	}
	if got := launch(open(t, path, "")); got != "it exited with status 5 before it was ready" {
		t.Error(got)
	}
	_, err := host.Open(path, strings.Repeat("0", 64))
	if err == nil || !strings.Contains(err.Error(), "it is not the file that was pinned") {
		t.Errorf("%v", err)
	}
	sum, err := open(t, path, "").Sum()
	if err != nil {
		t.Fatal(err)
	}
	pinned := open(t, path, strings.ToUpper(sum))
	if got := launch(pinned); got != "it exited with status 5 before it was ready" {
		t.Error(got)
	}
	write(t, path, "#!/bin/sh\nexit 6\n", 0o700)
	if !pinned.Changed() {
		t.Error("it has not changed")
	}
	if got := launch(pinned); got != path+" has changed since it was checked against its pin" {
		t.Error(got)
	}
	write(t, path, "#!/no/such/interpreter\n", 0o700)
	if got := launch(open(t, path, "")); !strings.HasSuffix(got, ": its interpreter /no/such/interpreter, which its first line names, does not exist") {
		t.Error(got)
	}
	write(t, path, "hello", 0o700)
	if got := launch(open(t, path, "")); !strings.HasSuffix(got, ": exec format error: the first line of a script names its interpreter, such as #!/bin/sh") {
		t.Error(got)
	}
}

// TestReplaced: the file that was opened is launched again, although its name
// belongs to another one now.
func TestReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plugin")
	if err := exec.Command("cp", "/proc/self/exe", path).Run(); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("cp", self, path).Run(); err != nil {
		t.Fatal(err)
	}
	program := open(t, path, "")
	o := options(t, "good")
	o.Program = program
	stop(launched(t, o))
	write(t, path+".new", "#!/bin/sh\nexit 7\n", 0o700)
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	if !program.Changed() {
		t.Error("it has not changed")
	}
	if r := one(t, launched(t, o), "trouble", sdk.Values{"do": "print"}); r != sdk.Pass("said") {
		t.Errorf("%+v", r)
	}
}

func open(t *testing.T, path, sum string) *host.Program {
	t.Helper()
	program, err := host.Open(path, sum)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return program
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// TestEnvironment: a plugin sees nothing of ours, and what it runs nothing of the
// handshake.
func TestEnvironment(t *testing.T) {
	t.Setenv("SECRET_TOKEN", "x")
	p := launched(t, options(t, "good"))
	got := strings.Fields(one(t, p, "trouble", sdk.Values{"do": "environment"}).Reason)
	for _, variable := range got {
		name, _, _ := strings.Cut(variable, "=")
		switch name {
		case "PATH", "HOME", "LANG", role, "GORACE":
		default:
			t.Errorf("%s is in its environment", variable)
		}
	}
	if len(got) != 5 {
		t.Errorf("%q", got)
	}
	want := fmt.Sprintf("%d %d in /", os.Getuid(), os.Getgid())
	if r := one(t, p, "trouble", sdk.Values{"do": "who"}); r.Reason != want {
		t.Errorf("it is %s, want %s", r.Reason, want)
	}
	o := options(t, "good")
	o.Environment = append(o.Environment, "LANG=de_DE.UTF-8")
	text := one(t, launched(t, o), "trouble", sdk.Values{"do": "environment"}).Reason
	if strings.Count(text, "LANG=") != 1 || !strings.Contains(text, "LANG=de_DE.UTF-8") {
		t.Errorf("LANG is to be another: %s", text)
	}
}

func TestUser(t *testing.T) {
	if _, err := host.Launch(t.Context(), withUser(options(t, "good"), "nobody-of-this-name")); err == nil ||
		err.Error() != `there is no user "nobody-of-this-name"` {
		t.Errorf("%v", err)
	}
	if os.Geteuid() != 0 {
		netnstest.NotRun(t, "only root can run a plugin as somebody else")
	}
	o := withUser(options(t, "good"), "65534")
	// The test's binary is where only we can read it; anybody can execute this copy.
	directory, err := os.MkdirTemp("", "sn")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(directory)
	self, _ := os.Executable()
	path := filepath.Join(directory, "plugin")
	if err := exec.Command("cp", self, path).Run(); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{directory, o.RuntimeDir} {
		if err := os.Chmod(d, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	o.Program = open(t, path, "")
	if r := one(t, launched(t, o), "trouble", sdk.Values{"do": "who"}); r.Reason != "65534 65534 in /" {
		t.Errorf("%+v", r)
	}
}

func withUser(o host.Options, name string) host.Options {
	o.User = name
	return o
}

// A directory has all the room that is promised, and one that has none is refused
// in words.
func TestLongDirectory(t *testing.T) {
	t.Parallel()
	o := options(t, "good")
	short := o.RuntimeDir
	o.RuntimeDir = filepath.Join(short, strings.Repeat("d", host.MaxRuntimeDir-len(short)-1))
	if err := os.Mkdir(o.RuntimeDir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(o.RuntimeDir) })
	launched(t, o)
	longer := o
	longer.RuntimeDir += "d"
	want := fmt.Sprintf("the path has %d bytes, and must have at most %d", host.MaxRuntimeDir+1, host.MaxRuntimeDir)
	if _, err := host.Launch(t.Context(), longer); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v", err)
	}
}
