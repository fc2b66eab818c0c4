// Package agent is the composition root: it turns a configuration into a running
// router and ends it again.
//
//	config ──► engine ◄──► netio      signals ──► stop, reload
//	              │
//	              └──► event log (its own goroutine: writing a line can block)
//
// A configuration is read together with its plugins (load.go): the catalog says
// which there are and how each is run, those that are used describe themselves, and
// what was opened for a configuration stays open until the next one is in force.
//
// Whatever is worth a test of its own belongs further down; here are only the
// order of starting and ending, the translation between packages that do not
// know each other, and the wording of the log.
package agent
