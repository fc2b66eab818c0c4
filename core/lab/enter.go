package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// stageVariable tells a program that the lab has started again what it is now.
const stageVariable = "SENTINEL_LAB_STAGE"

const (
	stageInit   = "init"   // sets up the namespaces, starts the program and waits for it
	stageInside = "inside" // the program itself
)

// Inside reports whether [Enter] has done its work and labs can be made.
func Inside() bool { return os.Getenv(stageVariable) == stageInside }

// Enter moves the calling program into namespaces of its own. It must be called
// before the program does anything else: it starts the same program with the
// same arguments again and returns nil only there. In the process that was
// started first it passes signals on, waits, and exits with the program's
// status. It returns an error, which says what to change, if the kernel does not
// allow it.
//
//	program                  waits, forwards signals, passes the exit status on
//	└─ init                  process 1 of the namespaces; collects orphans
//	   └─ program again      Enter returns nil here
//	      └─ nodes' processes
//
// The kernel kills init when the first process dies, and everything else when
// init does, so that nothing survives even a SIGKILL.
func Enter() error {
	if Inside() {
		return nil
	}
	beInit()
	// The kernel sends the parent-death signal when the thread ends that started
	// the child, so this thread has to be the one that waits for it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	signals := catchSignals()
	defer signals.stop()
	child, err := launch()
	if err != nil {
		return err
	}
	signals.forward(child.Process, false)
	err = child.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("wait for the lab: %w", err)
	}
	os.Exit(exitStatus(child.ProcessState.Sys().(syscall.WaitStatus)))
	return nil
}

// launch starts the program again in new namespaces and returns when they are
// set up. Where /proc cannot be mounted anew, as in some containers, it does
// without a PID namespace, which would make /proc lie.
func launch() (*exec.Cmd, error) {
	child, err := launchWith(unix.CLONE_NEWPID)
	if failed := (*setupError)(nil); errors.As(err, &failed) && failed.Step == stepProc {
		child, err = launchWith(0)
	}
	if err != nil {
		return nil, errors.New(explain(err, privileged(), readSysctl))
	}
	return child, nil
}

func launchWith(pidNamespace uintptr) (*exec.Cmd, error) {
	report, reportWriter, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer report.Close()
	defer reportWriter.Close()
	child := again(stageInit)
	child.ExtraFiles = []*os.File{reportWriter} // becomes reportDescriptor
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS | pidNamespace,
		Pdeathsig:  syscall.SIGKILL,
	}
	if pidNamespace == 0 {
		child.SysProcAttr.Pdeathsig = syscall.SIGTERM // init has to kill the others itself
	}
	if !privileged() {
		child.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		child.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		child.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	if err := child.Start(); err != nil {
		return nil, err
	}
	reportWriter.Close()
	var failed setupError
	switch err := json.NewDecoder(report).Decode(&failed); err {
	case io.EOF: // closed without a word: all is well
		return child, nil
	case nil:
		_ = child.Wait() // it has said why
		return nil, &failed
	default:
		_ = child.Process.Kill()
		_ = child.Wait()
		return nil, fmt.Errorf("read the report of the lab's init: %w", err)
	}
}

// again is the calling program with its arguments and files, in another stage.
func again(stage string) *exec.Cmd {
	return &exec.Cmd{
		Path:   "/proc/self/exe",
		Args:   os.Args,
		Env:    append(os.Environ(), stageVariable+"="+stage),
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
	}
}

// privileged reports whether namespaces can be made without a user namespace.
func privileged() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return false
	}
	return data[0].Effective&(1<<unix.CAP_SYS_ADMIN) != 0
}

// exitStatus is what a shell would say of a process that has ended.
func exitStatus(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}
