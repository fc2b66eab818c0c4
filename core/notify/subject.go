package notify

import (
	"fmt"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

// farewell is how long the end of an instance that a reload has removed is waited
// for, until it is taken for granted.
const farewell = 5 * time.Second

// subject is an instance or group, and its queues in the order of the blocks.
type subject struct {
	Subject
	queues []*queue
	// last is the newest event about its state. state is that, empty before the
	// first.
	last  sdk.Event
	state string
	// removed: it is no longer configured and only waits for its end, at the latest
	// when the timer runs out.
	removed bool
	timer   *time.Timer
	// held: nothing is delivered now.
	held bool
}

func (s *subject) queue(block string) *queue {
	i := slices.IndexFunc(s.queues, func(q *queue) bool { return q.block.Name == block })
	if i < 0 {
		return nil
	}
	return s.queues[i]
}

// bind gives a subject the queues of its blocks. Queues that are there go on.
func (d *Dispatcher) bind(s *subject, blocks []Block) {
	old := s.queues
	s.queues = nil
	for i := range blocks {
		if !blocks[i].covers(s.Subject) {
			continue
		}
		at := slices.IndexFunc(old, func(q *queue) bool { return q.block.Name == blocks[i].Name })
		if at < 0 {
			q := newQueue(s.Subject, blocks[i])
			q.told = d.record.told(q)
			s.queues = append(s.queues, q)
			continue
		}
		q := old[at]
		old = slices.Delete(old, at, at+1)
		q.become(blocks[i])
		q.unbound, q.leaving = false, false
		s.queues = append(s.queues, q)
	}
	for _, q := range s.queues {
		d.remind(s, q)
	}
	for _, q := range old {
		q.unbound = true
		q.drop()
		q.rouse()
	}
	s.queues = append(s.queues, old...)
	d.tidy(s)
}

// remove lets go of a subject that is no longer configured.
func (d *Dispatcher) remove(s *subject) {
	if s.removed {
		return
	}
	s.removed = true
	for _, q := range s.queues {
		q.leaving = true
	}
	if s.Group {
		d.end(s, "the group was removed from the configuration")
		return
	}
	s.timer = time.AfterFunc(farewell, func() {
		d.mu.Lock()
		defer d.unlock()
		if s.removed && !d.stopping {
			d.end(s, "the instance was removed from the configuration")
		}
	})
	d.tidy(s)
}

// endAbsent tells hooks of the end of what they know from the process before this one,
// and what is not configured any more.
func (d *Dispatcher) endAbsent(setup Setup) {
	absent := make(map[Subject]*subject)
	for i := range d.record.loaded {
		e := &d.record.loaded[i]
		block := slices.IndexFunc(setup.Blocks, func(b Block) bool { return e.of(&b) })
		if block < 0 || d.subjects[e.Subject] != nil || e.State == stopped {
			continue
		}
		s := absent[e.Subject]
		if s == nil {
			s = &subject{Subject: e.Subject, removed: true, state: e.State, last: sdk.Event{Node: setup.Node}}
			absent[e.Subject] = s
		}
		q := newQueue(e.Subject, setup.Blocks[block])
		q.told, q.leaving = d.record.told(q), true
		s.queues = append(s.queues, q)
	}
	for _, s := range absent {
		d.subjects[s.Subject] = s
		d.end(s, "it was removed from the configuration while no agent ran")
	}
}

func newQueue(s Subject, b Block) *queue {
	return &queue{subject: s, block: b, wake: make(chan struct{}, 1)}
}

// stay takes back that a subject was removed.
func (s *subject) stay() {
	if !s.removed {
		return
	}
	if s.removed = false; s.timer != nil {
		s.timer.Stop()
	}
	if s.state == stopped {
		s.state = ""
	}
}

// Leaving returns who delivers, by [Block.Via], to the hooks of subjects that were
// removed: they are needed until these know that their subjects have stopped. It is
// reported as [Left] whenever one does.
func (d *Dispatcher) Leaving() (via []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.subjects {
		for _, q := range s.queues {
			if q.leaving {
				via = append(via, q.block.Via)
			}
		}
	}
	return via
}

// end tells the hooks that a subject has stopped, if nobody has. Those that were
// never told anything about it are left in peace.
func (d *Dispatcher) end(s *subject, reason string) {
	defer d.tidy(s)
	if s.state == stopped {
		return
	}
	e := d.invent(s, "stopped")
	e.Kind, e.From, e.To, e.Reason = sdk.Transition, s.state, stopped, reason
	e.Peer, e.PeerPriority = "", 0
	if e.From == "" {
		e.From = initialize
	}
	for _, q := range s.queues {
		if s.state != "" || q.heading() != (told{}) {
			d.enqueue(q, e, s.state == "")
		}
	}
	s.state, s.last = stopped, e
}

// invent returns an event of our own, like the last one about a subject.
func (d *Dispatcher) invent(s *subject, what string) sdk.Event {
	e := s.last
	if e.ID == "" {
		e.ID = fmt.Sprintf("%v-%d", s, time.Now().UnixNano())
	}
	d.made++
	e.ID = fmt.Sprintf("%s-%s-%d", e.ID, what, d.made)
	e.Time, e.Coalesced = time.Now(), 0
	if s.Group {
		e.Group = s.Name
	} else {
		e.Instance = s.Name
	}
	return e
}

// remind tells a hook the present state if it neither knows nor will.
func (d *Dispatcher) remind(s *subject, q *queue) {
	if s.state == "" {
		return
	}
	e := s.last
	if e.Kind != sdk.Snapshot {
		e = d.invent(s, "snapshot")
	}
	e.Kind, e.From = sdk.Snapshot, ""
	if it := (item{event: e, silent: !q.block.wants(e)}); !q.heading().knows(&it) {
		d.enqueue(q, e, true)
	}
}

// heading is what the hook will know when everything in its queue is delivered.
func (q *queue) heading() told {
	for _, it := range slices.Backward(q.pending) {
		if isState(it.event) {
			return told{state: it.event.To, silent: it.silent}
		}
	}
	if q.flight != nil && isState(q.flight.event) {
		return told{state: q.flight.event.To}
	}
	return q.told
}

// drop forgets what waits in a queue.
func (q *queue) drop() {
	for _, it := range q.pending {
		if !it.silent {
			q.counters.Lost++
		}
	}
	q.pending = nil
}

// tidy forgets the queues, and the subject, that have nothing left to do.
func (d *Dispatcher) tidy(s *subject) {
	over := s.removed && s.state == stopped
	s.queues = slices.DeleteFunc(s.queues, func(q *queue) bool {
		if q.working || !q.unbound && !over {
			return false
		}
		d.gone.add(q.counters)
		d.changed()
		if q.leaving {
			d.happens(Happening{Outcome: Left, Block: q.block.Name, Subject: q.subject})
		}
		return true
	})
	if over && len(s.queues) == 0 {
		if s.timer != nil {
			s.timer.Stop()
		}
		delete(d.subjects, s.Subject)
	}
}
