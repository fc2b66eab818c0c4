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

const (
	// requireVariable makes tests fail that would be skipped.
	requireVariable = "SENTINEL_REQUIRE_NETNS"
	// insideVariable tells a test binary that it runs in a user namespace already.
	insideVariable = "SENTINEL_NETNSTEST_INSIDE"
)

// Main is the body of a TestMain: it runs the tests, in a new user namespace if
// the user may not make network namespaces otherwise, and returns the exit code.
func Main(m *testing.M) int {
	if usable() == nil || os.Getenv(insideVariable) != "" {
		return m.Run()
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
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

// Require skips the test if there can be no network namespaces, or fails it if
// SENTINEL_REQUIRE_NETNS=1.
func Require(t testing.TB) {
	t.Helper()
	err := usable()
	switch {
	case err == nil:
	case os.Getenv(requireVariable) == "1":
		t.Fatalf("network namespaces are required and cannot be made: %v", err)
	default:
		t.Skipf("SKIPPED, NOT TESTED: network namespaces cannot be made: %v (%s=1 makes this a failure)",
			err, requireVariable)
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
