package main

import (
	"context"
	"fmt"
)

func runReload(env *environment, args []string) int {
	flags := newFlags(env, "reload [flags]",
		"Lets a running agent read its configuration again, as SIGHUP does, and says what\n"+
			"became of it. Exit code: 0 it is in force, 1 it is not valid and changes nothing,\n"+
			"or nobody answers, 2 usage.")
	var c control
	c.register(env, flags)
	names, code, ok := parse(env, flags, args)
	switch {
	case !ok:
		return code
	case len(names) > 0:
		fmt.Fprintf(env.stderr, "sentinel reload: unexpected %q; the agent knows where its configuration is\n", names[0])
		return exitUsage
	}
	if err := c.output.check(); err != nil {
		fmt.Fprintln(env.stderr, "sentinel reload:", err)
		return exitUsage
	}
	reload, raw, err := c.client().Reload(context.Background())
	if err != nil {
		return env.fail(err)
	}
	switch {
	case c.output.isJSON():
		fmt.Fprintf(env.stdout, "%s", raw)
	case reload.Reloaded:
		fmt.Fprint(env.stderr, inLines(reload.Text))
		fmt.Fprintln(env.stdout, "Reloaded.")
	default:
		fmt.Fprint(env.stderr, inLines(reload.Text))
		fmt.Fprintln(env.stderr, "Not reloaded: the old configuration stays in force.")
	}
	if !reload.Reloaded {
		return exitFailed
	}
	return exitDone
}
