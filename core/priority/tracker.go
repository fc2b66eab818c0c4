package priority

import (
	"cmp"
	"time"
)

// Tracker applies [Rules] to the samples of one tracker. Make one with
// [NewTracker].
type Tracker struct {
	rules   Rules
	reading Reading
	// next is what the latest samples say, if it is not what counts.
	next Next
	// last is the last verdict of the tracker's that counted.
	last Sample
	had  bool
}

// NewTracker returns a tracker that has said nothing.
func NewTracker(rules Rules) *Tracker { return &Tracker{rules: rules} }

// Rules returns the rules in force.
func (t *Tracker) Rules() Rules { return t.rules }

// SetRules changes the rules. What counts goes on counting, and so does a verdict
// that is about to: a tracker that reports by itself says everything only once.
func (t *Tracker) SetRules(now time.Time, rules Rules) (changed bool) {
	_, before := t.wanted(t.next)
	t.rules = rules
	if n := &t.next; n.Verdict != Unknown {
		need, delay := t.wanted(*n)
		reached := n.At.Add(-before)
		if n.At.IsZero() {
			reached = now
		}
		if n.Need, n.At = need, (time.Time{}); n.Have >= need {
			n.At = reached.Add(delay)
		}
	}
	return t.Tick(now)
}

// wanted returns how many samples it takes until something else counts, and how
// long that must have lasted.
func (t *Tracker) wanted(n Next) (need int, delay time.Duration) {
	if t.rises(n.Verdict, n.Value) {
		return max(t.rules.Rise, 1), t.rules.RiseDelay
	}
	return max(t.rules.Fall, 1), t.rules.FallDelay
}

// Had reports whether there has been a verdict.
func (t *Tracker) Had() bool { return t.had }

// Reading returns what counts.
func (t *Tracker) Reading() Reading {
	r := t.reading
	r.Next = t.next
	return r
}

// Sample takes what the tracker says at now. It reports whether what counts has
// changed.
func (t *Tracker) Sample(now time.Time, s Sample) (changed bool) {
	t.reading.LastSample = now
	if s.Verdict == Unknown {
		t.next = Next{}
		if t.reading.Doubt == "" {
			t.reading.DoubtSince = now
		}
		t.reading.Doubt = cmp.Or(s.Reason, "no reason given")
		return t.doubted(now)
	}
	if t.reading.Doubt != "" {
		t.reading.Doubt, t.reading.DoubtSince = "", time.Time{}
		if t.reading.Assumed && t.reading.Verdict == s.Verdict && !t.rules.Measures {
			return t.settle(now, s) // as was assumed: the one before has been overruled long ago
		}
		changed = t.had && t.count(now, t.last, Reading{}) // what it said before counts again
	}
	switch {
	case !t.had:
		return t.settle(now, s)
	case t.agrees(s):
		t.next = Next{}
		t.last.Reason, t.reading.Reason = s.Reason, s.Reason
		return changed
	}
	t.approach(now, s)
	return t.Tick(now) || changed
}

// agrees reports whether a sample says what the last verdict said.
func (t *Tracker) agrees(s Sample) bool {
	return s.Verdict == t.last.Verdict && s.Value == t.last.Value
}

// approach is one sample more towards another verdict. A number that goes on in
// the direction in which it went is the same news.
func (t *Tracker) approach(now time.Time, s Sample) {
	rises := t.rises(s.Verdict, s.Value)
	need, delay := t.wanted(Next{Verdict: s.Verdict, Value: s.Value})
	if t.next.Verdict != s.Verdict || t.rises(t.next.Verdict, t.next.Value) != rises {
		t.next = Next{Verdict: s.Verdict, Need: need}
	}
	t.next.Value, t.next.Reason = s.Value, s.Reason
	t.next.Have++
	if t.next.Have == t.next.Need {
		t.next.At = now.Add(delay)
	}
}

// rises reports whether a verdict or a number is better, or higher, than the
// last one that counted.
func (t *Tracker) rises(v Verdict, value int64) bool {
	if v != t.last.Verdict {
		return v == Healthy
	}
	return value > t.last.Value
}

// Deadline returns when [Tracker.Tick] must be called; zero is never.
func (t *Tracker) Deadline() time.Time {
	if t.reading.Doubt != "" {
		return t.holdEnds()
	}
	return t.next.At
}

// holdEnds returns when a verdict that is held no longer will be, zero if never.
func (t *Tracker) holdEnds() time.Time {
	if !t.reading.Held || t.rules.HoldFor == 0 {
		return time.Time{}
	}
	return t.reading.DoubtSince.Add(t.rules.HoldFor)
}

// Tick does what is due at now. It reports whether what counts has changed.
func (t *Tracker) Tick(now time.Time) (changed bool) {
	if t.reading.Doubt != "" {
		return t.doubted(now)
	}
	if t.next.At.IsZero() || now.Before(t.next.At) {
		return false
	}
	return t.settle(now, Sample{Verdict: t.next.Verdict, Value: t.next.Value, Reason: t.next.Reason})
}

// settle makes a verdict of the tracker's count.
func (t *Tracker) settle(now time.Time, s Sample) (changed bool) {
	t.next = Next{}
	t.last, t.had = s, true
	return t.count(now, s, Reading{})
}

// doubted decides what counts while the tracker cannot tell.
func (t *Tracker) doubted(now time.Time) (changed bool) {
	if !t.had {
		return false
	}
	rules, doubt := &t.rules, t.reading.Doubt
	overdue := rules.HoldFor > 0 && !now.Before(t.reading.DoubtSince.Add(rules.HoldFor))
	switch {
	case rules.OnUnknown == Pass:
		return t.count(now, Sample{Healthy, t.last.Value, doubt}, Reading{Assumed: true})
	case rules.OnUnknown == Fail || overdue:
		return t.count(now, Sample{Unhealthy, t.last.Value, doubt}, Reading{Assumed: true})
	}
	return t.count(now, t.last, Reading{Held: true})
}

// count makes s what counts, on the footing given by Held or Assumed.
func (t *Tracker) count(now time.Time, s Sample, footing Reading) (changed bool) {
	r := &t.reading
	changed = r.Verdict != s.Verdict || r.Value != s.Value || r.Assumed != footing.Assumed
	r.Verdict, r.Value, r.Reason = s.Verdict, s.Value, s.Reason
	r.Held, r.Assumed = footing.Held, footing.Assumed
	if changed {
		r.Since = now
	}
	return changed
}
