package lab_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

// anybody is a user without any right; the name differs between distributions.
const anybody = 65534

// asOrdinaryUser lets a command run as an ordinary user. Where the tests already
// do, the other tests have shown what this one would.
func asOrdinaryUser(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	mapping, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		t.Fatal(err)
	}
	if fields := strings.Fields(string(mapping)); fields[2] == "1" {
		t.Skip("the tests are run by an ordinary user")
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: anybody, Gid: anybody}}
	cmd.Dir = "/"
}

// TestOrdinaryUser runs the tests of this package again without root.
func TestOrdinaryUser(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes as long as all the others together")
	}
	needLab(t)
	cmd := command("", labtest.RequireVariable+"=1")
	asOrdinaryUser(t, cmd)
	cmd.Args = append(cmd.Args, "-test.skip=^(TestOrdinaryUser|TestWithoutPIDNamespace|TestForbidden)$", "-test.timeout=5m")
	if output, status := run(t, cmd); status != 0 {
		t.Errorf("exit status %d:\n%s", status, output)
	}
}

// TestWithoutPIDNamespace hides a part of /proc, as container runtimes do; the
// kernel then lets an ordinary user mount no other one.
func TestWithoutPIDNamespace(t *testing.T) {
	needLab(t)
	n := labtest.New(t).AddNode("masked")
	n.Do(func() error { return unix.Mount("tmpfs", "/proc/fs", "tmpfs", 0, "") })
	for _, tt := range victims {
		t.Run(tt.name, func(t *testing.T) {
			cmd := command("hold")
			asOrdinaryUser(t, cmd)
			killAndLook(t, cmd, func() error { return n.Node.Do(cmd.Start) }, tt.victim, false)
		})
	}
}

// TestForbidden enters a lab where no user namespace may be made.
func TestForbidden(t *testing.T) {
	needLab(t)
	cmd := command("forbid")
	asOrdinaryUser(t, cmd)
	everybody := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 1 << 16}}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUSER, UidMappings: everybody, GidMappings: everybody, GidMappingsEnableSetgroups: true,
	}
	output, _ := run(t, cmd)
	if !strings.Contains(output, "sysctl -w user.max_user_namespaces=10000") {
		t.Errorf("the reason does not say what to change: %s", output)
	}
}
