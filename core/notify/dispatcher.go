package notify

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

// Dispatcher delivers events to hooks. Make one with [New]; all methods can be
// called from any goroutine, and only Stop waits for anything.
type Dispatcher struct {
	report  func(Happening)
	workers sync.WaitGroup
	ctx     context.Context // of all deliveries
	cancel  context.CancelFunc

	mu       sync.Mutex // guards the rest and all queues; never held while anything waits
	subjects map[Subject]*subject
	gone     Counters // of queues that are no more
	made     uint64   // events of our own
	stopping bool
	record   record
	happened []Happening // to be reported when mu is let go of
}

// queue is what one block is to be told of one subject.
type queue struct {
	subject Subject
	block   Block
	pending []item
	flight  *flight // in the hands of the worker, or nil
	working bool    // a worker runs
	// wake interrupts the worker's pause; hasten makes it try again at once, also
	// when the attempt under way fails.
	wake   chan struct{}
	hasten bool
	// unbound: the block has nothing to do with the subject any more. leaving: the
	// subject is no longer configured.
	unbound, leaving bool
	overflowing      bool
	told             told
	problem          string // of the last attempt that failed, until one succeeds
	problemAt        time.Time
	counters         Counters
}

// New returns a dispatcher without hooks. What was delivered by the process before
// this one is read from notified.json in a directory, and what this one delivers
// is written there; empty is nowhere. report is called from any goroutine, and
// must not block.
func New(directory string, report func(Happening)) *Dispatcher {
	ctx, cancel := context.WithCancel(context.Background())
	d := &Dispatcher{report: report, ctx: ctx, cancel: cancel, subjects: make(map[Subject]*subject)}
	if err := d.record.open(directory); err != nil {
		report(Happening{Outcome: RecordFailed, Err: err})
	}
	return d
}

// happens notes something to report; unlock does that.
func (d *Dispatcher) happens(h Happening) { d.happened = append(d.happened, h) }

func (d *Dispatcher) unlock() {
	happened := d.happened
	d.happened = nil
	d.mu.Unlock()
	for _, h := range happened {
		d.report(h)
	}
}

// Set makes these the hooks. It comes before the engine knows of the
// configuration, so that no event is missed.
//
// A hook that is new to a subject, or is not the same any more, is told the
// subject's present state. One that has nothing to do with a subject any more
// hears nothing more, and what waits for it is lost. The hooks of a subject that is
// gone are told that it has stopped: of a group now, of an instance when it has, or
// soon; of one that the process before this one told them of, at the first Set.
func (d *Dispatcher) Set(setup Setup) {
	d.mu.Lock()
	defer d.unlock()
	if d.stopping {
		return
	}
	wanted := make(map[Subject]bool, len(setup.Subjects))
	for _, s := range setup.Subjects {
		wanted[s] = true
		if d.subjects[s] == nil {
			d.subjects[s] = &subject{Subject: s}
		}
	}
	for _, s := range d.subjects {
		if wanted[s.Subject] {
			s.stay()
			d.bind(s, setup.Blocks)
			continue
		}
		for i := range setup.Blocks {
			if q := s.queue(setup.Blocks[i].Name); q != nil {
				q.become(setup.Blocks[i])
			}
		}
		d.remove(s)
	}
	d.endAbsent(setup)
	d.record.forget()
	d.changed()
}

// Post queues an event for whoever wants it. An event about a subject that is not
// configured is for nobody, except that one that was removed may still stop. A
// [sdk.Snapshot] says what the present state is, in case somebody does not know.
func (d *Dispatcher) Post(e sdk.Event) {
	d.mu.Lock()
	defer d.unlock()
	s := d.subjects[SubjectOf(e)]
	if s == nil || d.stopping || s.removed && s.state == stopped {
		return
	}
	if !isState(e) {
		for _, q := range s.queues {
			if q.block.wants(e) {
				d.enqueue(q, e, false)
			}
		}
		return
	}
	if e.To == initialize {
		s.state = "" // nobody is told; the next state is a first one again
		return
	}
	s.last, s.state = e, e.To
	for _, q := range s.queues {
		if e.Kind == sdk.Snapshot {
			d.remind(s, q)
		} else {
			d.enqueue(q, e, e.From == initialize)
		}
	}
	d.tidy(s)
}

// Restarted says that whoever delivers for blocks, their [Block.Via], is another
// process now, or one at last, which has been given nothing yet: what waits for them
// is reduced to the present state, and a delivery that waits for the process is taken
// back if it is of something older.
func (d *Dispatcher) Restarted(via string) {
	d.mu.Lock()
	defer d.unlock()
	for _, s := range d.subjects {
		for _, q := range s.queues {
			if q.block.Via == via && !d.stopping {
				q.restart()
				d.remind(s, q)
			}
			q.recall(via)
		}
	}
}

// become makes the queue that of the block as it is configured now.
func (q *queue) become(b Block) {
	before := q.block
	q.block = b
	if before.Identity != b.Identity {
		q.told = told{}
		q.hurry()
	}
	if before.Via != b.Via {
		q.restart()
	}
}

// restart is for a queue whose events somebody else delivers now.
func (q *queue) restart() {
	q.collapse()
	q.hurry()
}

// hurry cuts the pause short that the hook was given until now.
func (q *queue) hurry() {
	q.hasten = q.flight != nil
	q.rouse()
}

// recall takes back the delivery that waits for somebody, if there is something newer
// of its kind.
func (q *queue) recall(via string) {
	if f := q.flight; f != nil && f.cancel != nil && f.block.Via == via && slices.ContainsFunc(q.pending, f.sameClass) {
		f.cancel(errNewer)
	}
}

func (q *queue) collapse() {
	var coalesced int
	q.pending, coalesced = collapse(q.pending)
	q.counters.Coalesced += uint64(coalesced)
}

// enqueue appends an event to a queue and sees to it that somebody works on it.
func (d *Dispatcher) enqueue(q *queue, e sdk.Event, reminder bool) {
	if q.unbound {
		return
	}
	it := item{event: e, silent: !q.block.wants(e), reminder: reminder, queued: time.Now()}
	if !it.silent {
		q.counters.Queued++
	}
	var coalesced int
	q.pending, coalesced = push(q.pending, it)
	if q.counters.Coalesced += uint64(coalesced); coalesced > 0 && !q.overflowing {
		q.overflowing = true
		d.happens(Happening{Outcome: Overflowed, Block: q.block.Name, Subject: q.subject, Event: e})
	}
	if q.working {
		q.rouse()
		return
	}
	q.working = true
	d.workers.Go(func() { d.work(q) })
}

// rouse makes the worker look again.
func (q *queue) rouse() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
