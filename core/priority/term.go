package priority

import (
	"fmt"
	"math"
	"time"
)

// Term is what one tracker means to one router.
type Term struct {
	// Tracker is the tracker's name.
	Tracker string
	// Weight is 0 if unhealthy is a fault; else what is added while healthy
	// (positive) or unhealthy (negative). A number measured is multiplied by it.
	Weight int
	// Reverse turns the sense of verdicts round, but not that of what is assumed
	// in place of one: pass is good for the router, and fail is bad.
	Reverse bool
}

// Standing is a router's relation to a tracker that has had no verdict yet.
type Standing uint8

// The standings. The zero value is Awaited.
const (
	// Awaited: the router has just started and waits for the verdict.
	Awaited Standing = iota
	// Overdue: it has waited long enough.
	Overdue
	// Newcomer: the tracker was added to a running router, which it does not
	// disturb before it has something to say.
	Newcomer
)

// Contribution is what a term comes to.
type Contribution struct {
	// Source is the tracker's name.
	Source string
	Weight int
	// Value is what is added to the base priority.
	Value int
	// Fault: the router cannot serve because of it.
	Fault bool
	// Waiting: the router must not begin before the tracker's first verdict.
	Waiting bool
	// Verdict is the tracker's, before it is turned round.
	Verdict Verdict
	// Reason says why, and Since when.
	Reason string
	Since  time.Time
}

// faultProduct: a number times its weight that is as low as this is a fault
// (as in keepalived's track_file).
const faultProduct = -254

// Contribution returns what a term comes to, given the reading of its tracker.
func (t Term) Contribution(rules Rules, reading Reading, standing Standing) Contribution {
	c := Contribution{Source: t.Tracker, Weight: t.Weight, Verdict: reading.Verdict, Reason: reading.Reason, Since: reading.Since}
	verdict, assumed := reading.Verdict, reading.Assumed
	switch {
	case reading.Held:
		c.Reason = fmt.Sprintf("%s (held: %s)", reading.Reason, reading.Doubt)
	case reading.Assumed && rules.OnUnknown == Hold:
		c.Reason = "hold_for is over: " + reading.Doubt
	case reading.Assumed:
		c.Reason = "on_unknown: " + reading.Doubt
	case verdict == Unknown:
		c.Reason = "no verdict yet"
		if reading.Doubt != "" {
			c.Reason += ": " + reading.Doubt
		}
		if standing == Newcomer {
			return c
		}
		c.Waiting = t.Weight == 0 && rules.OnStart == Wait && standing == Awaited
		if c.Waiting {
			return c
		}
		verdict, assumed = Unhealthy, true
		if rules.OnStart == Pass {
			verdict = Healthy
		}
	}
	if rules.Measures {
		t.measured(&c, verdict, assumed, reading.Value)
		return c
	}
	good := verdict == Healthy
	if t.Reverse && !assumed {
		good = !good
	}
	switch {
	case t.Weight == 0:
		c.Fault = !good
	case good == (t.Weight > 0):
		c.Value = t.Weight
	}
	return c
}

// measured completes the contribution of a number. One that is only assumed
// counts if that is the better, or the worse, for the router.
func (t Term) measured(c *Contribution, verdict Verdict, assumed bool, value int64) {
	if t.Weight == 0 {
		good := value == 0
		if assumed {
			good = verdict == Healthy
		} else if t.Reverse {
			good = !good
		}
		c.Fault = !good
		return
	}
	weight := int64(t.Weight)
	if t.Reverse {
		weight = -weight
	}
	product := weight * min(max(value, math.MinInt32), math.MaxInt32)
	if assumed && verdict == Healthy {
		product = max(product, 0)
	} else if assumed {
		product = min(product, 0)
	}
	c.Value = int(product)
	c.Fault = product <= faultProduct
}
