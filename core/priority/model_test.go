package priority_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/priority"
)

// said is a sample and when it came.
type said struct {
	at time.Time
	priority.Sample
}

// counting is what counts according to the model.
type counting struct {
	verdict       priority.Verdict
	value         int64
	held, assumed bool
}

// model works out what counts at now from everything that was ever said, in the
// words of the design and without any cleverness: it looks at the stretch of
// samples since the last one that said nothing, or agreed.
func model(rules priority.Rules, history []said, now time.Time) (c counting) {
	var counted *said
	var stretch []said // of samples that want to change it in one direction
	rises := func(s said) bool {
		if s.Verdict != counted.Verdict {
			return s.Verdict == priority.Healthy
		}
		return s.Value > counted.Value
	}
	mature := func(at time.Time) {
		if len(stretch) == 0 {
			return
		}
		need, delay := max(rules.Fall, 1), rules.FallDelay
		if rises(stretch[0]) {
			need, delay = max(rules.Rise, 1), rules.RiseDelay
		}
		if len(stretch) >= need && !at.Before(stretch[need-1].at.Add(delay)) {
			newest := stretch[len(stretch)-1]
			counted, stretch = &newest, nil
		}
	}
	var doubted time.Time
	for _, s := range history {
		mature(s.at)
		assumed := priority.Unknown
		switch overdue := rules.HoldFor > 0 && s.at.Sub(doubted) >= rules.HoldFor; {
		case doubted.IsZero() || rules.Measures:
		case rules.OnUnknown == priority.Pass:
			assumed = priority.Healthy
		case rules.OnUnknown == priority.Fail || overdue:
			assumed = priority.Unhealthy
		}
		if s.Verdict != priority.Unknown {
			doubted = time.Time{}
		} else if doubted.IsZero() {
			doubted = s.at
		}
		switch {
		case s.Verdict == priority.Unknown:
			stretch = nil
		case counted != nil && s.Verdict == assumed:
			counted, stretch = &s, nil
		case counted == nil:
			counted = &s
		case s.Verdict == counted.Verdict && s.Value == counted.Value:
			stretch = nil
		default:
			if len(stretch) > 0 && (stretch[0].Verdict != s.Verdict || rises(stretch[0]) != rises(s)) {
				stretch = nil
			}
			stretch = append(stretch, s)
			mature(s.at)
		}
	}
	mature(now)
	if counted == nil {
		return c
	}
	c = counting{verdict: counted.Verdict, value: counted.Value}
	doubt := doubtSince(history)
	if doubt.IsZero() {
		return c
	}
	over := rules.HoldFor > 0 && !now.Before(doubt.Add(rules.HoldFor))
	switch {
	case rules.OnUnknown == priority.Pass:
		c.verdict, c.assumed = priority.Healthy, true
	case rules.OnUnknown == priority.Fail || over:
		c.verdict, c.assumed = priority.Unhealthy, true
	default:
		c.held = true
	}
	return c
}

// doubtSince returns since when only unknown samples have come, zero if the last
// was not one.
func doubtSince(history []said) (since time.Time) {
	for _, s := range slices.Backward(history) {
		if s.Verdict != priority.Unknown {
			break
		}
		since = s.at
	}
	return since
}

