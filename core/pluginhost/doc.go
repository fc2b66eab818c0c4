// Package pluginhost finds plugins, checks who may change them, and keeps them
// running.
//
//	h, err := pluginhost.New(pluginhost.Config{RuntimeDir: "/run/sentinel", Log: log})
//	p := h.Open(pluginhost.Spec{Name: "mysql", Path: "/etc/sentinel/plugins/sentinel-tracker-mysql"})
//	d, err := p.Describe(ctx)   // d.Trackers and d.Notifiers are as if they were linked in
//	h.Keep(p)                   // and nothing else, after a reload
//	h.Close(5 * time.Second)
//
// A [Plugin] is one program that is meant to run, with one process at a time for
// all its instances. What it offers are values of package sdk: core/track runs a
// tracker of a plugin as any other, and a notifier delivers as any other. While
// the process is dead or hung its trackers are unknown, at once and with the
// reason, and go on by themselves with the next process.
//
//	Open ─▶ starting ─▶ running ─▶ (died, hung) ─▶ waiting ─▶ starting ...
//	                                     └─ too often ─▶ broken: one attempt every two minutes
//
// What a configured plugin is and what becomes of verdicts is not known here, and
// how one process is handled is sdk/host's.
package pluginhost
