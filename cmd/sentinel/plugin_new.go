package main

import (
	"fmt"

	"github.com/sentinel-ha/sentinel/core/agent"
	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/core/scaffold"
)

// newPlugin is `sentinel plugin new KIND NAME`.
func newPlugin(env *environment, args []string) int {
	flags := newFlags(env, "plugin new [flags] tracker|notifier NAME",
		"Writes a plugin to start from into a new directory, sentinel-tracker-NAME or\n"+
			"sentinel-notify-NAME: a Go module that builds, with a test and a README.\n"+
			"Exit code: 0 written, 1 not written, 2 usage.")
	module := flags.String("module", "", "the `path` of its module (default: as the directory)")
	sdk := flags.String("sdk", "", "a `directory` with Sentinel's source, to build with as long as that is not published")
	names, code, ok := parse(env, flags, args)
	if !ok {
		return code
	}
	kinds := map[string]string{"tracker": "tracker", "notifier": "notify", "notify": "notify"}
	if len(names) != 2 || kinds[names[0]] == "" {
		fmt.Fprintln(env.stderr, "sentinel plugin new: as in: sentinel plugin new tracker NAME, or: sentinel plugin new notifier NAME")
		return exitUsage
	}
	if err := agent.CheckName(pluginhost.Kind(kinds[names[0]]), names[1]); err != nil {
		return env.fail(err)
	}
	p := scaffold.Plugin{Kind: kinds[names[0]], Name: names[1], Module: *module, Version: version, SDK: *sdk}
	next, err := p.Write(".")
	if err != nil {
		return env.fail(err)
	}
	fmt.Fprint(env.stdout, next)
	return exitDone
}
