// Package track runs trackers: it starts them, starts them again when they end,
// and passes on what they say, never more often than whoever listens can bear.
//
// What a sample means is not decided here; see core/priority.
package track
