package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"

	"github.com/sentinel-ha/sentinel/core/agent"
	"github.com/sentinel-ha/sentinel/core/api"
)

// listPlugins is `sentinel plugin list`.
func listPlugins(env *environment, args []string) int {
	flags := newFlags(env, "plugin list [flags]",
		"Lists the plugins of a running agent and what is in its plugin_dir, and what is\n"+
			"wrong with it. With -config it asks no agent, but starts each plugin once to see\n"+
			"whether it works. Exit code: 0 listed, 1 nobody answers or\n"+
			"what is given cannot be read, 2 usage.")
	var from source
	from.register(flags)
	var c control
	c.register(env, flags)
	names, code, ok := parse(env, flags, args)
	switch err := c.output.check(); {
	case !ok:
		return code
	case err != nil:
		fmt.Fprintln(env.stderr, "sentinel plugin list:", err)
		return exitUsage
	case len(names) > 0:
		fmt.Fprintf(env.stderr, "sentinel plugin list: unexpected %q; sentinel plugin describe tells about one\n", names[0])
		return exitUsage
	}
	var list []api.Plugin
	if len(from.paths) > 0 {
		ctx, cancel := interruptible()
		defer cancel()
		var err error
		if list, err = agent.ListPlugins(ctx, from.paths, from.options(env), env.pluginLog(slog.LevelWarn)); ctx.Err() != nil {
			err = errInterrupted
		}
		if err != nil {
			return env.fail(err)
		}
	} else {
		status, _, err := c.client().Status(context.Background())
		if err != nil {
			return env.fail(fmt.Errorf("%w; or look without an agent: sentinel plugin list -config ha.hcl", err))
		}
		list = status.Plugins
	}
	if c.output.isJSON() {
		_ = writeJSON(env.stdout, list)
		return exitDone
	}
	writePlugins(env.stdout, list)
	return exitDone
}

// writePlugins lists plugins for people.
func writePlugins(w io.Writer, list []api.Plugin) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PLUGIN\tSTATE\tVERSION\tPID\tSTARTS\tREMARKS")
	for _, p := range list {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", oneLine(p.Name), p.State, dash(oneLine(p.Version)), positive(p.PID), positive(p.Starts), oneLine(dash(p.Reason)))
	}
	t.Flush()
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func positive(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}
