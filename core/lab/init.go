package lab

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// reportDescriptor is where init writes why it failed, or closes in silence.
const reportDescriptor = 3

// setupError is a step of setting up the namespaces that failed.
type setupError struct {
	Step  string
	Errno syscall.Errno
}

func (e *setupError) Error() string { return fmt.Sprintf("%s: %v", e.Step, e.Errno) }

func (e *setupError) Unwrap() error { return e.Errno }

// beInit returns at once in a program that nobody has started again, and never
// in one that is init.
func beInit() {
	if os.Getenv(stageVariable) != stageInit {
		return
	}
	runtime.LockOSThread() // whose end would kill the child
	report := os.NewFile(reportDescriptor, "report")
	if err := setUp(); err != nil {
		_ = json.NewEncoder(report).Encode(err) // nobody is left to tell
		os.Exit(1)
	}
	report.Close()
	status, err := runInside()
	if err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1)
	}
	os.Exit(status)
}

// runInside starts the program for the last time and returns its exit status
// when it has ended and everything it has left is gone.
func runInside() (int, error) {
	alone := os.Getpid() != 1
	if alone {
		// Without a PID namespace, orphans must come to us to be killed.
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			return 0, fmt.Errorf("become the reaper of orphans: %w", err)
		}
	}
	signals := catchSignals()
	defer signals.stop()
	child := again(stageInside)
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := child.Start(); err != nil {
		return 0, fmt.Errorf("start the program in the lab: %w", err)
	}
	// A terminal signals the whole process group. Whatever reaches us once we
	// have left it was meant for us to pass on.
	if err := unix.Setpgid(0, 0); err != nil {
		return 0, fmt.Errorf("leave the process group: %w", err)
	}
	signals.forward(child.Process, alone)
	status := reap(child)
	if alone {
		killChildren()
	}
	return status, nil
}

// reap collects every process that ends, orphans included, until the program has.
func reap(program *exec.Cmd) int {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil: // no child left, which cannot be
			return 1
		case pid == program.Process.Pid && (status.Exited() || status.Signaled()):
			return exitStatus(status)
		}
	}
}

// killChildren kills what is left of the program: each child that dies hands its
// own children over to us, until there are none.
func killChildren() {
	for {
		for _, pid := range childrenOf(os.Getpid()) {
			_ = syscall.Kill(pid, syscall.SIGKILL) // gone already is as good
		}
		if _, err := syscall.Wait4(-1, nil, 0, nil); err == syscall.ECHILD {
			return
		}
	}
}
