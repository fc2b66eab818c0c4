package main

import (
	"fmt"
	"runtime"
)

func runVersion(env *environment, args []string) int {
	flags := newFlags(env, "version", "Prints the version.")
	names, code, ok := parse(env, flags, args)
	switch {
	case !ok:
		return code
	case len(names) > 0:
		fmt.Fprintf(env.stderr, "sentinel version: unexpected %q\n", names[0])
		return exitUsage
	}
	fmt.Fprintf(env.stdout, "sentinel %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return exitDone
}
