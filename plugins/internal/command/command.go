package command

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/sentinel-ha/sentinel/sdk/probe"
)

// Path is the PATH of every program, wherever and by whomever Sentinel was
// started.
const Path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Spec is a program to run.
type Spec struct {
	// Args are the program's absolute path and its arguments, as [Args] returns them.
	Args []string
	// User is the name or number of the user it runs as, with that user's groups.
	// Empty is who runs this process.
	User string
	// Env is its environment besides PATH, as name=value.
	Env []string
	// Stdin is what it can read.
	Stdin []byte
	// Lasting: what the program leaves behind is meant to last, as a service that it
	// starts. Its output is read by a process of its own, and when memory is short it
	// is as good as whoever started this process; so is this process then.
	Lasting bool
}

// Run runs a program until it ends or ctx does, and then sees to it that it ends.
// It returns when the program is gone; that it left others behind does not matter.
// Only a process that the kernel does not let go, or that may not be killed, makes
// it wait longer than two seconds after the end of ctx. A program that cannot be
// opened, as its file system does not answer, is not executed; that takes half of the
// time that ctx has.
func Run(ctx context.Context, s Spec) Result {
	if err := ctx.Err(); err != nil {
		return Result{Ending: Interrupted, Err: err}
	}
	if err := probe.Program(ctx, s.Args[0], s.Args[0]); err != nil { // fork would wait for it, and this process with it
		if ctx.Err() != nil {
			return Result{Ending: Interrupted, Err: ctx.Err()}
		}
		return Result{Err: err}
	}
	runtime.LockOSThread() // the parent-death signal comes when this thread ends
	defer runtime.UnlockOSThread()
	p, err := start(s)
	if err != nil {
		return Result{Err: err}
	}
	return p.wait(ctx)
}

// Validate reports what is wrong with a program as it was configured: a path and
// arguments, or one line for the shell.
func Validate(command []string, shell bool) error {
	switch {
	case len(command) == 0:
		return errors.New("must not be empty")
	case slices.ContainsFunc(command, func(word string) bool { return strings.ContainsRune(word, 0) }):
		return errors.New("must not hold a zero byte")
	case shell && len(command) > 1:
		return fmt.Errorf("must be one string with shell = true, not %d", len(command))
	case shell && strings.TrimSpace(command[0]) == "":
		return errors.New("must not be empty")
	case !shell && !strings.HasPrefix(command[0], "/"):
		return fmt.Errorf("%q must begin with a slash: a program is named by its whole path, unless shell = true", command[0])
	}
	return nil
}

// Args returns what to run for a valid command, with more arguments appended. In a
// line for the shell these are $1, $2 and so on.
func Args(command []string, shell bool, more ...string) []string {
	if shell {
		command = []string{"/bin/sh", "-c", command[0], "sh"}
	}
	return slices.Concat(command, more)
}
