package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"unicode"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/legible"
)

// Ending is how a run ended.
type Ending uint8

// The endings. The zero value is NotExecuted.
const (
	// NotExecuted is a program that could not be executed; Err says why.
	NotExecuted Ending = iota
	// Exited is a program that ended by itself, with Status.
	Exited
	// Killed is a program that was ended by Signal, which was not ours.
	Killed
	// Interrupted is a program that had to end because the context did, if it was
	// started at all; Err is the context's error. How it ended does not matter.
	Interrupted
)

// Result is how a run ended and what was written.
type Result struct {
	Ending Ending
	Status int
	Signal syscall.Signal
	Err    error
	// Output is the end of what was written to standard output and standard error,
	// at most 4 KiB.
	Output string
}

// String says in one line how a run ended, with the last line that it wrote.
func (r Result) String() string {
	text := r.ending()
	if line := r.lastLine(); line != "" {
		text += ": " + line
	}
	return text
}

func (r Result) ending() string {
	switch r.Ending {
	case NotExecuted:
		return fmt.Sprintf("cannot be executed: %v", r.Err)
	case Exited:
		return fmt.Sprintf("exit %d", r.Status)
	case Killed:
		name := unix.SignalName(r.Signal)
		if name == "" {
			name = fmt.Sprintf("signal %d", int(r.Signal))
		}
		return "killed by " + name
	case Interrupted:
		if errors.Is(r.Err, context.DeadlineExceeded) {
			return "timed out"
		}
		return "stopped"
	}
	panic(fmt.Sprintf("command: impossible ending %d", r.Ending))
}

// longestLine bounds the last line, in bytes.
const longestLine = 400

// Show logs the output if a person tries the plugin, who wants to see all of it.
func (r Result) Show() {
	if os.Getenv(sdk.TryVariable) == "" {
		return
	}
	for line := range strings.Lines(r.Output) {
		slog.Info(strings.TrimRight(line, "\r\n"))
	}
}

// lastLine returns the last line of the output that is not blank, fit to be
// printed, or nothing.
func (r Result) lastLine() string {
	text := strings.TrimRightFunc(r.Output, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) })
	text = text[strings.LastIndexByte(text, '\n')+1:]
	return legible.Line(strings.ToValidUTF8(text, ""), longestLine)
}
