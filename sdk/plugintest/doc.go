// Package plugintest says whether an executable is a good plugin of Sentinel.
//
// In the module of a plugin that is written in Go it is all of a test:
//
//	func TestPlugin(t *testing.T) {
//		plugintest.Run(t,
//			plugintest.Case{Config: sdk.Values{"path": "/etc/hosts"}, Want: plugintest.Verdict(sdk.Healthy)},
//			plugintest.Case{Config: sdk.Values{"path": "hosts"}, Want: plugintest.Refused("path")},
//		)
//	}
//
// [Run] builds the module's main package, holds it to every promise of
// sdk/plugin.proto with [Check], and then tries the cases. [RunFile] does the same
// with a file that is there, in whatever language it is written.
//
// The plugin runs twice: once as the agent runs it (sdk/host), and once bare, by
// hands that see all that it prints, every message and every process it starts,
// and help it with nothing.
//
// A plugin that misbehaves is reported and never waited for: one that prints
// garbage, hangs, dies, or sends too much. What took too long is tried once more
// before it is held against the plugin, because machines are busy at times.
//
// The package does not need package testing, and is also what `sentinel plugin
// check` runs.
package plugintest
