package notify

import (
	"context"
	"slices"
	"time"
)

// Stop tells all hooks that their subjects have stopped, if they have not been
// told, and nothing else that still waits. It returns when all have been told, or
// when ctx has ended, which bounds all hooks together; what is not done by then is
// cancelled and lost. A delivery that is in flight may take two fifths of the time
// that is left. Stop returns how many events were lost, and is called once, when
// the addresses are gone; nothing can be posted after it.
func (d *Dispatcher) Stop(ctx context.Context) (lost int) {
	d.lastWords()
	ended := make(chan struct{})
	go func() {
		d.workers.Wait()
		close(ended)
	}()
	var patience <-chan time.Time
	if deadline, ok := ctx.Deadline(); ok {
		patience = time.After(time.Until(deadline) * 2 / 5)
	}
	for waiting := true; waiting; {
		select {
		case <-ended:
			waiting = false
		case <-ctx.Done():
			waiting = false
		case <-patience:
			d.abort()
		}
	}
	lost = d.giveUp()
	d.cancel()
	d.finish(ctx)
	return lost
}

// lastWords queues the end of every subject, as the next thing its hooks hear.
func (d *Dispatcher) lastWords() {
	d.mu.Lock()
	defer d.unlock()
	for _, s := range d.subjects {
		if s.timer != nil {
			s.timer.Stop()
		}
		s.held = false
		d.end(s, "the agent stops")
		for _, q := range s.queues {
			q.collapse()
			q.dropNews()
			q.rouse()
		}
	}
	d.stopping = true
}

// dropNews forgets what waits in a queue but the state.
func (q *queue) dropNews() {
	q.pending = slices.DeleteFunc(q.pending, func(it item) bool {
		if isState(it.event) {
			return false
		}
		q.counters.Lost++
		return true
	})
}

// abort cancels the deliveries that hold up another.
func (d *Dispatcher) abort() {
	d.mu.Lock()
	defer d.unlock()
	for _, s := range d.subjects {
		for _, q := range s.queues {
			waits := slices.ContainsFunc(q.pending, func(it item) bool { return !it.silent })
			if q.flight != nil && q.flight.cancel != nil && waits {
				q.flight.cancel(errHoldsUp)
			}
		}
	}
}

// giveUp counts what is not done as lost, and returns how much that is. Workers
// that are still busy find nothing more to do.
func (d *Dispatcher) giveUp() (lost int) {
	d.mu.Lock()
	defer d.unlock()
	for _, s := range d.subjects {
		for _, q := range s.queues {
			before := q.counters.Lost
			q.drop()
			if f := q.flight; f != nil && !f.lost {
				f.lost = true
				q.counters.Lost++
			}
			if n := int(q.counters.Lost - before); n > 0 {
				lost += n
				d.happens(Happening{Outcome: Lost, Block: q.block.Name, Subject: q.subject, Event: s.last, Err: errEnded})
			}
		}
	}
	return lost
}
