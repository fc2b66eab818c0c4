package lab

import (
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// relay passes signals on to a process.
type relay struct {
	signals chan os.Signal
	parent  int // of this process, when it began
	running sync.WaitGroup
}

// catchSignals keeps the usual signals for a process that is about to be started,
// so that none is lost meanwhile.
func catchSignals() *relay {
	r := &relay{signals: make(chan os.Signal, 16), parent: os.Getppid()}
	signal.Notify(r.signals, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2)
	return r
}

// forward passes signals on to the process until stop. With killIfOrphaned, which
// init uses where there is no PID namespace, a SIGTERM that comes because our
// parent has died kills the process instead.
func (r *relay) forward(to *os.Process, killIfOrphaned bool) {
	r.running.Go(func() {
		for s := range r.signals {
			switch {
			case killIfOrphaned && os.Getppid() != r.parent:
				s = syscall.SIGKILL
			case (s == syscall.SIGINT || s == syscall.SIGQUIT) && inForeground():
				continue // the terminal has sent it to the process as well
			}
			_ = to.Signal(s) // it may have ended
		}
	})
}

// stop gives the signals back their usual effect.
func (r *relay) stop() {
	signal.Stop(r.signals)
	close(r.signals)
	r.running.Wait()
}

// inForeground reports whether keys typed at a terminal signal our process group.
func inForeground() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
