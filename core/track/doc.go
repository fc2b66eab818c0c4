// Package track runs trackers: it starts them, starts them again when they end,
// and passes on what they say, never more often than whoever listens can bear.
//
//	Set ──► a run for each tracker: again and again ──► limiter ──► report
//
// While a tracker does not run it is unknown. Two runs of one name do not meet: what a
// reload has changed begins when the run before has ended, which is waited for, but not
// for ever.
//
// What a sample means is not decided here, see core/priority, and where a tracker runs
// is not known: those of plugins look like all others, see core/pluginhost.
package track
