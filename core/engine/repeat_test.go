package engine_test

import (
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/priority"
)

// TestRepeats: what changes nothing wakes nobody, and is known all the same;
// everything else is heard, in order.
func TestRepeats(t *testing.T) {
	setup := setupOf(100)
	setup.Trackers = []priority.Rules{{Name: "tracker.a", Fall: 3, FallDelay: time.Minute, OnStart: priority.Pass}}
	setup.Terms = map[string][]priority.Term{"VI_1": {{Tracker: "tracker.a"}}}
	woken := 0
	v, e := newVoid(setup, func() { woken++ })
	pass, fail := priority.Sample{Verdict: priority.Healthy, Reason: "exit 0"}, priority.Sample{Verdict: priority.Unhealthy, Reason: "exit 1"}
	unknown := priority.Sample{Reason: "the plugin died"}
	reading := func() priority.Reading { return e.Status().Trackers[0].Reading }
	post := func(what string, want int, samples ...priority.Sample) {
		t.Helper()
		v.now = v.now.Add(time.Second)
		before := woken
		for _, s := range samples {
			e.Post(engine.Sampled{Tracker: "tracker.a", Sample: s})
		}
		if woken-before != want {
			t.Errorf("%s: woken %d times, want %d", what, woken-before, want)
		}
		if woken > before {
			e.Turn()
		}
		if at := reading().LastSample; !at.Equal(v.now) {
			t.Errorf("%s: the last sample was at %v, want %v", what, at, v.now)
		}
	}
	post("the first ones", 2, pass, pass)
	post("more of the same", 0, pass, pass, pass)
	post("another and the same again", 2, fail, pass)
	post("the same after that", 0, pass)
	post("a failure", 1, fail)
	post("a second", 1, fail)
	if next := reading().Next; next.Have != 2 {
		t.Errorf("%d failures count", next.Have)
	}
	post("a third, with a delay", 1, fail)
	post("one more during the delay", 1, fail)
	v.now = v.now.Add(time.Minute)
	e.Turn()
	post("what counts now", 1, fail)
	post("and again", 0, fail)
	post("the same in other words", 1, priority.Sample{Verdict: priority.Unhealthy, Reason: "exit 2"})
	post("no verdict", 1, unknown)
	post("still none", 1, unknown)
	post("one that holds", 1, priority.Sample{Verdict: priority.Unhealthy, Reason: "exit 2"})
	if r := reading(); r.Verdict != priority.Unhealthy || r.Doubt != "" {
		t.Errorf("in the end: %+v", r)
	}

	without := setupOf(100)
	e.Post(engine.Reload{Setup: without})
	e.Turn()
	e.Post(engine.Reload{Setup: setup})
	e.Turn()
	post("the first of a tracker that was away", 1, priority.Sample{Verdict: priority.Unhealthy, Reason: "exit 2"})
	if r := reading(); r.Verdict != priority.Unhealthy {
		t.Errorf("after the reload: %+v", r)
	}
}
