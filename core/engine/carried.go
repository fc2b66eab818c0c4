package engine

import (
	"slices"
	"time"
)

// undertaking is a change of state that the machine may not have carried out yet.
type undertaking struct {
	CarriedOut
	routers []string // whose addresses it is about
	since   time.Time
}

// undertake remembers a change of state until it is carried out. One more of the same
// router or group is part of the first.
func (e *Engine) undertake(u undertaking) {
	if !slices.ContainsFunc(e.carrying, func(other undertaking) bool { return other.CarriedOut == u.CarriedOut }) {
		e.carrying = append(e.carrying, u)
	}
}

// tellCarriedOut reports what the machine has carried out by now.
func (e *Engine) tellCarriedOut(now time.Time) {
	if len(e.carrying) == 0 {
		return
	}
	moving := e.moving()
	e.carrying = slices.DeleteFunc(e.carrying, func(u undertaking) bool {
		waits := slices.ContainsFunc(u.routers, func(name string) bool { return moving[name] })
		if waits && !due(e.patience(u.since), now) {
			return false
		}
		e.observer.Observe(u.CarriedOut)
		return true
	})
}

// moving returns the routers of which an order about addresses is unanswered. An
// address that could not be removed is tried again, and not waited for.
func (e *Engine) moving() map[string]bool {
	moving := make(map[string]bool)
	for _, inst := range e.instances {
		if slices.ContainsFunc(inst.held, func(h *held) bool { return h.waiting }) {
			moving[inst.config.Name] = true
		}
	}
	for _, d := range e.departures {
		if !d.failed {
			moving[d.router] = true
		}
	}
	return moving
}

// patience returns when an order is no longer waited for that has been waiting since
// then.
func (e *Engine) patience(since time.Time) time.Time {
	if e.answered.After(since) {
		since = e.answered
	}
	return since.Add(answerLimit)
}
