package main

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"time"

	"github.com/sentinel-ha/sentinel/core/agent"
	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/sdk"
)

// runTracker is `sentinel tracker run NAME`.
func runTracker(env *environment, args []string) int {
	flags := newFlags(env, "tracker run [flags] NAME",
		"Runs a configured tracker once, exactly as the agent would, and prints what it\n"+
			"says; what a script writes goes to standard error. Exit code: 0 it has a verdict,\n"+
			"1 it cannot tell or there is none of that name, 2 usage.")
	var from source
	from.register(flags)
	conf, name, code := tried(env, flags, &from, args, "tracker", "run", "script.nginx")
	if conf == nil {
		return code
	}
	ctx, cancel := interruptible()
	defer cancel()
	begun := time.Now()
	result, err := agent.TryTracker(ctx, conf, name, env.pluginLog(slog.LevelInfo))
	if err != nil {
		return env.fail(unlessInterrupted(ctx, err, "before the tracker had said anything"))
	}
	fmt.Fprintf(env.stdout, "%v after %v: %s\n", result.Verdict, time.Since(begun).Round(time.Millisecond), oneLine(result.Reason))
	if result.Verdict == sdk.Unknown {
		return exitFailed
	}
	return exitDone
}

// runNotify is `sentinel notify test NAME`.
func runNotify(env *environment, args []string) int {
	flags := newFlags(env, "notify test [flags] NAME",
		"Calls a configured hook once, exactly as the agent would. Exit code: 0 it was\n"+
			"done, 1 it failed, the agent would not call it, or there is none of that name, 2 usage.")
	var from source
	from.register(flags)
	to := flags.String("to", "active", "the `state` that it is told: active, backup, fault or stopped")
	instance := flags.String("instance", "", "the `name` of the instance that it is told of (default: the first that it is for)")
	group := flags.String("group", "", "the `name` of the sync group, in place of an instance")
	conf, name, code := tried(env, flags, &from, args, "notify", "test", "exec.logger")
	if conf == nil {
		return code
	}
	if *instance != "" && *group != "" {
		fmt.Fprintln(env.stderr, "sentinel notify: -instance or -group, not both")
		return exitUsage
	}
	ctx, cancel := interruptible()
	defer cancel()
	begun := time.Now()
	trial := agent.HookTrial{Hook: name, Instance: *instance, Group: *group, To: *to}
	event, err := agent.TryHook(ctx, conf, trial, env.pluginLog(slog.LevelInfo))
	switch {
	case errors.Is(err, agent.ErrUnknownState):
		fmt.Fprintf(env.stderr, "sentinel notify: %v\n", err)
		return exitUsage
	case err != nil:
		return env.fail(unlessInterrupted(ctx, err, "before the hook was done"))
	}
	fmt.Fprintf(env.stdout, "done after %v: told that %s is %s\n", time.Since(begun).Round(time.Millisecond), event.Instance+event.Group, event.To)
	return exitDone
}

// tried reads what `sentinel KIND VERB NAME` is about. Without a configuration the
// command ends with the code.
func tried(env *environment, flags *flag.FlagSet, from *source, args []string, kind, verb, example string) (*config.Config, string, int) {
	names, code, ok := parse(env, flags, args)
	switch {
	case !ok:
		return nil, "", code
	case len(names) != 2 || names[0] != verb:
		fmt.Fprintf(env.stderr, "sentinel %s: as in: sentinel %s %s -config ha.hcl %s\n", kind, kind, verb, example)
		return nil, "", exitUsage
	case len(from.paths) == 0:
		fmt.Fprintf(env.stderr, "sentinel %s: %v\n", kind, errNoConfig)
		return nil, "", exitUsage
	}
	conf, report, err := env.load(from.paths, from.options(env))
	if conf == nil && err == nil {
		if err = writeReport(env, report); err == nil {
			return nil, "", exitFailed
		}
	}
	if err != nil {
		return nil, "", env.fail(err)
	}
	return conf, names[1], exitDone
}

// pluginLog is where the lines of plugins go that a person runs.
func (env *environment) pluginLog(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(env.stderr, &slog.HandlerOptions{Level: level}))
}
