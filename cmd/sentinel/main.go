// Command sentinel keeps virtual IP addresses on a healthy machine by VRRP.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/agext/levenshtein"

	"github.com/sentinel-ha/sentinel/core/agent"
)

// version is what `sentinel version` says.
const version = "0.1.0"

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// command is one entry of the command table.
type command struct {
	name    string
	summary string
	run     func(env *environment, args []string) int
}

// commands are all there are, in the order of the usage text.
var commands = []command{
	{"agent", "run the routers of a configuration", runAgent},
	{"validate", "check a configuration and say everything that is wrong with it", runValidate},
	{"fmt", "bring configuration files into the canonical layout", runFmt},
	{"status", "show what a running agent's instances and trackers are", runStatus},
	{"explain", "tell why an instance is what it is, and what would change it", runExplain},
	{"reload", "let a running agent read its configuration again", runReload},
	{"tracker", "run a configured tracker once, as the agent would", runTracker},
	{"notify", "call a configured hook once, as the agent would", runNotify},
	{"plugin", "list, describe, check, try and write plugins", runPlugin},
	{"lab", "try failover on this machine: several nodes in network namespaces", runLab},
	{"version", "print the version", runVersion},
}

// environment is what a command may use of the outside world.
type environment struct {
	stdin          *os.File
	stdout, stderr *os.File
	environ        []string
}

func main() {
	keepDescriptors()
	env := &environment{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, environ: os.Environ()}
	os.Exit(dispatch(env, os.Args[1:]))
}

func dispatch(env *environment, args []string) int {
	if len(args) == 0 {
		usage(env.stderr)
		return exitUsage
	}
	switch name := args[0]; name {
	case "help", "-h", "-help", "--help":
		usage(env.stdout)
		return exitDone
	case "-v", "-version", "--version":
		return runVersion(env, args[1:])
	case agent.ServeCommand:
		return servePlugin(env, args[1:])
	default:
		for _, c := range commands {
			if c.name == name {
				return c.run(env, args[1:])
			}
		}
		fmt.Fprintf(env.stderr, "sentinel: there is no command %q%s\n\n", name, didYouMean(name))
		usage(env.stderr)
		return exitUsage
	}
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Usage: sentinel COMMAND [flags]\n\nCommands:\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\n`sentinel COMMAND -help` lists a command's flags.\n")
}

func didYouMean(name string) string {
	for _, c := range commands {
		if levenshtein.Distance(name, c.name, nil) <= 2 {
			return fmt.Sprintf("; did you mean %q?", c.name)
		}
	}
	return ""
}

// newFlags returns a command's flag set, whose usage text begins with its form
// and what it does.
func newFlags(env *environment, form, about string) *flag.FlagSet {
	name, _, _ := strings.Cut(form, " ")
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(env.stderr)
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "Usage: sentinel %s\n\n%s\n\nFlags:\n", form, about)
		flags.PrintDefaults()
	}
	return flags
}

// parse reads flags that may stand before, between and after the names, and
// returns the names. If ok is false the command ends with the exit code.
func parse(env *environment, flags *flag.FlagSet, args []string) (names []string, code int, ok bool) {
	for _, arg := range args {
		if arg == "-h" || arg == "-help" || arg == "--help" {
			flags.SetOutput(env.stdout) // asked for, so it is output
		}
	}
	for {
		err := flags.Parse(args)
		switch {
		case errors.Is(err, flag.ErrHelp):
			return nil, exitDone, false
		case err != nil:
			return nil, exitUsage, false
		case flags.NArg() == 0:
			return names, exitDone, true
		}
		rest := flags.Args()
		if read := len(args) - len(rest); read > 0 && args[read-1] == "--" {
			return append(names, rest...), exitDone, true // whatever they begin with
		}
		names = append(names, rest[0])
		args = rest[1:]
	}
}

// list is a flag that may be repeated.
type list []string

func (l *list) String() string { return strings.Join(*l, " ") }

func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

// interruptible returns a context that ends when somebody wants the program to.
func interruptible() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
}

// errInterrupted says that somebody has interrupted a command.
var errInterrupted = errors.New("interrupted")

// unlessInterrupted returns an error of what was done until ctx ended, or how far that
// had come when it was interrupted: what is said of a call that is cut short is about
// how, and not why.
func unlessInterrupted(ctx context.Context, err error, state string) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("%w %s", errInterrupted, state)
}

// fail prints an error, if anybody reads it, and returns the exit code for it.
func (env *environment) fail(err error) int {
	printed := make(chan struct{})
	go func() {
		fmt.Fprintf(env.stderr, "sentinel: %s\n", inLines(err.Error()))
		close(printed)
	}()
	select {
	case <-printed:
	case <-time.After(time.Second):
	}
	return exitFailed
}
