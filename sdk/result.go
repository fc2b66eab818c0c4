package sdk

import "fmt"

// Verdict is what a tracker says about the thing it watches.
type Verdict uint8

// The verdicts. The zero value is Unknown.
const (
	// Unknown is the lack of a verdict: the tracker cannot tell.
	Unknown Verdict = iota
	// Healthy means that the thing works.
	Healthy
	// Unhealthy means that it does not, and that this is known.
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

// Result is one sample: a verdict and why. The zero value is unknown without a
// reason.
type Result struct {
	Verdict Verdict
	// Value is the number that was read, by a tracker that measures (see
	// [Measures]); 0 otherwise.
	Value int64
	// Reason says in a few words what was seen, such as "exit status 1". People
	// read it in the middle of the night.
	Reason string
}

// Pass returns a healthy result. The reason is formatted as by [fmt.Sprintf]. From a
// tracker that [Measures] it is the number 0.
func Pass(reason string, args ...any) Result {
	return Result{Verdict: Healthy, Reason: fmt.Sprintf(reason, args...)}
}

// Fail returns an unhealthy result. From a tracker that [Measures] it counts as unknown,
// because it has no number.
func Fail(reason string, args ...any) Result {
	return Result{Verdict: Unhealthy, Reason: fmt.Sprintf(reason, args...)}
}

// CannotTell returns an unknown result: the check itself went wrong, which says
// nothing about the thing checked.
func CannotTell(reason string, args ...any) Result {
	return Result{Verdict: Unknown, Reason: fmt.Sprintf(reason, args...)}
}

// Measured returns the result of a tracker that [Measures]. What the number means
// is configured by the operator's weight, so it is neither good nor bad here.
func Measured(value int64, reason string, args ...any) Result {
	return Result{Verdict: Healthy, Value: value, Reason: fmt.Sprintf(reason, args...)}
}

// Changes returns a function that calls report with a result unless it equals the one
// before it. It is for a [Watch] that looks again and again. The function must not be
// called by two goroutines at once.
func Changes(report func(Result)) func(Result) {
	told, last := false, Result{}
	return func(r Result) {
		if told && r == last {
			return
		}
		told, last = true, r
		report(r)
	}
}
