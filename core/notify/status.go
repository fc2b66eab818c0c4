package notify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/legible"
)

// Counters count events. Queued is the sum of the next six, of those that wait,
// and of the one in flight.
type Counters struct {
	// Queued were wanted by a block.
	Queued uint64 `json:"queued"`
	// Delivered are those that the hook took.
	Delivered uint64 `json:"delivered"`
	// Coalesced were merged into a newer one.
	Coalesced uint64 `json:"coalesced"`
	// Expired failed, and something newer came or the retries were used up; or they
	// were too old to be tried.
	Expired uint64 `json:"expired"`
	// Rejected are those that the hook would not have.
	Rejected uint64 `json:"rejected"`
	// Unchanged told the hook what it knew already.
	Unchanged uint64 `json:"unchanged"`
	// Lost were given up because the agent ended or the block was removed.
	Lost uint64 `json:"lost"`

	// Called counts attempts, whatever came of them. Retried are those after the
	// first of an event, TimedOut those that outlasted their timeout.
	Called   uint64 `json:"called"`
	Retried  uint64 `json:"retried"`
	TimedOut uint64 `json:"timed_out"`
}

func (c *Counters) add(other Counters) {
	c.Queued += other.Queued
	c.Delivered += other.Delivered
	c.Coalesced += other.Coalesced
	c.Expired += other.Expired
	c.Rejected += other.Rejected
	c.Unchanged += other.Unchanged
	c.Lost += other.Lost
	c.Called += other.Called
	c.Retried += other.Retried
	c.TimedOut += other.TimedOut
}

func (c *Counters) count(o Outcome) {
	switch o {
	case Delivered:
		c.Delivered++
	case Expired:
		c.Expired++
	case Rejected:
		c.Rejected++
	case Lost:
		c.Lost++
	case Retrying, Overflowed, RecordFailed, Left:
	}
}

// Outcome is what became of an event, or happened on the way.
type Outcome uint8

// The outcomes.
const (
	// Delivered: the hook took it.
	Delivered Outcome = iota + 1
	// Expired: given up, see [Counters].
	Expired
	// Rejected by the hook.
	Rejected
	// Lost: given up, see [Counters].
	Lost
	// Retrying: an attempt failed and there will be another.
	Retrying
	// Overflowed: a queue is full and begins to merge events. It is said again when
	// it has been empty in between.
	Overflowed
	// RecordFailed: what was delivered cannot be written down. It is said again
	// when it has worked in between.
	RecordFailed
	// Left: a block has nothing more to do with a subject that was removed, see
	// [Dispatcher.Leaving].
	Left
)

// String returns the outcome in a word or two.
func (o Outcome) String() string {
	switch o {
	case Delivered:
		return "delivered"
	case Expired:
		return "expired"
	case Rejected:
		return "rejected"
	case Lost:
		return "lost"
	case Retrying:
		return "retrying"
	case Overflowed:
		return "overflowed"
	case RecordFailed:
		return "record failed"
	case Left:
		return "left"
	}
	return fmt.Sprintf("outcome(%d)", uint8(o))
}

// Happening is something to log or to act upon. Fields that mean nothing for its outcome are
// empty.
type Happening struct {
	Outcome Outcome
	Block   string
	Subject Subject
	Event   sdk.Event
	// Attempt is the last one, counted from 1; 0 if there was none.
	Attempt int
	// Waited is the time from Post to the first attempt, Took that of the last.
	Waited, Took time.Duration
	// Next is when a [Retrying] delivery is tried again, from now.
	Next time.Duration
	// Err is why.
	Err error
}

// Status is what a dispatcher does.
type Status struct {
	// Total counts for all queues, and for those that are no more.
	Total Counters `json:"total"`
	// Queues are in order of block and subject.
	Queues []QueueStatus `json:"queues"`
	// RecordFailures counts attempts to write down what was delivered that failed,
	// and RecordError is why the last one did, if it did.
	RecordFailures uint64 `json:"record_failures"`
	RecordError    string `json:"record_error,omitempty"`
}

// QueueStatus is one queue.
type QueueStatus struct {
	Block   string  `json:"block"`
	Subject Subject `json:"subject"`
	// State is idle, delivering, retrying, or overdue: a delivery that has outlasted
	// its timeout and does not end.
	State string `json:"state"`
	// Event is the one in flight or to be retried, after Attempt attempts, the last
	// of which began at Since.
	Event   *sdk.Event `json:"event,omitempty"`
	Attempt int        `json:"attempt,omitempty"`
	Since   *time.Time `json:"since,omitempty"`
	// Next is when it is tried again.
	Next *time.Time `json:"next,omitempty"`
	// Pending is how many wait, Oldest since when the first does.
	Pending int        `json:"pending"`
	Oldest  *time.Time `json:"oldest,omitempty"`
	// Told is the state that the hook was told last, empty if it is not certain.
	Told string `json:"told,omitempty"`
	// LastError is of the last attempt that failed, at LastErrorAt, until one
	// succeeds.
	LastError   string     `json:"last_error,omitempty"`
	LastErrorAt *time.Time `json:"last_error_at,omitempty"`
	Counters    Counters   `json:"counters"`
}

// Status returns what the dispatcher does.
func (d *Dispatcher) Status() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := Status{Total: d.gone, Queues: []QueueStatus{}, RecordFailures: d.record.failures, RecordError: d.record.problem}
	now := time.Now()
	for _, subject := range d.subjects {
		for _, q := range subject.queues {
			s.Total.add(q.counters)
			s.Queues = append(s.Queues, q.status(now))
		}
	}
	slices.SortFunc(s.Queues, func(a, b QueueStatus) int {
		return cmp.Or(cmp.Compare(a.Block, b.Block), compareSubjects(a.Subject, b.Subject))
	})
	return s
}

func (q *queue) status(now time.Time) QueueStatus {
	s := QueueStatus{
		Block: q.block.Name, Subject: q.subject, State: "idle", Pending: len(q.pending),
		LastError: q.problem, Counters: q.counters,
	}
	if !q.told.silent && !q.told.rejected {
		s.Told = q.told.state
	}
	if q.problem != "" {
		s.LastErrorAt = new(q.problemAt)
	}
	if len(q.pending) > 0 {
		s.Oldest = new(q.pending[0].queued)
	}
	if f := q.flight; f != nil && !f.lost {
		s.Event, s.Attempt, s.Since = new(f.event), f.attempt, new(f.began)
		switch {
		case !f.next.IsZero():
			s.State, s.Next = "retrying", new(f.next)
		case now.After(f.deadline):
			s.State = "overdue"
		default:
			s.State = "delivering"
		}
	}
	return s
}

func compareSubjects(a, b Subject) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.String(), b.String()))
}

// longestProblem bounds what people have to read, in bytes.
const longestProblem = 512

func problem(err error) string { return legible.Line(err.Error(), longestProblem) }
