package main

import (
	"fmt"

	"github.com/sentinel-ha/sentinel/plugins"
	"github.com/sentinel-ha/sentinel/sdk/serve"
)

// servePlugin makes this process a first-party plugin: the agent executes the
// program itself to run one. It is no command for people.
func servePlugin(env *environment, args []string) int {
	var list []serve.Component
	for _, t := range plugins.Trackers() {
		if len(args) == 1 && t.Name() == args[0] {
			list = append(list, serve.Tracker(t))
		}
	}
	for _, n := range plugins.Notifiers() {
		if len(args) == 1 && n.Name() == args[0] {
			list = append(list, serve.Notifier(n))
		}
	}
	if list == nil {
		fmt.Fprintf(env.stderr, "sentinel: there is no plugin %q\n", args)
		return exitUsage
	}
	serve.Main(version, list...)
	return exitDone
}
