package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"github.com/sentinel-ha/sentinel/sdk"
)

// anybody is a user without any right.
const anybody = 65534

// again runs one test of this package again, in other circumstances.
func again(t *testing.T, cmd *exec.Cmd, role, test string) {
	t.Helper()
	cmd.Env = append(os.Environ(), againVariable+"="+role, "GORACE=atexit_sleep_ms=0")
	cmd.Args = append(cmd.Args, "-test.v", "-test.run=^"+test+"$")
	cmd.Dir = "/"
	output, err := cmd.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		netnstest.NotRun(t, err.Error())
	}
	if reason, is := strings.CutPrefix(lastLine(output), "impossible: "); is {
		netnstest.NotRun(t, reason)
	}
	if err != nil || !strings.Contains(string(output), "--- PASS: "+test) {
		t.Errorf("%v\n%s", err, output)
	}
}

// confined returns this test binary, to be run in namespaces of its own.
func confined(t *testing.T, flags uintptr) *exec.Cmd {
	cmd := exec.Command(self(t))
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  flags,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	return cmd
}

// againVariable says that a test has been started by itself, and as what.
const againVariable = "SENTINEL_TEST_AGAIN"

// pathVariable tells a test that was started again what to watch.
const pathVariable = "SENTINEL_TEST_PATH"

// public is program for a copy that every user may execute.
func public(t *testing.T, from, name string) string {
	path := program(t, from, name)
	for _, dir := range []string{filepath.Dir(path), filepath.Dir(filepath.Dir(path))} {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func lastLine(b []byte) string {
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return lines[len(lines)-1]
}

// impossible ends the process of a test that was started again and finds no
// circumstances to test in.
func impossible(err error) {
	_, _ = os.Stdout.WriteString("impossible: " + err.Error() + "\n")
	os.Exit(1)
}

// TestOtherNamespaces: in a network and a user namespace a subscription succeeds
// and nothing comes, which is found out.
func TestOtherNamespaces(t *testing.T) {
	if os.Getenv(againVariable) == "" {
		again(t, confined(t, unix.CLONE_NEWUSER|unix.CLONE_NEWNET), "namespaces", t.Name())
		return
	}
	if c, err := connect(); err == nil {
		c.close()
		t.Error("the connector seems to work")
	} else {
		t.Log(err)
	}
	path := program(t, "sleep", "sntl-inside")
	r := run(t, newHub(t, "/proc", connect), configured("sntl-inside", unset, unset))
	r.want(sdk.Unhealthy, "no process sntl-inside")
	c := sleeper(t, path)
	r.want(sdk.Healthy, "1 process sntl-inside (pid %d)", c.pid)
	c.kill()
	r.want(sdk.Unhealthy, "no process sntl-inside")
}

// TestProcessNamespace: in one of its own the processes have other ids than those
// that are told, if any are.
func TestProcessNamespace(t *testing.T) {
	if os.Getenv(againVariable) == "" {
		again(t, confined(t, unix.CLONE_NEWUSER|unix.CLONE_NEWPID), "namespace", t.Name())
		return
	}
	c, err := connect()
	if err == nil {
		c.close()
		t.Error("the connector seems to work")
	}
	t.Log(err)
}

// TestHidden: an ordinary user on a /proc with hidepid=2 cannot tell, except of
// what it sees.
func TestHidden(t *testing.T) {
	switch os.Getenv(againVariable) {
	case "":
		cmd := exec.Command(public(t, self(t), "sntl-hidden"))
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
		again(t, cmd, "mount", t.Name())
		return
	case "mount":
		if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
			impossible(err)
		}
		if err := unix.Mount("proc", "/proc", "proc", 0, "hidepid=2"); err != nil {
			impossible(err)
		}
		cmd := exec.Command("/proc/self/exe")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: anybody, Gid: anybody}}
		again(t, cmd, "hidden", t.Name())
		return
	}
	h := newHub(t, "/proc", connect)
	r := run(t, h, configured("init", unset, unset))
	r.want(sdk.Unknown, "other users' processes are hidden (hidepid of /proc); no process init")
	mine := run(t, h, configured("sntl-mine", unset, unset))
	mine.want(sdk.Unknown, "other users' processes are hidden (hidepid of /proc); no process sntl-mine")
	c := player(t, "/proc/self/exe", "name sntl-mine")
	mine.want(sdk.Healthy, "1 process sntl-mine (pid %d)", c.pid)
	c.kill()
	mine.want(sdk.Unknown, "other users' processes are hidden (hidepid of /proc); no process sntl-mine")
}

// TestNoRight: an ordinary user cannot read whose executable root's processes
// run, but what they are called.
func TestNoRight(t *testing.T) {
	if os.Getenv(againVariable) == "" {
		if os.Getuid() != 0 {
			netnstest.NotRun(t, "only root can start a process that others may not look into")
		}
		path := program(t, "sleep", "sntl-root")
		sleeper(t, path)
		cmd := exec.Command(public(t, self(t), "sntl-user"))
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: anybody, Gid: anybody}}
		t.Setenv(pathVariable, path)
		again(t, cmd, "user", t.Name())
		return
	}
	h := newHub(t, "/proc", connect)
	byPathConfig := configured(os.Getenv(pathVariable), unset, unset)
	byPathConfig.Match = byPath
	r := run(t, h, byPathConfig)
	if got := r.next(); got.Verdict != sdk.Unknown || !strings.HasPrefix(got.Reason, "no right to see what pid ") {
		t.Errorf("by path: %v", got.Result)
	}
	if got := run(t, h, configured("sntl-root", unset, unset)).next(); got.Verdict != sdk.Healthy {
		t.Errorf("by comm: %v", got.Result)
	}
}
