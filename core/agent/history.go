package agent

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sentinel-ha/sentinel/core/api"
	"github.com/sentinel-ha/sentinel/core/engine"
)

// historyLength is how many events of each router and tracker are remembered for
// explanations.
const historyLength = 30

// history is what happened lately, by router and by tracker. The zero value is
// empty.
type history struct {
	mu     sync.Mutex
	events map[string][]api.Happening // by name; guarded by mu
}

// add remembers an event, if it is one that explains anything.
func (h *history) add(at time.Time, e engine.Event) {
	subject, text := story(e)
	if subject == "" {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.events == nil {
		h.events = make(map[string][]api.Happening)
	}
	if _, turn := e.(engine.Transition); turn {
		subject = turns(subject)
	}
	list := append(h.events[subject], api.Happening{At: at, Text: text})
	h.events[subject] = list[max(0, len(list)-historyLength):]
}

// keep forgets what happened to all but these routers and trackers. What happens to the
// others in the end is forgotten the next time.
func (h *history) keep(names []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	maps.DeleteFunc(h.events, func(subject string, _ []api.Happening) bool {
		return !slices.Contains(names, strings.TrimPrefix(subject, turning))
	})
}

// turns is where a router's changes of state are kept, apart from what may happen
// every second: a priority that goes up and down must not push them out.
func turns(router string) string { return turning + router }

const turning = "-> "

// lastTurns is how many changes of state an explanation has in any case.
const lastTurns = 5

// of returns what happened to any of these, oldest first.
func (h *history) of(names ...string) []api.Happening {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list, turned []api.Happening
	for _, name := range names {
		list = append(list, h.events[name]...)
		turned = append(turned, h.events[turns(name)]...)
	}
	chronological := func(a, b api.Happening) int { return a.At.Compare(b.At) }
	split := max(0, len(turned)-lastTurns)
	list = append(list, turned[:split]...)
	slices.SortStableFunc(list, chronological)
	list = append(list[max(0, len(list)-historyLength):], turned[split:]...)
	slices.SortStableFunc(list, chronological)
	return append([]api.Happening{}, list...)
}

// story tells an event in a sentence: what happened to whom. Whom is empty for
// what explains no state.
func story(e engine.Event) (whom, text string) {
	switch e := e.(type) {
	case engine.Transition:
		return e.Router, fmt.Sprintf("%v -> %v: %v", e.From, e.To, e.Cause)
	case engine.FaultRaised:
		return e.Router, fmt.Sprintf("fault %s: %s", e.Fault.Source, e.Fault.Reason)
	case engine.FaultCleared:
		return e.Router, fmt.Sprintf("fault %s is over, %d remaining", e.Fault.Source, e.Remaining)
	case engine.PriorityChanged:
		return e.Router, fmt.Sprintf("priority %d -> %v%s", e.From, e.Priority, times(e.Changes))
	case engine.TrackerChanged:
		return e.Tracker, fmt.Sprintf("%s %v%s", e.Tracker, reading(e.Reading), times(e.Changes))
	case engine.PeerHeard:
		return e.Router, fmt.Sprintf("heard %v: priority %d, every %v", e.Peer, e.Priority, e.Interval)
	case engine.ConflictRaised:
		return e.Router, e.Conflict.String()
	case engine.ConflictCleared:
		return e.Router, "no longer: " + e.Conflict.String()
	case engine.AddressLost:
		return e.Router, fmt.Sprintf("somebody removed %v", e.Address.Prefix)
	case engine.AddressFailed:
		return e.Router, fmt.Sprintf("%v cannot be %s: %v", e.Address.Prefix,
			map[bool]string{true: "added", false: "removed"}[e.Add], e.Err)
	}
	return "", ""
}

// times says that several changes are told as one.
func times(changes int) string {
	if changes <= 1 {
		return ""
	}
	return fmt.Sprintf(" (%d changes)", changes)
}
