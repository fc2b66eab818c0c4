package engine

import (
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/priority"
)

// tracker is one tracker, which several routers may use.
type tracker struct {
	engine *Engine
	*priority.Tracker
	news news
	// reported is what was last told to the observer.
	reported priority.Reading
	// remindAt is when it is told again that it cannot tell.
	remindAt time.Time
}

// remindInterval is how often an operator is reminded of a tracker that cannot
// tell, whatever counts meanwhile.
const remindInterval = time.Minute

func (e *Engine) newTracker(rules priority.Rules) *tracker {
	return &tracker{engine: e, Tracker: priority.NewTracker(rules)}
}

// tracker returns the tracker of a name, or nil.
func (e *Engine) tracker(name string) *tracker {
	i := slices.IndexFunc(e.trackers, func(t *tracker) bool { return t.Rules().Name == name })
	if i < 0 {
		return nil
	}
	return e.trackers[i]
}

// sampled takes what a tracker says.
func (e *Engine) sampled(now time.Time, in Sampled) {
	t := e.tracker(in.Tracker)
	if t == nil || t.Rules().Subject != in.Subject {
		e.heard(in, false)
		return // of before a reload
	}
	before := t.Reading()
	changed := t.Sample(now, in.Sample)
	after := t.Reading()
	if changed || after.Reason != before.Reason || after.Doubt != before.Doubt || after.Held != before.Held {
		t.settled(now, changed)
	}
	e.heard(in, after.Doubt == "" && after.Next.Verdict == priority.Unknown)
}

func (t *tracker) deadline() time.Time {
	return earliest(earliest(t.Deadline(), t.remindAt), t.news.deadline())
}

func (t *tracker) tick(now time.Time) {
	if due(t.Deadline(), now) {
		t.settled(now, t.Tick(now))
	}
	if due(t.remindAt, now) {
		t.remindAt = now.Add(remindInterval)
		t.engine.observer.Observe(TrackerDoubted{Tracker: t.Rules().Name, Reading: t.Reading()})
	}
	if t.news.due(now) {
		t.tell(now)
	}
}

// settled tells the observer what is new, and whoever uses the tracker that it
// must be weighed again.
func (t *tracker) settled(now time.Time, changed bool) {
	t.noted(now, changed)
	for _, inst := range t.engine.instances {
		// A doubt changes what a contribution says, if not what it comes to.
		inst.unweighed = inst.unweighed || inst.uses(t)
	}
}

// noted tells the observer what is new, now or soon.
func (t *tracker) noted(now time.Time, changed bool) {
	r, was := t.Reading(), &t.reported
	switch {
	case r.Doubt == "":
		t.remindAt = time.Time{}
	case t.remindAt.IsZero():
		t.remindAt = now.Add(remindInterval)
	}
	if changed || (r.Doubt == "") != (was.Doubt == "") {
		t.news.add()
		if t.news.due(now) {
			t.tell(now)
		}
	}
}

func (t *tracker) tell(now time.Time) {
	t.reported = t.Reading()
	t.engine.observer.Observe(TrackerChanged{
		Tracker: t.Rules().Name, Reading: t.reported, Changes: t.news.told(now),
	})
}

// news limits how often something that changes is reported: at once, then at
// most once a second, the newest and how many there were.
type news struct {
	count int
	from  time.Time // not before
}

// newsInterval is the shortest time between two reports of the same thing.
const newsInterval = time.Second

func (n *news) add() { n.count++ }

func (n *news) due(now time.Time) bool { return n.count > 0 && !now.Before(n.from) }

func (n *news) deadline() time.Time {
	if n.count == 0 {
		return time.Time{}
	}
	return n.from
}

func (n *news) told(now time.Time) (count int) {
	count = n.count
	n.count, n.from = 0, now.Add(newsInterval)
	return count
}
