package notify

import (
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

// This file decides, and does nothing else: what is merged, what is worth telling,
// what is tried again and when. Time and chance are arguments.

const (
	// capacity is how many events wait in a queue. It must be more than there are
	// classes.
	capacity = 64
	// maxAge is when an event that is not the newest is no longer of interest.
	maxAge = 10 * time.Minute

	// The pauses between attempts double from first to last.
	firstPause = 500 * time.Millisecond
	lastPause  = 30 * time.Second
	// longestPause bounds what a notifier may ask for.
	longestPause = 10 * time.Minute
)

// The states that mean something here.
const (
	initialize = "initialize"
	stopped    = "stopped"
)

// item is an event in a queue.
type item struct {
	event sdk.Event
	// silent: the block does not want to hear of it, and only takes note.
	silent bool
	// reminder: tell it only to a hook that does not know yet.
	reminder bool
	queued   time.Time
}

func isState(e sdk.Event) bool { return e.Kind.IsState() }

// Events of a class can stand for one another.
const (
	stateClass = iota
	priorityClass
	conflictClass
	otherClass
	classes
)

func (it *item) class() int {
	switch {
	case isState(it.event):
		return stateClass
	case it.event.Kind == sdk.PriorityChange:
		return priorityClass
	case it.event.Kind == sdk.Conflict:
		return conflictClass
	}
	return otherClass
}

func (it *item) sameClass(other item) bool { return it.class() == other.class() }

// push appends an item. When there is no room, two others are merged. It returns
// how many that were wanted will no longer be delivered.
func push(list []item, next item) (rest []item, coalesced int) {
	if list = append(list, next); len(list) <= capacity {
		return list, 0
	}
	return squeeze(list)
}

// squeeze merges the two oldest items of the class that has most; states, if no
// other class has two. The newest of a class is never lost.
func squeeze(list []item) (rest []item, coalesced int) {
	var count [classes]int
	for i := range list {
		count[list[i].class()]++
	}
	most, least := stateClass, 2
	for class := priorityClass; class < classes; class++ {
		if count[class] >= least {
			most, least = class, count[class]
		}
	}
	of := func(it item) bool { return it.class() == most }
	older := slices.IndexFunc(list, of)
	newer := older + 1 + slices.IndexFunc(list[older+1:], of)
	coalesced = list[newer].absorb(&list[older])
	return slices.Delete(list, older, older+1), coalesced
}

// absorb makes an item stand for an older one too. It returns 1 if that was
// wanted.
func (it *item) absorb(older *item) (coalesced int) {
	if !older.silent {
		coalesced = 1
	}
	it.event.Coalesced += older.event.Coalesced + coalesced
	if it.event.Kind == sdk.Transition && older.event.From != "" {
		it.event.From = older.event.From
	}
	return coalesced
}

// collapse leaves the newest of each class; the state, only if the hook does not
// know it yet.
func collapse(list []item) (rest []item, coalesced int) {
	for {
		var seen [classes]bool
		twice := slices.ContainsFunc(list, func(it item) bool {
			had := seen[it.class()]
			seen[it.class()] = true
			return had
		})
		if !twice {
			break
		}
		var n int
		list, n = squeeze(list)
		coalesced += n
	}
	for i := range list {
		list[i].reminder = list[i].reminder || list[i].class() == stateClass
	}
	return list, coalesced
}

// superseded reports whether an item has been overtaken by what waits behind it: a
// state by another state, anything else by anything.
func (it *item) superseded(behind []item) bool {
	if !isState(it.event) {
		return len(behind) > 0
	}
	return slices.ContainsFunc(behind, func(other item) bool { return isState(other.event) })
}

// stale reports whether an item is not worth a first attempt any more.
func (it *item) stale(now time.Time, behind []item) bool {
	return now.Sub(it.queued) > maxAge && it.superseded(behind)
}

// told is what a hook knows. The zero value is nothing for certain.
type told struct {
	state string
	// silent: the router has been in this state since, but the hook did not want to
	// know.
	silent bool
	// rejected: the hook was told, but would not have it. That is not remembered
	// over a restart.
	rejected bool
}

// knows reports whether an item would be no news.
func (t told) knows(it *item) bool {
	return t.state == it.event.To && (it.silent || !t.silent)
}

// fate is what becomes of an event after an attempt to deliver it; 0 is that it is
// tried again.
func fate(err error, attempt, retries int, superseded bool) Outcome {
	switch {
	case err == nil:
		return Delivered
	case sdk.IsRejected(err):
		return Rejected
	case superseded, retries >= 0 && attempt > retries:
		return Expired
	}
	return 0
}

// pause returns how long to wait after an attempt. chance is 0 to 1, and keeps
// those apart that failed together; wanted is what the notifier asked for.
func pause(attempt int, wanted time.Duration, chance float64) time.Duration {
	p := lastPause
	if attempt <= 6 {
		p = min(firstPause<<(attempt-1), lastPause)
	}
	p = p/2 + time.Duration(chance*float64(p/2))
	return max(p, min(wanted, longestPause))
}
