package vrrp

import (
	"net/netip"
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
)

// Router is one virtual router's protocol state. Make one with [NewRouter]. It
// is not safe for concurrent use.
type Router struct {
	config   *Config
	align    time.Duration
	priority uint8      // effective
	source   netip.Addr // our primary address, which settles ties
	fault    string     // why we cannot serve, or empty
	grouped  bool       // a Group decides when to take over

	state State
	since time.Time
	cause Cause

	startAt time.Time // Initialize: no election before this
	backup  backup
	active  active
	// announcer is the schedule of announcements while active.
	announcer announcer

	// interval is Active_Adver_Interval: that of the router we follow, or ours.
	interval time.Duration
	// last is the last valid advertisement of a non-zero priority.
	last Heard

	actions []Action // returned by the method in progress; reused by the next
}

// Heard is an advertisement that passed every check.
type Heard struct {
	// Source is the sender's address.
	Source netip.Addr
	// Priority is the sender's.
	Priority uint8
	// Interval is the sender's advertisement interval.
	Interval time.Duration
	// At is when it arrived, which can be before it was read.
	At time.Time
}

// NewRouter returns a router in Initialize. The config is kept and must not
// change. If align is not 0, periodic advertisements are sent on multiples of
// it, up to align early, so that many routers can share one wake-up; it must be
// shorter than the interval.
func NewRouter(config *Config, align time.Duration) *Router {
	return &Router{config: config, align: align, priority: config.Priority, interval: config.AdvertInterval}
}

// State returns the state, since when, and why.
func (r *Router) State() (state State, since time.Time, cause Cause) {
	return r.state, r.since, r.cause
}

// Priority returns the effective priority.
func (r *Router) Priority() uint8 { return r.priority }

// Source returns the source address in use; the zero value when none is known.
func (r *Router) Source() netip.Addr { return r.source }

// LastHeard returns the last valid advertisement of a non-zero priority from
// anybody. It is zero if there was none.
func (r *Router) LastHeard() Heard { return r.last }

// Deadline returns when Tick must be called next; zero means not at all unless
// something happens.
func (r *Router) Deadline() time.Time {
	switch r.state {
	case Initialize:
		return r.startAt
	case Backup:
		if !r.backup.expired {
			return r.backup.down
		}
	case Active:
		return r.activeDeadline()
	case Fault, Stopped:
	}
	return time.Time{}
}

// Tick does what is due at now. The caller must first pass on everything that
// has been received: a deadline is judged by what was heard before it.
func (r *Router) Tick(now time.Time) []Action {
	r.begin()
	switch r.state {
	case Initialize:
		if due(r.startAt, now) {
			r.begun(now)
		}
	case Backup:
		r.tickBackup(now)
	case Active:
		r.tickActive(now)
	case Fault, Stopped:
	}
	return r.actions
}

// Start is the RFC's Startup event. No election is held before notBefore; its
// zero value means at once.
func (r *Router) Start(now, notBefore time.Time) []Action {
	r.begin()
	if r.state != Initialize {
		return r.actions // stopped before it began
	}
	r.since = now
	r.startAt = notBefore
	if !now.Before(notBefore) {
		r.begun(now)
	}
	return r.actions
}

// begun leaves Initialize.
func (r *Router) begun(now time.Time) {
	r.startAt = time.Time{}
	if r.fault != "" {
		r.transition(now, Fault, Cause{Kind: CauseFault, Detail: r.fault})
		return
	}
	r.elect(now, Cause{Kind: CauseStartup})
}

// elect enters the protocol, from Initialize or Fault.
//
// RFC 9568 section 6.4.1: the owner of the addresses becomes Active at once,
// any other router sets "the Active_Down_Timer to Active_Down_Interval" and
// becomes Backup.
func (r *Router) elect(now time.Time, cause Cause) {
	owner := r.priority == packet.PriorityOwner
	if owner && !r.grouped {
		cause.Kind = CauseOwner
		r.becomeActive(now, cause)
		return
	}
	r.becomeBackup(now, now, r.expected(now), cause)
	r.backup.expired = owner
}

// expected returns the interval in which to expect the active router. The RFC
// starts from our own; but a router that was heard before we began to listen is
// given its own time, or a slower one would be overrun.
func (r *Router) expected(now time.Time) time.Duration {
	last := r.last
	known := last.Source.IsValid() &&
		now.Sub(last.At) < ActiveDownInterval(r.config.Version, r.priority, last.Interval)
	if known && (last.Priority >= r.priority || !r.config.Preempt || r.config.PreemptDelay > 0) {
		return last.Interval
	}
	return r.config.AdvertInterval
}

