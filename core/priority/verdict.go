package priority

import (
	"fmt"
	"time"
)

// Verdict is what a tracker thinks of what it watches.
type Verdict uint8

// The verdicts. The zero value is Unknown.
const (
	// Unknown is the lack of a verdict.
	Unknown Verdict = iota
	Healthy
	Unhealthy
)

// String returns the verdict's name as in status.
func (v Verdict) String() string {
	switch v {
	case Unknown:
		return "unknown"
	case Healthy:
		return "healthy"
	case Unhealthy:
		return "unhealthy"
	}
	return fmt.Sprintf("verdict(%d)", uint8(v))
}

// Policy says what to make of a tracker without a verdict.
type Policy uint8

// The policies.
const (
	// Hold goes on with the last verdict (on_unknown only, and its default).
	Hold Policy = iota
	// Wait for the first verdict (on_start only, and its default).
	Wait
	// Pass counts as healthy.
	Pass
	// Fail counts as unhealthy.
	Fail
)

// String returns the policy's name in the configuration.
func (p Policy) String() string {
	return [...]string{"hold", "wait", "pass", "fail"}[p]
}

// Rules are what an operator has configured about one tracker, whatever it
// watches.
type Rules struct {
	// Name is the tracker's, as it is referred to: "tracker.file.app".
	Name string
	// Subject identifies what is watched. Under another subject the name is
	// another tracker.
	Subject string
	// Measures: the samples carry numbers.
	Measures bool
	// Interval is how often it is polled, and Timeout how long that may take; zero
	// if it reports by itself.
	Interval, Timeout time.Duration
	// Rise and Fall are how many equal samples in a row make a verdict, after
	// the first; 0 is 1.
	Rise, Fall int
	// RiseDelay and FallDelay are how long a new verdict, or a number that is
	// higher or lower than before, must have lasted.
	RiseDelay, FallDelay time.Duration
	// OnStart is Wait, Pass or Fail; it holds until the first verdict.
	OnStart Policy
	// StartWait limits Wait.
	StartWait time.Duration
	// OnUnknown is Hold, Pass or Fail; it holds when there are no verdicts any
	// more.
	OnUnknown Policy
	// HoldFor limits Hold; after it the tracker counts as unhealthy. 0 is no
	// limit.
	HoldFor time.Duration
}

// Sample is what a tracker said at one moment.
type Sample struct {
	Verdict Verdict
	// Value is the number measured, with a Verdict other than Unknown.
	Value  int64
	Reason string
}

// Reading is what the rules make of a tracker's samples: what counts, and why.
type Reading struct {
	// Verdict is Unknown until there has been one.
	Verdict Verdict
	// Value is the number that counts, of a tracker that measures.
	Value int64
	// Reason is that of the sample that decided.
	Reason string
	// Since is when verdict and value became what they are.
	Since time.Time
	// Held: the tracker cannot tell any more, and Verdict is from before.
	Held bool
	// Assumed: the tracker cannot tell any more, and Verdict is what on_unknown
	// says. Value is still the last one.
	Assumed bool
	// Doubt is why the tracker cannot tell at present, since DoubtSince; empty
	// if it can.
	Doubt      string
	DoubtSince time.Time
	// LastSample is when it last said anything; zero if never.
	LastSample time.Time
	// Next is a verdict that is about to count. It is Unknown if there is none.
	Next Next
}

// Next is a verdict, or a value, that does not count yet.
type Next struct {
	Verdict Verdict
	Value   int64
	// Have of Need samples in a row have said so.
	Have, Need int
	// At is when the delay is over, if enough samples have; else zero.
	At time.Time
	// Reason is that of the last of them.
	Reason string
}
