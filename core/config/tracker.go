package config

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/sdk"
)

// The limits of what a tracker block says.
const (
	maxWeight        = 253 // of a verdict
	maxMeasureWeight = 254 // of a number
	maxStreak        = 1000
	minPoll          = 10 * time.Millisecond
	// eventWait is how long a router waits for the first verdict of a tracker that
	// is not polled.
	eventWait = time.Second
)

// tracker is a tracker block as it was read.
type tracker struct {
	*block
	config Tracker
	weight setting[int]
	// reverse turns the sense of its verdicts round.
	reverse bool
	used    bool
}

// fullName is how a tracker or a hook is referred to.
func (b *block) fullName() string { return b.shape.name + "." + strings.Join(b.labels, ".") }

// readTracker reads a tracker block: Sentinel's part of it, then the tracker's.
func (l *loader) readTracker(b *block) {
	t := &tracker{block: b}
	if first := l.trackers[b.fullName()]; first == nil {
		l.trackers[b.fullName()] = t // of two with one name, which has been reported, the first counts
	}
	kind := b.shape.tracker
	if kind == nil {
		return // reported; it is there, so that a reference to it is no second mistake
	}
	t.config.Type = *kind
	t.config.Isolated = b.readIsolated()
	t.readWeight()
	t.reverse = read(b, "reverse", false, boolean).value
	t.readRules()
	t.config.Values = b.readOwn(kind.Schema(), kind.Validate)
	t.config.Rules.Subject = fmt.Sprintf("%s %#v", kind.Name(), t.config.Values) // quoted, and maps in order
}

func (t *tracker) readWeight() {
	most := t.mostWeight()
	if t.config.Type.Measures() {
		t.weight = require(t.block, "weight", "What is read is multiplied by it: weight = 1; 0 makes every number but 0 a fault.", whole(-most, most))
		return
	}
	t.weight = read(t.block, "weight", 0, whole(-most, most))
}

// mostWeight is the largest weight of the tracker. A plugin that is broken may be one
// that measures.
func (t *tracker) mostWeight() int {
	if t.config.Type.Measures() || t.shape.free {
		return maxMeasureWeight
	}
	return maxWeight
}

// readRules reads what is the same for every tracker.
func (t *tracker) readRules() {
	b, kind := t.block, &t.config.Type
	policies := func(first string, value priority.Policy) conversion[priority.Policy] {
		return choice([]string{first, "pass", "fail"}, []priority.Policy{value, priority.Pass, priority.Fail}, nil)
	}
	t.config.Rules = priority.Rules{
		Name: b.fullName(), Measures: kind.Measures(), StartWait: eventWait,
		RiseDelay: read(b, "rise_delay", 0, duration(0, longest)).value,
		FallDelay: read(b, "fall_delay", 0, duration(0, longest)).value,
		OnStart:   read(b, "on_start", priority.Wait, policies("wait", priority.Wait)).value,
		OnUnknown: read(b, "on_unknown", priority.Hold, policies("hold", priority.Hold)).value,
	}
	hold := read(b, "hold_for", 0, duration(0, 24*longest))
	t.config.Rules.HoldFor = hold.value
	if hold.value > 0 && t.config.Rules.OnUnknown != priority.Hold {
		b.report.warnf(hold.at, "No effect", "hold_for limits on_unknown = \"hold\", and on_unknown is %q here. Remove one of the two.", t.config.Rules.OnUnknown)
	}
	if !kind.Polled() {
		t.refusePolling()
		return
	}
	interval := read(b, "interval", time.Second, duration(minPoll, longest))
	timeout := read(b, "timeout", interval.value, duration(minPoll, longest))
	t.config.Rules.StartWait = timeout.value
	t.config.Rules.Interval, t.config.Rules.Timeout = interval.value, timeout.value
	t.config.Rules.Rise = read(b, "rise", 1, whole(1, maxStreak)).value
	t.config.Rules.Fall = read(b, "fall", 1, whole(1, maxStreak)).value
	t.config.Schedule = sdk.Schedule{Interval: interval.value, Timeout: timeout.value, Phase: phase(b.fullName(), interval.value)}
}

// refusePolling reports what means nothing to a tracker that reports by itself.
func (t *tracker) refusePolling() {
	for _, name := range []string{"interval", "timeout", "rise", "fall"} {
		if attr := t.attributes[name]; attr != nil {
			advice := "Remove the line."
			if name == "rise" || name == "fall" {
				advice = fmt.Sprintf("Write %s_delay, the time that a change must have lasted.", name)
			}
			t.report.errorf(attr.NameRange, "Not polled", "%s has no meaning for a %s tracker, which reports by itself whenever something changes. %s", name, t.config.Type.Name(), advice)
		}
	}
}

// phase spreads trackers over their interval by their names, so that they do not
// all run at the same moment, and do at the same moments after a restart.
func phase(name string, interval time.Duration) time.Duration {
	h := fnv.New64a()
	h.Write([]byte(name))
	return time.Duration(h.Sum64() % uint64(interval))
}
