package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// asInit runs this program with its arguments in another process, and does what is
// left to process 1, as which a container starts the agent: it passes signals on, and
// collects every process whose parent has ended. A check that times out can leave one
// behind each time, and when there are no numbers left nothing can be started any
// more. It returns the exit status.
func asInit(env *environment) int {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT)
	program, err := os.StartProcess("/proc/self/exe", os.Args, &os.ProcAttr{
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
		Sys:   &syscall.SysProcAttr{Setpgid: true}, // what is typed at a terminal comes from us, and once
	})
	if err != nil {
		return env.fail(fmt.Errorf("start the agent: %w", err))
	}
	go func() {
		for s := range signals {
			_ = program.Signal(s) // it may have ended
		}
	}()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil: // no child is left, which cannot be
			return env.fail(fmt.Errorf("wait for the agent: %w", err))
		case pid == program.Pid && status.Signaled():
			return 128 + int(status.Signal()) // as a shell says it
		case pid == program.Pid:
			return status.ExitStatus()
		}
	}
}
