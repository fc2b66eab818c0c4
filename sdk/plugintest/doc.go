// Package plugintest tests whether an executable keeps to Sentinel's plugin protocol.
//
// For a plugin that is written in Go this is a complete test:
//
//	func TestPlugin(t *testing.T) {
//		plugintest.Run(t,
//			plugintest.Case{Config: sdk.Values{"path": "/etc/hosts"}, Want: plugintest.Verdict(sdk.Healthy)},
//			plugintest.Case{Config: sdk.Values{"path": "hosts"}, Want: plugintest.Refused("path")},
//		)
//	}
//
// [Run] builds the main package in the working directory, holds it to every promise of
// sdk/plugin.proto with [Check], and then tries the cases. [RunFile] does the same
// with an executable that exists already, in whatever language it is written.
//
// The plugin runs in two ways: as the agent runs it (sdk/host), and bare, where the
// checks see everything that it prints, every message that it sends and every process
// that it starts, and nothing makes up for what it omits.
//
// A plugin that misbehaves (prints garbage, hangs, dies, or sends too much) is reported,
// and never waited for. A check that took too long is made once more before it fails,
// because machines are busy at times.
//
// Sockets are made below TMPDIR, whose path must therefore be short.
//
// The package does not need package testing, and is also what `sentinel plugin
// check` runs.
package plugintest
