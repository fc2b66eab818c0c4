package serve

import (
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// patience is how long the plugin takes to end when Sentinel is gone.
const patience = 500 * time.Millisecond

// lifeLine ends the process when Sentinel does, which is when the other end of
// the pipe is closed. What checks have started ends with it: they were told by
// their contexts, and nobody waits for them any more.
func lifeLine(r io.Reader, s *service) {
	_, _ = io.Copy(io.Discard, r)
	s.drain(time.After(patience))
	if pid := os.Getpid(); syscall.Getpgrp() == pid {
		_ = syscall.Kill(-pid, syscall.SIGKILL) // the group, and us
	}
	os.Exit(0)
}

// ignoreSignals takes the signals that a service manager, a terminal, or
// "killall -HUP sentinel" sends to everything. They are caught and not ignored,
// because programs that the plugin runs would inherit the latter.
func ignoreSignals() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for range signals {
		}
	}()
}
