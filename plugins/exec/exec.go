package exec

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sentinel-ha/sentinel/plugins/internal/command"
	"github.com/sentinel-ha/sentinel/sdk"
)

// Notifier runs a program for every event.
var Notifier = sdk.Notify("exec", "runs a program: exit 0 is done; 75, a timeout and what cannot be executed are tried again; anything else is final and logged", notify)

type config struct {
	Command  []string            `sentinel:"command" doc:"path of a program and its arguments, to which keepalived's four are appended; with shell = true one string"`
	Commands map[string][]string `sentinel:"commands,events" doc:"instead of command: one for each state or kind of event, nothing appended; without on the hook is told of these"`
	User     string              `sentinel:"user,nonempty" doc:"user to run it as, who runs the agent by default"`
	Shell    bool                `sentinel:"shell" default:"false" doc:"a command is one string for /bin/sh"`
}

// Validate reports what can never be executed, and states that there are not.
func (c *config) Validate() error {
	var errs []error
	switch {
	case c.Command != nil && c.Commands != nil:
		errs = append(errs, sdk.At("commands", errors.New("cannot be used together with command")))
	case c.Command == nil && c.Commands == nil:
		errs = append(errs, sdk.At("command", errors.New("is required, or commands")))
	}
	if c.Command != nil {
		errs = append(errs, sdk.At("command", command.Validate(c.Command, c.Shell)))
	}
	if c.Commands != nil && len(c.Commands) == 0 {
		errs = append(errs, sdk.At("commands", errors.New("must not be empty")))
	}
	occasions := sdk.Occasions()
	for _, state := range slices.Sorted(maps.Keys(c.Commands)) {
		if !slices.Contains(occasions, state) {
			errs = append(errs, sdk.At("commands", fmt.Errorf("%q is none of %s%s", state, strings.Join(occasions, ", "), hint(state))))
		}
		if err := command.Validate(c.Commands[state], c.Shell); err != nil {
			errs = append(errs, sdk.At("commands", fmt.Errorf("%s: %w", state, err)))
		}
	}
	return errors.Join(errs...)
}

// retry is the exit status that asks for another try, EX_TEMPFAIL of sysexits.h.
const retry = 75

func notify(ctx context.Context, c config, e sdk.Event) error {
	args := c.args(e)
	if args == nil {
		return nil
	}
	stdin, err := json.Marshal(e)
	if err != nil {
		return sdk.Reject(err)
	}
	r := command.Run(ctx, command.Spec{Args: args, User: c.User, Env: environment(e), Stdin: append(stdin, '\n'), Lasting: true})
	r.Show()
	switch {
	case r.Ending == command.Exited && r.Status == 0:
		return nil
	case r.Ending == command.Exited && r.Status != retry, r.Ending == command.Killed:
		return sdk.Reject(errors.New(r.String()))
	}
	return &failure{r}
}

// args returns what to run for an event, nil if there is nothing.
func (c *config) args(e sdk.Event) []string {
	if c.Commands == nil {
		return command.Args(c.Command, c.Shell, arguments(e)...)
	}
	list, ok := c.Commands[occasion(e)]
	if !ok {
		return nil
	}
	return command.Args(list, c.Shell)
}

// failure is a run that may go better another time.
type failure struct{ command.Result }

func (f *failure) Error() string { return f.String() }
func (f *failure) Unwrap() error { return f.Err }
