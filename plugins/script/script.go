package script

import (
	"context"
	"errors"

	"github.com/sentinel-ha/sentinel/plugins/internal/command"
	"github.com/sentinel-ha/sentinel/sdk"
)

// Tracker runs a program and takes its exit status for the verdict.
var Tracker = sdk.Check("script", "the exit status of a program", check)

type config struct {
	Command []string `sentinel:"command,required" doc:"path of a program and its arguments; with shell = true one string"`
	User    string   `sentinel:"user,nonempty" doc:"user to run it as, who runs the agent by default"`
	Shell   bool     `sentinel:"shell" default:"false" doc:"the command is one string for /bin/sh"`
}

// Validate reports a command that can never be executed.
func (c *config) Validate() error {
	return sdk.At("command", command.Validate(c.Command, c.Shell))
}

func check(ctx context.Context, c config) sdk.Result {
	r := command.Run(ctx, command.Spec{Args: command.Args(c.Command, c.Shell), User: c.User})
	r.Show()
	return sdk.Result{Verdict: verdict(r, c.Shell), Reason: r.String()}
}

// Statuses by which a shell says that something cannot be executed.
const (
	notExecutable = 126
	notFound      = 127
)

func verdict(r command.Result, shell bool) sdk.Verdict {
	switch {
	case r.Ending == command.NotExecuted:
		return sdk.Unknown
	case r.Ending == command.Interrupted && errors.Is(r.Err, context.Canceled):
		return sdk.Unknown // nobody wants to know any more
	case r.Ending == command.Exited && r.Status == 0:
		return sdk.Healthy
	case r.Ending == command.Exited && shell && (r.Status == notExecutable || r.Status == notFound):
		return sdk.Unknown
	}
	return sdk.Unhealthy
}