// TestTrackerAgainstModel plays random samples at random times, with and without
// somebody who looks at the deadline, and compares with the model.
func TestTrackerAgainstModel(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 0))
		rules := priority.Rules{
			Name: "tracker.x", Measures: r.IntN(2) == 0, Rise: r.IntN(4), Fall: r.IntN(4),
			OnUnknown: []priority.Policy{priority.Hold, priority.Hold, priority.Pass, priority.Fail}[r.IntN(4)],
		}
		for _, d := range []*time.Duration{&rules.RiseDelay, &rules.FallDelay, &rules.HoldFor} {
			if r.IntN(2) == 0 {
				*d = time.Duration(r.IntN(5)) * time.Second
			}
		}
		tracker := priority.NewTracker(rules)
		now := time.Unix(1000, 0)
		var history []said
		var trace []string
		for range 40 {
			now = now.Add(time.Duration(r.IntN(4)) * 500 * time.Millisecond)
			for due := tracker.Deadline(); !due.IsZero() && !due.After(now); due = tracker.Deadline() {
				tracker.Tick(due)
			}
			if r.IntN(4) > 0 {
				s := priority.Sample{Verdict: priority.Verdict(r.IntN(3))}
				if rules.Measures && s.Verdict != priority.Unknown {
					s = priority.Sample{Verdict: priority.Healthy, Value: int64(r.IntN(4))}
				}
				before := tracker.Reading()
				changed := tracker.Sample(now, s)
				after := tracker.Reading()
				if changed != (after.Since != before.Since) && !before.Since.Equal(now) {
					t.Fatalf("seed %d: changed=%v, but counts since %v and then %v\n%v", seed, changed, before.Since, after.Since, trace)
				}
				history = append(history, said{now, s})
			}
			trace = append(trace, fmt.Sprintf("%v: %+v", now.Unix(), history[max(0, len(history)-1):]))
			got := tracker.Reading()
			want := model(rules, history, now)
			if (counting{got.Verdict, got.Value, got.Held, got.Assumed}) != want {
				t.Fatalf("seed %d, %+v:\n%v\ncounts as %+v, want %+v", seed, rules, trace, got, want)
			}
		}
	}
}

// TestComposeAgainstModel: whatever the contributions and their order, the
// effective priority is their sum within bounds, and an owner's is its own.
func TestComposeAgainstModel(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		base := uint8(1 + r.IntN(255))
		sum := int(base)
		var list []priority.Contribution
		for range r.IntN(5) {
			c := priority.Contribution{Source: "tracker.x", Value: r.IntN(600) - 300}
			sum += c.Value
			list = append(list, c)
		}
		want := min(max(sum, 1), 254)
		if base == 255 {
			want = 255
		}
		got := priority.Compose(base, list)
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		again := priority.Compose(base, list)
		if int(got.Effective) != want || again.Effective != got.Effective || got.Clamped != (base != 255 && want != sum) {
			t.Errorf("seed %d: %d with %+v comes to %+v, want %d", seed, base, list, got, want)
		}
	}
}

