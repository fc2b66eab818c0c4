package agent

import (
	"fmt"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/priority"
)

// trackersOutlook says what the trackers of a router are about to say, and how long
// the verdicts are held of those that cannot tell.
func trackersOutlook(r *engine.RouterStatus, trackers []engine.TrackerStatus, now time.Time) (lines []string) {
	for i := range trackers {
		name := trackers[i].Rules.Name
		isOurs := slices.ContainsFunc(r.Priority.Contributions, func(c priority.Contribution) bool { return c.Source == name })
		if line := trackerOutlook(&trackers[i], now); isOurs && line != "" {
			lines = append(lines, "  "+name+" "+line)
		}
	}
	return lines
}

// trackerOutlook returns nothing if what a tracker says is what counts.
func trackerOutlook(t *engine.TrackerStatus, now time.Time) string {
	reading := &t.Reading
	switch {
	case reading.Held && t.Rules.HoldFor == 0:
		return fmt.Sprintf("cannot tell: %v is held until it can, as hold_for is not set", reading.Verdict)
	case reading.Held:
		ends := reading.DoubtSince.Add(t.Rules.HoldFor)
		return fmt.Sprintf("cannot tell: %v is held for %v more, and then it is unhealthy", reading.Verdict, age(max(0, ends.Sub(now))))
	}
	if next := nextVerdict(t, now); next != "" {
		return "is " + next
	}
	return ""
}

// nextVerdict words what a tracker says that does not count yet, nothing if that is
// what counts.
func nextVerdict(t *engine.TrackerStatus, now time.Time) string {
	next := &t.Reading.Next
	says := next.Verdict.String()
	if t.Rules.Measures {
		says = fmt.Sprintf("%v with %d", next.Verdict, next.Value)
	}
	switch {
	case next.Verdict == priority.Unknown:
		return ""
	case !next.At.IsZero():
		return fmt.Sprintf("now %s, which counts if it lasts for %v more: %s", says, age(max(0, next.At.Sub(now))), next.Reason)
	}
	return fmt.Sprintf("now %s, %d of %d times in a row: %s", says, next.Have, next.Need, next.Reason)
}
