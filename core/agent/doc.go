// Package agent is the composition root: it turns a configuration into a running
// router and ends it again.
//
//	config ──► engine ◄──► netio      signals ──► stop, reload
//	              │
//	              └──► event log (its own goroutine: writing a line can block)
//
// Whatever is worth a test of its own belongs further down; here are only the
// order of starting and ending, the translation between packages that do not
// know each other, and the wording of the log.
package agent
