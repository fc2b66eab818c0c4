package wire

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// LastWords is what a process writes to standard error, as far as it may say why it
// ends: the last line; or, of a program in Go, the one with which it begins to panic,
// because its stack comes after that. The zero value is silence.
type LastWords struct {
	line     string
	panicked time.Time // when the line was written, if it is such a one
}

// stackTakes is how long after its panic a program has ended. One that is still there
// has written something that only looks like one.
const stackTakes = 10 * time.Second

// Add adds a line. One that is empty says nothing.
func (w *LastWords) Add(line string) {
	if w.Panicked() || strings.TrimSpace(line) == "" {
		return
	}
	w.line = Shorten(strings.TrimSpace(line))
	if w.panicked = (time.Time{}); IsPanic(line) {
		w.panicked = time.Now()
	}
}

// Panicked reports whether the process panics, or has died of that.
func (w *LastWords) Panicked() bool {
	return !w.panicked.IsZero() && time.Since(w.panicked) < stackTakes
}

// Line returns the line, empty if there was none.
func (w *LastWords) Line() string { return w.line }

// String returns the line as the end of a message, empty if there was none.
func (w *LastWords) String() string {
	if w.line == "" {
		return ""
	}
	return fmt.Sprintf(": its last line was %q", w.line)
}

// IsPanic reports whether a line is the one with which a program in Go begins to
// panic, or is ended by its runtime.
func IsPanic(line string) bool {
	return slices.ContainsFunc([]string{"panic: ", "fatal error: ", "SIGQUIT: "}, func(prefix string) bool { return strings.HasPrefix(line, prefix) })
}

// Fate says how a process has ended, as the rest of a sentence about it.
func Fate(state *os.ProcessState) string {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return "was killed by " + unix.SignalName(status.Signal())
	}
	return fmt.Sprintf("exited with status %d", state.ExitCode())
}
