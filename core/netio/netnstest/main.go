package netnstest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// insideVariable tells a test binary that it runs in a user namespace already.
const insideVariable = "SENTINEL_NETNSTEST_INSIDE"

// Main is the body of a TestMain: it runs the tests, in a new user namespace if
// the user may not make network namespaces otherwise, and returns the exit code.
func Main(m *testing.M) int {
	if usable() == nil || os.Getenv(insideVariable) != "" {
		return m.Run()
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = os.Args
	cmd.Env = append(os.Environ(), insideVariable+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode()
	}
	fmt.Fprintf(os.Stderr, "netnstest: no user namespace: %v\n", err)
	return m.Run() // and Require says so for each test
}

// Require ends the test, by [NotRun], if there can be no network namespaces.
func Require(t testing.TB) {
	t.Helper()
	if err := usable(); err != nil {
		NotRun(t, fmt.Sprintf("network namespaces cannot be made: %v", err))
	}
}

// usable tries to make a network namespace, on a thread that ends with it.
func usable() error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		result <- unix.Unshare(unix.CLONE_NEWNET)
	}()
	return <-result
}
