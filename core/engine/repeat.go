package engine

import (
	"maps"
	"time"

	"github.com/sentinel-ha/sentinel/core/priority"
)

// repeats are what trackers said last, by name. One that is polled says mostly the
// same, and hundreds of them do so hundreds of times a second: what changes nothing
// is noted, and the loop sleeps on. The engine's mutex guards them.
type repeats map[string]*repeat

type repeat struct {
	said    Sampled
	pending int // samples in the inbox
	// idle: said agrees with what counts, and nothing else is about to.
	idle bool
	at   time.Time // when it was said again
}

// note takes a sample. It reports whether nothing would come of it.
func (r repeats) note(now time.Time, in Sampled) (nothing bool) {
	s := r[in.Tracker]
	if s == nil {
		s = &repeat{}
		r[in.Tracker] = s
	}
	if s.pending == 0 && s.idle && s.said == in {
		s.at = now
		return true
	}
	s.pending++
	return false
}

// heard says that the loop has taken a sample, after which its tracker is idle or
// not.
func (e *Engine) heard(in Sampled, idle bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s := e.repeats[in.Tracker]; s != nil {
		s.pending--
		s.said, s.idle = in, idle
	}
}

// listen makes the loop hear from every tracker once more: they may be others.
func (e *Engine) listen() {
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.DeleteFunc(e.repeats, func(_ string, s *repeat) bool {
		s.idle = false
		return s.pending == 0
	})
}

// reading returns what counts of a tracker, with when it said so again.
func (e *Engine) reading(t *tracker) priority.Reading {
	r := t.Reading()
	e.mu.Lock()
	defer e.mu.Unlock()
	if s := e.repeats[t.Rules().Name]; s != nil && s.at.After(r.LastSample) {
		r.LastSample = s.at
	}
	return r
}
