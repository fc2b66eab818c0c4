// Package agent is the composition root: it turns a configuration into a running
// router and ends it again.
//
//	signals, control socket (api) ──► supervise: stop, reload
//	                                      │
//	config ──────────────────────────► engine ◄──► netio
//	                                    │   ▲
//	                                    │   └── track ◄── trackers: built in, or in a plugin
//	                                    ▼
//	                                event log ──► notify ──► hooks, each in a plugin
//
// The event log has a goroutine of its own, because writing a line can block.
// Plugins are pluginhost's.
//
// A configuration is read together with its plugins (load.go): the catalog says
// which there are and how each is run, those that are used describe themselves, and
// what was opened for a configuration stays open until the next one is in force.
//
// The commands that try a part of a configuration without an agent (try.go,
// try_plugin.go) and list what there is (list.go) take the same ways.
//
// Whatever is worth a test of its own belongs further down; here are only the
// order of starting and ending, the translation between packages that do not
// know each other, and the wording of the log.
package agent
