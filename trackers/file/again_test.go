package file

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

// againVariable names the test for which a process was started.
const againVariable = "SENTINEL_FILE_TEST"

// again runs the test in a process with other rights, and reports whether this is
// that process. If it is not, the test is over.
func again(t *testing.T, attr *syscall.SysProcAttr) (inside bool) {
	t.Helper()
	if os.Getenv(againVariable) == t.Name() {
		return true
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), againVariable+"="+t.Name(), "TMPDIR=/tmp")
	cmd.SysProcAttr = attr
	output, err := cmd.CombinedOutput()
	if err != nil && !strings.Contains(string(output), "=== RUN") {
		netnstest.NotRun(t, fmt.Sprintf("cannot start it with other rights: %v", err))
	}
	t.Logf("in another process:\n%s", output)
	must(t, err)
	return false
}

// mounting is a process whose mounts nobody else sees.
func mounting() *syscall.SysProcAttr {
	if os.Geteuid() == 0 {
		return &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	}
	return &syscall.SysProcAttr{
		Cloneflags:   syscall.CLONE_NEWUSER,
		Unshareflags: syscall.CLONE_NEWNS,
		UidMappings:  []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings:  []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
}

// somebody is a process of a user who is not root.
func somebody() *syscall.SysProcAttr {
	if os.Geteuid() != 0 {
		return nil
	}
	const nobody = 65534
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}
