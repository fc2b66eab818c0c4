package main

import (
	"fmt"

	"github.com/sentinel-ha/sentinel/core/config"
)

func runValidate(env *environment, args []string) int {
	flags := newFlags(env, "validate [flags] PATH...",
		"Checks configuration files and directories and reports every problem at once.\n"+
			"It needs no root and no interface; plugins that the configuration uses are asked\n"+
			"what they offer. Exit code: 0 valid, 1 not valid, 2 usage.")
	var from source
	from.register(flags)
	var output output
	output.register(flags)
	names, code, ok := parse(env, flags, args)
	if !ok {
		return code
	}
	paths := append(from.paths, names...)
	switch err := output.check(); {
	case err != nil:
		fmt.Fprintln(env.stderr, "sentinel validate:", err)
		return exitUsage
	case len(paths) == 0:
		fmt.Fprintln(env.stderr, "sentinel validate:", errNoConfig)
		return exitUsage
	}
	conf, report, err := env.load(paths, from.options(env))
	switch {
	case err != nil:
	case output.isJSON():
		err = report.WriteJSON(env.stdout)
	default:
		err = writeReport(env, report)
	}
	if err != nil {
		return env.fail(err)
	}
	if report.HasErrors() {
		return exitFailed
	}
	if !output.isJSON() {
		_, warnings := report.Counts()
		fmt.Fprintf(env.stdout, "Valid: %s%s, as node %s.\n",
			count(len(conf.Routers), "virtual router"), warned(warnings), conf.Node)
	}
	return exitDone
}

// writeReport writes diagnostics for people: they are no output but about it.
func writeReport(env *environment, report *config.Report) error {
	color, width := env.terminal(env.stderr)
	return report.WriteText(env.stderr, color, width)
}

func warned(n int) string {
	if n == 0 {
		return ""
	}
	return ", " + count(n, "warning")
}

// count says how many things there are, in good English for regular nouns.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
