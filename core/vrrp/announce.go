package vrrp

import "time"

// conflictGap is the shortest time between two announcements because of a
// conflict: a quarrel must not become an ARP storm.
const conflictGap = time.Second

// announcer is the schedule of announcements of an active router. Its zero
// value is silent.
type announcer struct {
	again    time.Time // the second burst
	refresh  time.Time // the next single round
	conflict time.Time // when the next burst because of a conflict is allowed
	pending  bool      // one is waiting for that
}

func (a *announcer) deadline() time.Time {
	next := earlier(a.again, a.refresh)
	if a.pending {
		next = earlier(next, a.conflict)
	}
	return next
}

// announce starts a burst now and plans what follows it.
func (r *Router) announce(now time.Time, why Why) {
	r.act(Action{Kind: AnnounceAddresses, Rounds: r.config.Announce.Repeat, Why: why})
	if delay := r.config.Announce.Delay; delay > 0 {
		r.announcer.again = now.Add(delay)
	}
	r.planRefresh(now)
}

func (r *Router) planRefresh(now time.Time) {
	r.announcer.refresh = time.Time{}
	if refresh := r.config.Announce.Refresh; refresh > 0 {
		r.announcer.refresh = now.Add(refresh)
	}
}

// announceConflict announces at most once per conflictGap. What is held back is
// made up for, because the last word must be ours.
func (r *Router) announceConflict(now time.Time) {
	a := &r.announcer
	if now.Before(a.conflict) {
		a.pending = true
		return
	}
	a.pending = false
	a.conflict = now.Add(conflictGap)
	r.announce(now, AfterConflict)
}

// announceDue does what the schedule asks for now.
func (r *Router) announceDue(now time.Time) {
	a := &r.announcer
	if a.pending && due(a.conflict, now) {
		r.announceConflict(now)
	}
	if due(a.again, now) {
		a.again = time.Time{}
		r.act(Action{Kind: AnnounceAddresses, Rounds: r.config.Announce.Repeat, Why: SecondBurst})
		r.planRefresh(now)
	}
	if due(a.refresh, now) {
		r.act(Action{Kind: AnnounceAddresses, Rounds: 1, Why: Refresh})
		r.planRefresh(now)
	}
}