// TestContribution is the table of weights.
func TestContribution(t *testing.T) {
	healthy, unhealthy := priority.Reading{Verdict: priority.Healthy}, priority.Reading{Verdict: priority.Unhealthy}
	unspoken := priority.Reading{}
	measured := func(n int64) priority.Reading { return priority.Reading{Verdict: priority.Healthy, Value: n} }
	lost := func(v priority.Verdict, n int64) priority.Reading {
		return priority.Reading{Verdict: v, Value: n, Assumed: true, Doubt: "no such file"}
	}
	for _, c := range []struct {
		name     string
		measures bool
		weight   int
		reverse  bool
		onStart  priority.Policy
		reading  priority.Reading
		standing priority.Standing
		value    int
		fault    bool
		waiting  bool
	}{
		{name: "fault when unhealthy", reading: unhealthy, fault: true},
		{name: "no fault when healthy", reading: healthy},
		{name: "reverse: fault when healthy", reverse: true, reading: healthy, fault: true},
		{name: "positive while healthy", weight: 10, reading: healthy, value: 10},
		{name: "positive while unhealthy", weight: 10, reading: unhealthy},
		{name: "negative while healthy", weight: -10, reading: healthy},
		{name: "negative while unhealthy", weight: -10, reading: unhealthy, value: -10},
		{name: "reverse positive while unhealthy", weight: 10, reverse: true, reading: unhealthy, value: 10},
		{name: "reverse negative while healthy", weight: -10, reverse: true, reading: healthy, value: -10},

		{name: "waits", onStart: priority.Wait, reading: unspoken, waiting: true},
		{name: "has waited", onStart: priority.Wait, reading: unspoken, standing: priority.Overdue, fault: true},
		{name: "newcomer", onStart: priority.Wait, reading: unspoken, standing: priority.Newcomer},
		{name: "newcomer that fails", onStart: priority.Fail, weight: -10, reading: unspoken, standing: priority.Newcomer},
		{name: "the worse meanwhile", onStart: priority.Wait, weight: 10, reading: unspoken},
		{name: "the worse meanwhile, negative", onStart: priority.Wait, weight: -10, reading: unspoken, value: -10},
		{name: "the worse meanwhile, reverse", onStart: priority.Wait, weight: -10, reverse: true, reading: unspoken, value: -10},
		{name: "passes at start", onStart: priority.Pass, weight: 10, reading: unspoken, value: 10},
		{name: "passes at start, reverse", onStart: priority.Pass, reverse: true, reading: unspoken},
		{name: "fails at start", onStart: priority.Fail, reading: unspoken, fault: true},

		{name: "number", measures: true, weight: 1, reading: measured(5), value: 5},
		{name: "number, negative weight", measures: true, weight: -2, reading: measured(5), value: -10},
		{name: "number, reverse", measures: true, weight: 2, reverse: true, reading: measured(5), value: -10},
		{name: "number as low as a fault", measures: true, weight: 2, reading: measured(-127), value: -254, fault: true},
		{name: "number just above", measures: true, weight: 1, reading: measured(-253), value: -253},
		{name: "weight 0, zero", measures: true, reading: measured(0)},
		{name: "weight 0, not zero", measures: true, reading: measured(-1), fault: true},
		{name: "weight 0, zero, reverse", measures: true, reverse: true, reading: measured(0), fault: true},
		{name: "no number yet", measures: true, weight: 5, onStart: priority.Wait, reading: unspoken},
		{name: "lost and fails", measures: true, weight: 2, reading: lost(priority.Unhealthy, 5)},
		{name: "lost and fails, was bad", measures: true, weight: -2, reading: lost(priority.Unhealthy, 5), value: -10},
		{name: "lost and passes", measures: true, weight: 2, reading: lost(priority.Healthy, 5), value: 10},
		{name: "lost and passes, was bad", measures: true, weight: -2, reading: lost(priority.Healthy, 5)},
		{name: "weight 0, lost and fails", measures: true, reading: lost(priority.Unhealthy, 0), fault: true},
		{name: "weight 0, lost and passes", measures: true, reading: lost(priority.Healthy, 1)},
		{name: "a huge number", measures: true, weight: 254, reading: measured(1 << 62), value: 254 * (1<<31 - 1)},
	} {
		term := priority.Term{Tracker: "tracker.x", Weight: c.weight, Reverse: c.reverse}
		rules := priority.Rules{Measures: c.measures, OnStart: c.onStart}
		got := term.Contribution(rules, c.reading, c.standing)
		if got.Value != c.value || got.Fault != c.fault || got.Waiting != c.waiting {
			t.Errorf("%s: value %d, fault %v, waiting %v; want %d, %v, %v",
				c.name, got.Value, got.Fault, got.Waiting, c.value, c.fault, c.waiting)
		}
	}
}

// TestPriorityString: the arithmetic as people read it.
func TestPriorityString(t *testing.T) {
	for want, p := range map[string]priority.Priority{
		"100": priority.Compose(100, []priority.Contribution{{Source: "tracker.a"}}),
		"60 = 100 + 10 tracker.a - 50 tracker.b": priority.Compose(100, []priority.Contribution{
			{Source: "tracker.a", Value: 10}, {Source: "tracker.b", Value: -50},
		}),
		"1 = 10 - 50 tracker.b (-40, out of 1..254)": priority.Compose(10, []priority.Contribution{{Source: "tracker.b", Value: -50}}),
		"255 (owner)": priority.Compose(255, []priority.Contribution{{Source: "tracker.b", Value: -50}}),
	} {
		if got := p.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
