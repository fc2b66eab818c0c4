package engine

import (
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// Drops counts datagrams that were not accepted, by reason.
type Drops [packet.DropReasons]uint64

// drain takes in the datagrams that are waiting. It reports whether it stopped
// at its bound.
func (e *Engine) drain(now time.Time) (more bool) {
	for range maxDrain {
		if !e.network.Receive(&e.datagram) {
			e.listened(now)
			return false
		}
		// Read again: the age is counted from here, and a turn may have been
		// interrupted since it began.
		e.receive(e.clock.Now(), &e.datagram)
	}
	e.listened(now)
	return true
}

// listened notes that what came before now has been heard.
func (e *Engine) listened(now time.Time) { e.drained, e.ahead = now, e.wallAhead() }

// wallAhead is by how much the wall clock is ahead of the other one.
func (e *Engine) wallAhead() time.Duration {
	now := e.clock.Now()
	return e.clock.Wall().Sub(now)
}

// receive checks one datagram and passes it on to its router.
func (e *Engine) receive(now time.Time, d *Datagram) {
	s := e.byID[d.Socket]
	if s == nil {
		return // closed while it was on its way
	}
	inst := s.routers[d.VRID()]
	if inst == nil {
		e.unclaimed[e.advert.Decode(&d.Datagram, nil)]++
		return
	}
	reason := e.advert.Decode(&d.Datagram, &inst.expect)
	if reason != packet.Accepted {
		inst.counters.Dropped[reason]++
		inst.peers.dropped(now, d.Source, reason, &e.advert)
		return
	}
	inst.received(now, e.arrival(now, d.Age), d, &e.advert)
}

// arrival is when a datagram reached this host. Its age is by a clock that can be
// set. If that was set forward since the last drain, it may seem older than it is,
// and an active router silent that is not: what is in doubt has just arrived.
func (e *Engine) arrival(now time.Time, age time.Duration) time.Time {
	if set := e.wallAhead() - e.ahead; set > 0 {
		age -= set
	}
	at := now.Add(-age)
	if age < 0 || at.Before(e.drained) {
		return now
	}
	return at
}

// received passes an accepted advertisement to the router.
func (inst *instance) received(now, at time.Time, d *Datagram, advert *packet.Advertisement) {
	inst.counters.Received++
	if advert.Priority == packet.PriorityRelease {
		inst.counters.PriorityZeroReceived++
	}
	inst.peers.accepted(now, d.Source, advert)
	inst.act(now, inst.router.Receive(now, vrrp.Heard{
		Source: d.Source, Priority: advert.Priority, Interval: advert.Interval, At: at,
	}))
}
