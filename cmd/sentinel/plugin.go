package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/sentinel-ha/sentinel/core/agent"
	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/sdk"
)

// pluginVerbs are what `sentinel plugin` does, in the order of its usage text.
var pluginVerbs = []command{
	{"list", "list the plugins there are, and what is wrong with them", listPlugins},
	{"describe", "tell what a plugin offers and what can be configured", describePlugin},
	{"check", "tell whether a plugin keeps to the protocol", checkPlugin},
	{"run", "run a plugin's tracker and print what it says, or call its hook", runOnePlugin},
	{"new", "write a new plugin to start from", newPlugin},
}

// runPlugin is `sentinel plugin VERB`.
func runPlugin(env *environment, args []string) int {
	out, code := env.stderr, exitUsage
	if len(args) > 0 {
		for _, v := range pluginVerbs {
			if v.name == args[0] {
				return v.run(env, args[1:])
			}
		}
		switch args[0] {
		case "help", "-h", "-help", "--help":
			out, code = env.stdout, exitDone
		default:
			fmt.Fprintf(env.stderr, "sentinel plugin: there is no verb %q\n\n", args[0])
		}
	}
	fmt.Fprint(out, "Usage: sentinel plugin VERB [flags]\n\nVerbs:\n")
	for _, v := range pluginVerbs {
		fmt.Fprintf(out, "  %-10s %s\n", v.name, v.summary)
	}
	fmt.Fprint(out, "\n`sentinel plugin VERB -help` lists a verb's flags.\n")
	return code
}

// aPlugin is how the verbs that use one plugin call it.
const aPlugin = "A plugin is the path of an executable, or the type of one that is part of the\n" +
	"program, such as script.\n"

// someValues is how the verbs that take a configuration call it.
const someValues = "NAME=VALUE configures it, as NAME = VALUE in a block would. A list is a name that\n" +
	"is repeated, or JSON: NAME='[\"a\", \"b\"]'. A map is NAME=KEY:VALUE, repeated, or\n" +
	"JSON. interval and timeout are the agent's, and are taken too.\n"

// trial is a plugin that is tried, and what with.
type trial struct {
	spec   pluginhost.Spec
	words  []string // NAME=VALUE
	typ    string   // which of the things it offers
	output output
}

func (t *trial) registerType(flags *flag.FlagSet) {
	flags.StringVar(&t.typ, "type", "", "which one, if the plugin offers several: its `type`, such as tcp, or tracker.tcp")
}

// parse reads the flags, the plugin and the words. If ok is false the command ends
// with the exit code.
func (t *trial) parse(env *environment, flags *flag.FlagSet, args []string, example string) (code int, ok bool) {
	names, code, ok := parse(env, flags, args)
	switch {
	case !ok:
		return code, false
	case len(names) == 0:
		fmt.Fprintf(env.stderr, "sentinel plugin: which one? As in: sentinel plugin %s\n", example)
		return exitUsage, false
	}
	err := t.output.check()
	if err != nil {
		fmt.Fprintln(env.stderr, "sentinel plugin:", err)
		return exitUsage, false
	}
	if t.spec, err = agent.PluginNamed(names[0]); err != nil {
		return env.fail(err), false
	}
	t.words = names[1:]
	return exitDone, true
}

// warn says why the agent would not run the plugin.
func (t *trial) warn(env *environment) {
	if t.spec.Path == "" {
		return
	}
	if err := cmp.Or(pluginhost.Verify(t.spec.Path), checkName(t.spec.Path)); err != nil {
		fmt.Fprintf(env.stderr, "Warning: the agent would not run it: %v\n", err)
	}
}

// checkName returns why nobody could use a plugin in a file of that name. A name that
// says nothing can be changed.
func checkName(path string) error {
	kind, name, ok := pluginhost.Named(filepath.Base(path))
	if !ok {
		return nil
	}
	return agent.CheckName(kind, name)
}

// component returns what is tried, configured. If ok is false everything has been
// said.
func (t *trial) component(env *environment, d pluginhost.Description) (c agent.Component, with config.Trial, ok bool) {
	c, err := agent.Pick(d, t.spec, t.typ)
	if err != nil {
		_ = env.fail(err)
		return c, with, false
	}
	var errs []error
	var schema sdk.Schema
	if c.Tracker != nil {
		with, errs = config.AssignTracker(*c.Tracker, t.words)
		schema = c.Tracker.Schema()
	} else {
		with, errs = config.AssignNotifier(*c.Notifier, t.words)
		schema = c.Notifier.Schema()
	}
	if len(errs) == 0 {
		return c, with, true
	}
	for _, err := range errs {
		fmt.Fprintf(env.stderr, "sentinel: %s: %s\n", c.Name, oneLine(err.Error()))
	}
	fmt.Fprintln(env.stderr)
	writeAttributes(env.stderr, schema)
	return c, with, false
}

// errSaid is an error that has been printed.
var errSaid = errors.New("said before")

// use runs the plugin for as long as do takes, or until it is interrupted. Of what
// it writes the lines of a level are shown.
func (t *trial) use(env *environment, level slog.Level, do func(context.Context, *pluginhost.Plugin, pluginhost.Description) error) int {
	ctx, cancel := interruptible()
	defer cancel()
	err := agent.TryPlugin(ctx, t.spec, env.pluginLog(level), func(p *pluginhost.Plugin, d pluginhost.Description) error {
		return do(ctx, p, d)
	})
	switch {
	case errors.Is(err, errSaid):
		return exitFailed
	case errors.Is(err, agent.ErrUnknownState):
		fmt.Fprintln(env.stderr, "sentinel plugin:", err)
		return exitUsage
	case err != nil:
		return env.fail(unlessInterrupted(ctx, err, "before the plugin was done"))
	}
	return exitDone
}
