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
	last := e.drained
	for range maxDrain {
		if !e.network.Receive(&e.datagram) {
			e.drained = now
			return false
		}
		// Read again: the age is counted from here, and a turn may have been
		// interrupted since it began.
		e.receive(e.clock.Now(), last, &e.datagram)
	}
	e.drained = now
	return true
}

// receive checks one datagram and passes it on to its router.
func (e *Engine) receive(now, last time.Time, d *Datagram) {
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
	inst.received(now, arrival(now, last, d.Age), d, &e.advert)
}

// arrival is when a datagram reached this host. The kernel's stamp is on another
// clock, which can be set: it is believed only between the last drain and now.
func arrival(now, last time.Time, age time.Duration) time.Time {
	at := now.Add(-age)
	if at.After(now) {
		return now
	}
	if at.Before(last) {
		return last
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
