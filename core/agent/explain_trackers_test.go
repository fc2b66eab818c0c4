package agent

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/priority"
)

// TestTrackersOutlook: what a tracker says and what does not count yet, or no more, is
// told of the trackers of a router, and of no others.
func TestTrackersOutlook(t *testing.T) {
	now := time.Now()
	sample := func(v priority.Verdict, reason string) priority.Sample {
		return priority.Sample{Verdict: v, Value: 7, Reason: reason}
	}
	good, bad, unsure := sample(priority.Healthy, "exit 0"), sample(priority.Unhealthy, "exit 1"), sample(priority.Unknown, "gone")
	var r engine.RouterStatus
	var trackers []engine.TrackerStatus
	add := func(rules priority.Rules, samples ...priority.Sample) {
		tracker := priority.NewTracker(rules)
		for i, s := range samples {
			tracker.Sample(now.Add(time.Duration(i-len(samples)+1)*time.Second), s)
		}
		trackers = append(trackers, engine.TrackerStatus{Rules: rules, Reading: tracker.Reading()})
		r.Priority.Contributions = append(r.Priority.Contributions, priority.Contribution{Source: rules.Name})
	}
	add(priority.Rules{Name: "fine"}, good, bad, good)
	add(priority.Rules{Name: "silent"})
	add(priority.Rules{Name: "bad"}, good, bad)
	add(priority.Rules{Name: "falls", Fall: 3}, good, bad, bad)
	add(priority.Rules{Name: "delayed", FallDelay: time.Minute}, good, bad)
	add(priority.Rules{Name: "number", Measures: true, RiseDelay: time.Hour}, sample(priority.Unhealthy, "holds 7"), sample(priority.Healthy, "holds 7"))
	add(priority.Rules{Name: "held"}, good, unsure)
	add(priority.Rules{Name: "limited", HoldFor: 10 * time.Second}, good, unsure, unsure)
	add(priority.Rules{Name: "over", HoldFor: time.Second}, good, unsure, unsure)
	add(priority.Rules{Name: "assumed", OnUnknown: priority.Fail}, good, unsure)
	add(priority.Rules{Name: "other's"}, good, unsure)
	r.Priority.Contributions = r.Priority.Contributions[:len(r.Priority.Contributions)-1]
	want := []string{
		"  falls is now unhealthy, 2 of 3 times in a row: exit 1",
		"  delayed is now unhealthy, which counts if it lasts for 1m0s more: exit 1",
		"  number is now healthy with 7, which counts if it lasts for 1h0m0s more: holds 7",
		"  held cannot tell: healthy is held until it can, as hold_for is not set",
		"  limited cannot tell: healthy is held for 9s more, and then it is unhealthy",
	}
	if diff := cmp.Diff(want, trackersOutlook(&r, trackers, now)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
