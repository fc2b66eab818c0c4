package vrrp

import (
	"net/netip"
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
)

// backup is what a router in Backup knows besides what every state knows.
type backup struct {
	down     time.Time  // Active_Down_Timer
	armed    time.Time  // what it was last set from: a word of the active router, or our start
	followed netip.Addr // who was obeyed last, if anybody
	resigned netip.Addr // who sent the priority 0 that shortened the timer
	outbid   Heard      // the last advertisement we mean to preempt
	// obeyUntil: until then lower priorities are obeyed (preempt_delay). Zero
	// when no lower priority has been heard.
	obeyUntil time.Time
	// doubted: the timer ran out while we were stalled, and was given more time.
	doubted bool
	// expired: the timer ran out, and the rest of the sync group is waited for.
	expired bool
	// hesitant: our timer runs out a little later; see [Router.stepDown].
	hesitant bool
}

// becomeBackup enters Backup as if the active router, whose interval is given,
// had spoken at the time at.
func (r *Router) becomeBackup(now, at time.Time, interval time.Duration, cause Cause) {
	wasActive := r.state == Active
	r.transition(now, Backup, cause)
	if wasActive {
		r.act(Action{Kind: RemoveAddresses})
	}
	r.backup.followed = cause.Peer
	r.follow(at, interval)
}

// follow sets the Active_Down_Timer by an advertisement that is obeyed.
func (r *Router) follow(at time.Time, interval time.Duration) {
	if r.config.Version == packet.Version3 {
		r.interval = interval
	}
	r.backup.armed = at
	r.backup.down = at.Add(r.downInterval())
	if r.backup.hesitant = r.backup.hesitant && at.Sub(r.since) <= r.config.AdvertInterval; r.backup.hesitant {
		r.backup.down = r.backup.down.Add(r.hesitation())
	}
	r.backup.doubted, r.backup.expired = false, false
	r.backup.resigned = netip.Addr{}
	r.backup.outbid = Heard{}
}

// receiveBackup is RFC 9568 section 6.4.2.
func (r *Router) receiveBackup(heard Heard) {
	b := &r.backup
	switch {
	case heard.Priority == packet.PriorityRelease:
		// "If the Priority in the ADVERTISEMENT is 0: Set the Active_Down_Timer
		// to Skew_Time." Never to a later time: a stream of zeros must not hold
		// the takeover off.
		if r.bystander(heard) {
			return
		}
		b.resigned = heard.Source
		b.down = earlier(b.down, heard.At.Add(r.skew(r.priority)))
	case heard.Priority >= r.priority:
		// "If Preempt_Mode is False, or if the Priority in the ADVERTISEMENT is
		// greater than or equal to the local Priority".
		b.obeyUntil = time.Time{}
		r.obey(heard)
	case !r.preempts(heard.At):
		r.obey(heard)
	default:
		// "Discard the ADVERTISEMENT". The timer runs out on its own.
		b.outbid = heard
	}
}

func (r *Router) obey(heard Heard) {
	r.backup.followed = heard.Source
	r.follow(heard.At, heard.Interval)
}

// reconsider obeys the router that was to be preempted, if it no longer is.
func (r *Router) reconsider() {
	outbid := r.backup.outbid
	if outbid.Source.IsValid() && (outbid.Priority >= r.priority || !r.preempts(outbid.At)) {
		r.obey(outbid)
	}
}

// preempts reports whether a router of lower priority, heard at the given time,
// is to be replaced. The preemption delay counts from the first such
// advertisement. An owner always preempts (RFC 9568 section 6.1, Preempt_Mode).
func (r *Router) preempts(at time.Time) bool {
	if r.priority == packet.PriorityOwner {
		return true
	}
	if !r.config.Preempt {
		return false
	}
	if r.config.PreemptDelay == 0 {
		return true
	}
	if r.backup.obeyUntil.IsZero() {
		r.backup.obeyUntil = at.Add(r.config.PreemptDelay)
	}
	return !at.Before(r.backup.obeyUntil)
}

// bystander reports whether the sender of a priority 0 cannot be the active
// router, because another one spoke more recently and is not overdue. Without
// this a router that leaves beside a live active one starts an election.
func (r *Router) bystander(heard Heard) bool {
	return r.last.Source.IsValid() && r.last.Source != heard.Source &&
		heard.At.Sub(r.last.At) < r.downInterval()
}

// tickBackup is the expiry of the Active_Down_Timer.
func (r *Router) tickBackup(now time.Time) {
	b := &r.backup
	if b.expired || !due(b.down, now) {
		return
	}
	// Whoever notices the expiry this late was not running, and may have been
	// deaf as well. Listening tells: for twice as long as an active router listens
	// that was stalled with us, or the two would speak up together.
	late := now.Sub(b.down)
	if grace := 2 * max(r.interval, listenFloor); late >= max(r.interval/4, listenFloor) && !b.doubted {
		b.doubted = true
		b.down = now.Add(grace)
		return
	}
	if r.grouped {
		b.expired = true
		return
	}
	r.becomeActive(now, r.takeoverCause(now))
}

func (r *Router) takeoverCause(now time.Time) Cause {
	b := &r.backup
	switch {
	case b.resigned.IsValid():
		return Cause{Kind: CauseResigned, Peer: b.resigned}
	case b.outbid.Source.IsValid():
		return Cause{Kind: CausePreempt, Peer: b.outbid.Source, PeerPriority: b.outbid.Priority}
	}
	return Cause{Kind: CauseSilence, Peer: b.followed, Silence: now.Sub(b.armed)}
}