// Stop is the RFC's Shutdown event. Only an active router says goodbye. A
// stopped router takes no more events.
func (r *Router) Stop(now time.Time) []Action {
	r.begin()
	if r.state != Stopped {
		r.leave(now, Stopped, Cause{Kind: CauseShutdown})
	}
	return r.actions
}

// SetFault tells whether the router can serve: reason says why not, empty that
// it can. An active router with a fault sends priority 0 once, before anything
// slow, and releases its addresses; it returns through backup.
func (r *Router) SetFault(now time.Time, reason string) []Action {
	r.begin()
	had := r.fault != ""
	r.fault = reason
	switch {
	case r.state == Initialize || r.state == Stopped || had == (reason != ""):
	case reason != "":
		r.leave(now, Fault, Cause{Kind: CauseFault, Detail: reason})
	default:
		r.elect(now, Cause{Kind: CauseRecovered})
	}
	return r.actions
}

// leave resigns if active, then enters a state in which nothing is said.
func (r *Router) leave(now time.Time, to State, cause Cause) {
	wasActive := r.state == Active
	r.transition(now, to, cause)
	if wasActive {
		r.act(Action{Kind: Advertise, Priority: packet.PriorityRelease})
		r.act(Action{Kind: RemoveAddresses})
	}
}

// SetPriority changes the effective priority. An active router says so at once,
// or as soon as the limit on extra advertisements allows; in backup the running
// timer moves by the difference of the skew times.
func (r *Router) SetPriority(now time.Time, priority uint8) []Action {
	r.begin()
	before := r.priority
	r.priority = priority
	switch {
	case before == priority:
	case r.state == Active:
		if !r.listening(now) {
			r.advertiseExtra(now)
		}
	case r.state == Backup:
		r.backup.down = r.backup.down.Add(r.skew(priority) - r.skew(before))
		r.reconsider()
	}
	return r.actions
}

// SetSource changes our own address, which settles ties.
func (r *Router) SetSource(source netip.Addr) { r.source = source }

// Reconfigure replaces the configuration in place. Identifier, version and
// family must be the same; a new base priority takes effect through
// [Router.SetPriority].
func (r *Router) Reconfigure(now time.Time, config *Config, align time.Duration) []Action {
	r.begin()
	old := r.config
	silent := r.state == Active && r.listening(now) // by the old interval
	r.config, r.align = config, align
	if config.PreemptDelay != old.PreemptDelay || config.Preempt != old.Preempt {
		r.backup.obeyUntil = time.Time{}
		r.reconsider()
	}
	if config.AdvertInterval != old.AdvertInterval {
		r.changeInterval(now, silent)
	}
	if r.state == Active && config.Announce != old.Announce {
		r.planRefresh(now)
	}
	return r.actions
}

// changeInterval applies a new interval of our own to the running timer. An
// active router says it at once, because its peers count on the old one, unless
// it must listen first. In backup it is the interval of whoever is followed that
// counts, in version 3.
func (r *Router) changeInterval(now time.Time, silent bool) {
	ours := r.config.AdvertInterval
	switch {
	case r.state == Active:
		r.interval = ours
		if !silent {
			r.active.next = r.nextPeriod(now)
			r.advertise(now)
		}
	case r.config.Version == packet.Version2 || !r.backup.followed.IsValid():
		before := r.downInterval()
		r.interval = ours
		if r.state == Backup {
			r.backup.down = r.backup.down.Add(r.downInterval() - before)
		}
	}
}

// Announce starts a burst of announcements, if the router is active.
func (r *Router) Announce(now time.Time, why Why) []Action {
	r.begin()
	if r.state == Active && !r.listening(now) {
		r.announce(now, why)
	}
	return r.actions
}

// Receive takes an advertisement that passed every check.
func (r *Router) Receive(now time.Time, heard Heard) []Action {
	r.begin()
	switch r.state {
	case Backup:
		r.receiveBackup(heard)
	case Active:
		r.receiveActive(now, heard)
	case Initialize, Fault, Stopped: // RFC 9568 section 6.4.1: not processed
	}
	if heard.Priority != packet.PriorityRelease {
		r.last = heard
	}
	return r.actions
}

func (r *Router) skew(priority uint8) time.Duration {
	return SkewTime(r.config.Version, priority, r.interval)
}

func (r *Router) downInterval() time.Duration {
	return ActiveDownInterval(r.config.Version, r.priority, r.interval)
}

func (r *Router) transition(now time.Time, to State, cause Cause) {
	cause.Priority = r.priority
	from := r.state
	r.state, r.since, r.cause = to, now, cause
	r.backup, r.active, r.announcer = backup{}, active{}, announcer{}
	r.act(Action{Kind: Transitioned, From: from, To: to, Cause: cause})
}

func (r *Router) begin() { r.actions = r.actions[:0] }

func (r *Router) act(a Action) { r.actions = append(r.actions, a) }
