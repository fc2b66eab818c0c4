package main

import (
	"fmt"
	"runtime"
)

func runVersion(env *environment, args []string) int {
	flags := newFlags(env, "version", "Prints the version.")
	if _, code, ok := parse(env, flags, args); !ok {
		return code
	}
	fmt.Fprintf(env.stdout, "sentinel %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return exitDone
}
