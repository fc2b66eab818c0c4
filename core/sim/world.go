package sim

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"time"
)

// world is virtual time and everything that happens in it.
type world struct {
	rand   *rand.Rand
	start  time.Time
	now    time.Time
	agenda agenda
	count  uint64 // of events planned, to keep simultaneous ones in order

	nodes    []*node
	segments int      // of the network
	grouped  bool     // the routers of each node are a sync group
	names    []string // of the virtual routers, which every node has
	network  network
	checker  checker

	// What the seed decided for the whole schedule.
	maxLateness        time.Duration // of a loop that could run
	kernelTime         time.Duration // at most, for one order
	troubled           time.Duration // the time of faults
	lasting            bool          // something was wrong from the beginning
	calm               bool          // it is over
	interval           time.Duration // of most routers
	startup, startWait time.Duration
	socketless         bool // some node was, at some time
	// convergence is T_conv of invariant 1, from these.
	convergence, longestDown, longestDelay, longestInterval time.Duration

	tracing bool
	trace   []string
	failure *Violation
}

// epoch is when every schedule begins. Any time will do.
var epoch = time.Unix(1_000_000, 0)

func newWorld(seed uint64, tracing bool) *world {
	w := &world{
		rand:  rand.New(rand.NewPCG(seed, 0x5e4719e1)),
		start: epoch, now: epoch, tracing: tracing,
	}
	w.network.world = w
	w.checker.world = w
	return w
}

// planned is something that will happen.
type planned struct {
	at  time.Time
	seq uint64
	do  func()
}

type agenda []planned

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	if !a[i].at.Equal(a[j].at) {
		return a[i].at.Before(a[j].at)
	}
	return a[i].seq < a[j].seq
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(planned)) }
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	old[len(old)-1] = planned{}
	*a = old[:len(old)-1]
	return last
}

// at plans do for a time, which is not before now.
func (w *world) at(t time.Time, do func()) {
	if t.Before(w.now) {
		t = w.now
	}
	w.count++
	heap.Push(&w.agenda, planned{at: t, seq: w.count, do: do})
}

// after plans do for later.
func (w *world) after(d time.Duration, do func()) { w.at(w.now.Add(d), do) }

// meanwhile plans the end, or another part, of a fault: it does not happen any
// more once the time of faults is over.
func (w *world) meanwhile(d time.Duration, do func()) {
	w.after(d, func() {
		if !w.calm {
			do()
		}
	})
}

// run lets time pass until end, or until an invariant breaks. maxEvents turns a
// storm of events that never ends into a violation instead of a hang.
func (w *world) run(end time.Time) {
	const maxEvents = 2_000_000
	for range maxEvents {
		if w.failure != nil || len(w.agenda) == 0 || w.agenda[0].at.After(end) {
			w.now = end
			return
		}
		next := heap.Pop(&w.agenda).(planned)
		w.now = next.at
		next.do()
		w.checker.step()
	}
	w.fail(0, "more than %d events: a storm", maxEvents)
}

// between returns a random duration.
func (w *world) between(low, high time.Duration) time.Duration {
	if high <= low {
		return low
	}
	return low + time.Duration(w.rand.Int64N(int64(high-low)))
}

// chance is true with the given probability.
func (w *world) chance(p float64) bool { return w.rand.Float64() < p }

// logf adds a line to the trace.
func (w *world) logf(format string, args ...any) {
	if w.tracing {
		w.trace = append(w.trace, fmt.Sprintf("+%.4fs ", w.now.Sub(w.start).Seconds())+fmt.Sprintf(format, args...))
	}
}

// fail records the first violation.
func (w *world) fail(invariant int, format string, args ...any) {
	if w.failure == nil {
		w.failure = &Violation{Invariant: invariant, At: w.now.Sub(w.start), Text: fmt.Sprintf(format, args...)}
		w.logf("INVARIANT %d BROKEN: %s", invariant, w.failure.Text)
	}
}
