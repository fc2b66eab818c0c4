package main

import (
	"fmt"
	"strings"
	"syscall"
	"time"
)

// What is said before the reason: of a plugin that has died, and of a tracker that
// cannot tell. And of a plugin that writes more than anybody reads.
const (
	diedOf   = `msg="(?:the plugin is started again after a pause|the plugin dies again and again, and is tried rarely from now on)" .*reason="`
	unableTo = `msg="tracker cannot tell" .* held=true reason="?`
	tooMuch  = `msg="(the plugin writes too much), lines were dropped"`
)

// killing kills the processes with a text in their command lines in a loop.
func killing(text string) func(*server, time.Duration) {
	return func(a *server, lasts time.Duration) {
		for began := time.Now(); time.Since(began) < lasts; time.Sleep(20 * time.Millisecond) {
			for _, p := range a.processes(text) {
				sendTo(a.site.t, p.pid, syscall.SIGKILL)
			}
		}
	}
}

// stopping stops the process with a text in its command line, and waits until a
// tracker has been held and is healthy again, by another process.
func stopping(text, tracker string) func(*server, time.Duration) {
	return func(a *server, _ time.Duration) {
		at := time.Now()
		for _, p := range a.processes(text) {
			sendTo(a.site.t, p.pid, syscall.SIGSTOP)
		}
		a.waitLogSince(at, `msg="tracker cannot tell" tracker=`+tracker+` counts=healthy held=true`)
		a.waitLogSince(at, `msg="tracker healthy" tracker=`+tracker)
	}
}

// scripts are so many trackers of a script that do not matter much, tracked by VI_1.
func scripts(count int, command string, settings ...string) string {
	var b strings.Builder
	var names []string
	for i := range count {
		b.WriteString(block(fmt.Sprintf(`tracker "script" "s%d"`, i), append([]string{
			fmt.Sprintf("command = [%q]", command), fmt.Sprintf(`interval = "%v"`, every), `timeout = "10s"`, `weight = -1`,
		}, settings...)...))
		names = append(names, fmt.Sprintf("tracker.script.s%d", i))
	}
	return b.String() + vi1(150, "track = ["+strings.Join(names, ", ")+"]")
}

// scriptTroubles are about the plugin for scripts, what these do, and hooks.
func scriptTroubles() []trouble {
	const plugin, tracker = " plugin-serve script", `tracker\.script\.app`
	return []trouble{
		{name: "nothing"},
		{name: "stopped", disturb: stopping(plugin, tracker), says: diedOf + `(the plugin hangs: there was no sign of life for 3s)`},
		{name: "killed in a loop", disturb: killing(plugin), says: diedOf + `(the plugin was killed by SIGKILL)`},
		{name: "script that forks", script: "for i in 1 2 3 4 5; do for j in 1 2 3 4 5; do sleep 0.3 & done; done; exit 0"},
		{name: "script that floods lines", script: "yes | head -c 5000000; yes | head -c 5000000 >&2; exit 0"},
		{name: "script that floods without lines", script: `head -c 5000000 /dev/zero | tr '\0' x; head -c 5000000 /dev/zero | tr '\0' x >&2; exit 0`},
		{name: "a hundred scripts", config: scripts(100, "/usr/bin/true")},
		{
			name: "a hundred scripts that ignore TERM", config: scripts(100, hang, `timeout = "300ms"`),
			priority: 50, sick: 100, says: `msg="tracker unhealthy" .* reason="(timed out after 300ms)`,
			disturb: func(_ *server, lasts time.Duration) { time.Sleep(2 * lasts) }, // until they have been killed
		},
		{name: "hook that hangs", config: hangingHook + usual()},
	}
}
