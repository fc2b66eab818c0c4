package engine

import (
	"slices"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/core/priority"
)

// term is an instance's use of a tracker.
type term struct {
	priority.Term
	tracker *tracker
	fault   string // its source
	// newcomer: it came to a running instance, which it does not disturb before
	// it has something to say.
	newcomer bool
}

// setTerms takes the instance's terms from the configuration. To a running
// instance a tracker that it did not have is a newcomer.
func (inst *instance) setTerms() {
	old := inst.terms
	inst.terms = nil
	for _, configured := range inst.engine.config.Terms[inst.config.Name] {
		t := term{Term: configured, tracker: inst.engine.tracker(configured.Tracker), fault: faultOf(configured.Tracker), newcomer: inst.started}
		for _, known := range old {
			if known.tracker == t.tracker {
				t.newcomer = known.newcomer
			}
		}
		inst.terms = append(inst.terms, t)
	}
}

// uses reports whether the instance tracks a tracker.
func (inst *instance) uses(tracker *tracker) bool {
	return slices.ContainsFunc(inst.terms, func(t term) bool { return t.tracker == tracker })
}

// weigh works out from the trackers which priority the instance has and which
// of them keep it from serving. Faults take effect with assess.
func (inst *instance) weigh(now time.Time) {
	inst.unweighed = false
	contributions := make([]priority.Contribution, len(inst.terms))
	for i := range inst.terms {
		t := &inst.terms[i]
		t.newcomer = t.newcomer && !t.tracker.Had()
		standing := priority.Awaited
		switch {
		case t.newcomer:
			standing = priority.Newcomer
		case due(inst.waitEnds(t.tracker), now):
			standing = priority.Overdue
		}
		c := t.Contribution(t.tracker.Rules(), t.tracker.Reading(), standing)
		contributions[i] = c
		if c.Fault {
			inst.fault(now, t.fault, c.Reason)
		} else {
			inst.clear(t.fault)
		}
	}
	inst.priority = priority.Compose(inst.config.Priority, contributions)
	if inst.priority.Effective != inst.router.Priority() {
		inst.priorityChanged(now)
	}
}

// trackerFault begins the sources of faults that trackers raise.
const trackerFault = "tracker:"

// faultOf returns the source of the fault that a tracker raises: that of
// tracker.file.app is "tracker:file.app".
func faultOf(tracker string) string { return trackerFault + strings.TrimPrefix(tracker, "tracker.") }

// forgetTrackers clears the faults of trackers that the instance no longer uses.
func (inst *instance) forgetTrackers() {
	for _, fault := range inst.faults.List() {
		raised := func(t term) bool { return t.fault == fault.Source }
		if strings.HasPrefix(fault.Source, trackerFault) && !slices.ContainsFunc(inst.terms, raised) {
			inst.clear(fault.Source)
		}
	}
}

// priorityChanged tells the router, after the fault, if there is one, that says
// more than a priority does.
func (inst *instance) priorityChanged(now time.Time) {
	inst.applyFaults(now)
	if inst.priorityNews.count == 0 {
		inst.priorityFrom = inst.router.Priority()
	}
	inst.act(now, inst.router.SetPriority(now, inst.priority.Effective))
	inst.priorityNews.add()
	inst.tellPriority(now)
}

func (inst *instance) tellPriority(now time.Time) {
	if !inst.priorityNews.due(now) {
		return
	}
	inst.observe(PriorityChanged{
		Router: inst.config.Name, From: inst.priorityFrom, Priority: inst.priority, Changes: inst.priorityNews.told(now),
	})
}

// waitEnds returns when the instance no longer waits for a tracker's first
// verdict.
func (inst *instance) waitEnds(t *tracker) time.Time {
	if inst.readyAt.IsZero() {
		return time.Time{}
	}
	return inst.readyAt.Add(t.Rules().StartWait)
}

// waitDeadline returns when the next of the waits ends that keep the instance
// from starting, zero if there are none.
func (inst *instance) waitDeadline() time.Time {
	var next time.Time
	for i, c := range inst.priority.Contributions {
		if c.Waiting {
			next = earliest(next, inst.waitEnds(inst.terms[i].tracker))
		}
	}
	return next
}
