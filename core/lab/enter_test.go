package lab_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

// needLab prepares a test of Enter itself.
func needLab(t *testing.T) {
	t.Helper()
	t.Parallel()
	labtest.NeedLab(t)
}

func TestEnterPassesTheStatusOn(t *testing.T) {
	needLab(t)
	for _, tt := range []struct {
		program string
		want    int
	}{{"status", 42}, {"suicide", 128 + int(syscall.SIGKILL)}} {
		if output, got := run(t, command(tt.program)); got != tt.want {
			t.Errorf("%s: exit status %d, want %d: %s", tt.program, got, tt.want, output)
		}
	}
}

func TestEnterPassesInputAndOutput(t *testing.T) {
	needLab(t)
	cmd := command("copy")
	cmd.Stdin = strings.NewReader("what goes in\n")
	if output, status := run(t, cmd); output != "what goes in\n" || status != 0 {
		t.Errorf("%q, status %d", output, status)
	}
}

func TestEnterPassesSignalsOn(t *testing.T) {
	needLab(t)
	cmd := command("signals")
	output := start(t, cmd, cmd.Start)
	expect(t, output, "ready")
	for _, s := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGINT, syscall.SIGHUP, syscall.SIGTERM} {
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		expect(t, output, s.String())
	}
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 3 {
		t.Errorf("exit status %d, want 3", got)
	}
}

func TestEnterLeavesTheMachine(t *testing.T) {
	needLab(t)
	output, _ := run(t, command("look"))
	ours, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(output, ours) || !strings.Contains(output, "links 1\nrun 0\nuid 0\n") {
		t.Errorf("in a lab within %s:\n%s", ours, output)
	}
}

// victims are the processes of a program in a lab that somebody may kill.
var victims = []struct {
	name   string
	victim func(outer, program int) int
}{
	{"first process", func(outer, _ int) int { return outer }},
	{"program", func(_, program int) int { return program }},
}

func TestNothingSurvivesKill(t *testing.T) {
	needLab(t)
	for _, tt := range victims {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := command("hold")
			killAndLook(t, cmd, cmd.Start, tt.victim, true)
		})
	}
}

// killAndLook starts a program, kills one of its processes and waits until
// nothing is left of any.
func killAndLook(t *testing.T, cmd *exec.Cmd, begin func() error, victim func(outer, program int) int, inPIDNamespace bool) {
	t.Helper()
	// No number of a process: an ordinary user may run the same test within this machine.
	mark := fmt.Sprintf("LAB_TEST_MARK=%s-%d", strings.ReplaceAll(t.Name(), " ", "_"), time.Now().UnixNano())
	cmd.Env = append(cmd.Env, mark)
	output := start(t, cmd, begin)
	var namespaces []string
	for line := ""; !strings.HasPrefix(line, "ready"); {
		var err error
		if line, err = output.ReadString('\n'); err != nil {
			t.Fatalf("%v after %q", err, line)
		}
		if fields := strings.Fields(line); fields[0] == "net" || fields[0] == "mnt" {
			namespaces = append(namespaces, fields[1])
		}
	}
	// Outer, init, program, two shells, and what they run.
	before := marked(t, mark)
	if len(before) < 5 || len(namespaces) != 4 || len(usersOf(namespaces)) == 0 {
		t.Fatalf("processes %v, namespaces %v", before, namespaces)
	}
	program := programOf(t, before)
	if ours, theirs := pidNamespace(t, os.Getpid()), pidNamespace(t, program); (ours != theirs) != inPIDNamespace {
		t.Errorf("PID namespaces %s and %s", ours, theirs)
	}
	if err := syscall.Kill(victim(cmd.Process.Pid, program), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(output); err != nil { // ends when nobody can write any more
		t.Error(err)
	}
	_ = cmd.Wait()
	eventually(t, "every process and every user of the namespaces is gone", func() bool {
		return len(marked(t, mark)) == 0 && len(usersOf(namespaces)) == 0
	})
}

// start starts a command and returns what it prints.
func start(t *testing.T, cmd *exec.Cmd, begin func() error) *bufio.Reader {
	t.Helper()
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := begin(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return bufio.NewReader(output)
}

func expect(t *testing.T, output *bufio.Reader, want string) {
	t.Helper()
	if line, err := output.ReadString('\n'); err != nil || line != want+"\n" {
		t.Fatalf("%q, %v, want %q", line, err, want)
	}
}

// marked returns the processes that have a variable in their environment.
func marked(t *testing.T, mark string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), mark+"\x00") {
			found = append(found, filepath.Dir(file))
		}
	}
	return found
}

func pidNamespace(t *testing.T, pid int) string {
	t.Helper()
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", pid))
	if err != nil {
		t.Fatal(err)
	}
	return link
}

// programOf returns the process that is the program inside, among those with the
// mark.
func programOf(t *testing.T, processes []string) int {
	t.Helper()
	for _, dir := range processes {
		text, err := os.ReadFile(dir + "/environ")
		if err != nil || !strings.Contains(string(text), "SENTINEL_LAB_STAGE=inside\x00") {
			continue
		}
		if exe, err := os.Readlink(dir + "/exe"); err == nil && strings.HasSuffix(exe, ".test") {
			var pid int
			if _, err := fmt.Sscanf(dir, "/proc/%d", &pid); err == nil {
				return pid
			}
		}
	}
	t.Fatalf("no program among %v", processes)
	return 0
}

// usersOf returns the processes that use namespaces.
func usersOf(namespaces []string) []string {
	links, _ := filepath.Glob("/proc/[0-9]*/ns/*")
	var users []string
	for _, link := range links {
		target, err := os.Readlink(link)
		for _, ns := range namespaces {
			if err == nil && target == ns {
				users = append(users, link)
			}
		}
	}
	return users
}
