package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/sentinel-ha/sentinel/core/agent"
)

func runAgent(env *environment, args []string) int {
	if os.Getpid() == 1 {
		return asInit(env)
	}
	flags := newFlags(env, "agent -config PATH [flags]",
		"Runs the virtual routers of a configuration until SIGTERM or SIGINT; SIGHUP reloads it.\n"+
			"It needs root, or the capabilities NET_ADMIN and NET_RAW.")
	var from source
	from.register(flags)
	observe := flags.Bool("observe", false, "listen and report, but send and change nothing; may run beside another daemon")
	allow := flags.Bool("allow-other-vrrp", false, "start although another process speaks VRRP here")
	names, code, ok := parse(env, flags, args)
	switch {
	case !ok:
		return code
	case len(names) > 0:
		fmt.Fprintf(env.stderr, "sentinel agent: unexpected %q; a configuration is given with -config\n", names[0])
		return exitUsage
	case len(from.paths) == 0:
		fmt.Fprintln(env.stderr, "sentinel agent:", errNoConfig)
		return exitUsage
	}
	stop, reload := make(chan os.Signal, 2), make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	signal.Notify(reload, syscall.SIGHUP)
	// A reader of the log that goes away is no reason to die. (To ignore the signal
	// would be inherited by whatever we start.)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	color, width := env.terminal(env.stderr)
	err := agent.Run(agent.Options{
		Paths: from.paths, Config: from.options(env), Observe: *observe, AllowOtherVRRP: *allow,
		Stdout: env.stdout, Stderr: env.stderr, Color: color, Width: width,
		Version: version, Stop: stop, Reload: reload,
	})
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, agent.ErrInvalid):
		return exitFailed // the reasons have been printed
	}
	return env.fail(err)
}
