package vrrp

import (
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
)

// The stall rules: how many of our own intervals of silence mean what.
const (
	// stallYield: another router had every right to take over, so without
	// preemption it keeps the addresses.
	stallYield = 3
	// stallListen: another router has probably taken over, so we listen before
	// we speak.
	stallListen = 4
)

// active is what a router in Active knows besides what every state knows.
type active struct {
	next time.Time // Adver_Timer: the periodic schedule, which nothing but time moves
	sent time.Time // the last advertisement, periodic or extra
	// Extra advertisements, for what cannot wait, are limited: after one, the
	// next is sent at extraFrom if extraDue.
	extraFrom time.Time
	extraDue  bool
	// listenUntil: we were silent for so long that we listen first, until then.
	listenUntil time.Time
}

// becomeActive takes over: say so first, then take the addresses, then tell the
// neighbours (RFC 9568 section 6.4.2, Active_Down_Timer).
func (r *Router) becomeActive(now time.Time, cause Cause) {
	r.transition(now, Active, cause)
	r.interval = r.config.AdvertInterval
	r.active.next = r.nextPeriod(now)
	r.advertise(now)
	r.act(Action{Kind: AddAddresses})
	r.announce(now, TakingOver)
}

// nextPeriod returns when the advertisement after one at now is due: an
// interval later, or up to the alignment earlier.
func (r *Router) nextPeriod(now time.Time) time.Time {
	next := now.Add(r.config.AdvertInterval)
	if r.align > 0 {
		next = next.Truncate(r.align)
	}
	return next
}

func (r *Router) activeDeadline() time.Time {
	a := &r.active
	if !a.listenUntil.IsZero() {
		return a.listenUntil
	}
	next := earlier(a.next, r.announcer.deadline())
	if a.extraDue {
		next = earlier(next, a.extraFrom)
	}
	return next
}

// advertise sends what we are now. It fulfils any extra advertisement that was
// waiting.
func (r *Router) advertise(now time.Time) {
	r.active.sent = now
	r.active.extraDue = false
	r.act(Action{Kind: Advertise, Priority: r.priority})
}

// advertiseExtra sends an advertisement outside the schedule, which it does not
// move; at most one per tenth of an interval, the newest state winning.
func (r *Router) advertiseExtra(now time.Time) {
	a := &r.active
	if now.Before(a.extraFrom) {
		a.extraDue = true
		return
	}
	a.extraFrom = now.Add(max(r.config.AdvertInterval/10, extraFloor))
	r.advertise(now)
}

// listening reports whether the router must hear before it speaks, on its own
// account, again. A long silence of ours begins it: keep the addresses, say
// nothing for one interval.
func (r *Router) listening(now time.Time) bool {
	a, interval := &r.active, r.config.AdvertInterval
	if a.listenUntil.IsZero() && now.Sub(a.sent) > stallListen*interval {
		a.listenUntil = now.Add(max(interval, listenFloor))
	}
	return !a.listenUntil.IsZero()
}

// tickActive sends what is due, once: missed periods are skipped.
func (r *Router) tickActive(now time.Time) {
	a := &r.active
	if r.listening(now) {
		if due(a.listenUntil, now) {
			r.endListening(now)
		}
		return
	}
	if due(a.next, now) {
		r.advertise(now)
		a.next = a.next.Add(r.config.AdvertInterval)
		if !now.Before(a.next) {
			a.next = r.nextPeriod(now)
		}
	}
	if a.extraDue && due(a.extraFrom, now) {
		r.advertiseExtra(now)
	}
	r.announceDue(now)
}

// endListening goes back to the schedule after a stall, with an advertisement
// and a burst of announcements, whoever else may have been announcing.
func (r *Router) endListening(now time.Time) {
	r.active.listenUntil = time.Time{}
	r.active.next = r.nextPeriod(now)
	r.advertise(now)
	r.announcer.conflict = now.Add(conflictGap)
	r.announce(now, AfterStall)
}

// receiveActive is RFC 9568 section 6.4.3.
func (r *Router) receiveActive(now time.Time, heard Heard) {
	silence := now.Sub(r.active.sent)
	cause := Cause{Peer: heard.Source, PeerPriority: heard.Priority, Silence: silence}
	switch {
	case heard.Priority == packet.PriorityRelease:
		// "If the Priority in the ADVERTISEMENT is 0: Send an ADVERTISEMENT".
		r.reassert(now)
	case heard.Priority > r.priority:
		cause.Kind = CauseHigherPriority
		r.lastWord(now)
		r.yield(now, heard, cause)
	case heard.Priority == r.priority && heard.Source.Compare(r.source) > 0:
		// "... and the primary IPvX address of the sender is greater than the
		// local primary IPvX address (based on an unsigned integer comparison of
		// the IPvX addresses in network byte order)".
		cause.Kind = CauseHigherAddress
		r.lastWord(now)
		r.yield(now, heard, cause)
	case !r.config.Preempt && silence >= stallYield*r.config.AdvertInterval:
		cause.Kind = CauseStalled
		r.yield(now, heard, cause)
	default:
		// "Discard the ADVERTISEMENT" and "send an ADVERTISEMENT immediately":
		// the other router learns of us at once. RFC 3768 only discards; saying
		// it there too ends the conflict earlier and is what keepalived does.
		if !r.relieved(now, heard) {
			r.act(Action{Kind: Conflicted, Peer: heard.Source, PeerPriority: heard.Priority})
		}
		r.reassert(now)
		r.announceConflict(now)
	}
}

// reassert speaks up at once, also after a stall.
func (r *Router) reassert(now time.Time) {
	if r.listening(now) {
		r.endListening(now)
		return
	}
	r.advertiseExtra(now)
}

// lastWord is one more advertisement before the router yields to one that wins
// the election. The winner, who may never have heard us, learns from it that the
// neighbours may know our hardware address, and announces the addresses again;
// otherwise the end of a partition can leave them unreachable for as long as a
// neighbour's cache lasts.
func (r *Router) lastWord(now time.Time) {
	r.advertise(now)
}

// relieved reports whether heard is the last word of the router we have just
// preempted, which is no conflict.
func (r *Router) relieved(now time.Time, heard Heard) bool {
	return r.cause.Kind == CausePreempt && r.cause.Peer == heard.Source &&
		now.Sub(r.since) < r.config.AdvertInterval
}

// yield hands over to the router that was heard, whose interval is the one that
// counts from now on.
func (r *Router) yield(now time.Time, heard Heard, cause Cause) {
	r.becomeBackup(now, heard.At, heard.Interval, cause)
}
