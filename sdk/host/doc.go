// Package host is Sentinel's end of the wire to one plugin: it starts a process,
// talks to it as sdk/plugin.proto says, knows when it is dead or hung, and ends
// it.
//
//	program, err := host.Open("/etc/sentinel/plugins/sentinel-tracker-mysql", "")
//	p, err := host.Launch(ctx, host.Options{Name: "mysql", Program: program, RuntimeDir: dir, Log: log})
//	err = p.Track(ctx, "mysql", values, schedule, report)
//	<-p.Done()
//
// Nothing a plugin does may hurt whoever hosts it. So the handshake, its
// certificates and its variables are go-plugin's, and everything else is not: the
// process, its pipes, its death and its log lines are handled here, because
// go-plugin's own runner can block for ever on a child that keeps a pipe, and its
// log reader panics on a line that another author thought was fine.
//
//	launcher thread ── starts ──▶ process ── stdout ──▶ handshake, then log lines
//	                                │  └──── stderr ──▶ log lines: capped, counted
//	                                │◀────── stdin ──── life line: closed = exit
//	                                └── unix socket ──▶ gRPC: Describe, Pulse, Track, Deliver
//
// When this process ends, however it does, the kernel kills the plugins, and the
// guard (sdk/guard) what is left of their process groups.
//
// A [Plugin] is one process and is done when that is. It does not start another
// one, look for files or say who may run what: core/pluginhost does.
package host
