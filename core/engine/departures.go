package engine

import (
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// removeRetry is the time between two tries to remove an address.
const removeRetry = time.Second

// departure is an address that must go. It outlives its router, so that one
// that is removed by a reload cannot leave an address behind.
type departure struct {
	address vrrp.Address
	router  string
	own     Ownership
	seq     uint64
	failed  bool
	retryAt time.Time
}

// depart orders addresses to be removed and remembers them until they are gone.
func (e *Engine) depart(router string, own Ownership, addresses []vrrp.Address) uint64 {
	e.cancelDepartures(addresses)
	seq := e.nextSeq()
	for _, address := range addresses {
		e.departures = append(e.departures, &departure{address: address, router: router, own: own, seq: seq})
	}
	e.host.ChangeAddresses(AddressOrder{Seq: seq, Router: router, Addresses: addresses, Own: own})
	return seq
}

// cancelDepartures forgets the departures of addresses that get a new order.
func (e *Engine) cancelDepartures(addresses []vrrp.Address) {
	e.departures = slices.DeleteFunc(e.departures, func(d *departure) bool {
		return slices.ContainsFunc(addresses, d.is)
	})
}

// departing reports whether an address is already on its way out.
func (e *Engine) departing(a *vrrp.Address) bool {
	return slices.ContainsFunc(e.departures, func(d *departure) bool { return d.is(*a) })
}

func (d *departure) is(a vrrp.Address) bool {
	return d.address.Prefix.Addr() == a.Prefix.Addr() && d.address.Interface == a.Interface
}

// departed takes the answer to an order to remove.
func (e *Engine) departed(now time.Time, in AddressesChanged) {
	for _, result := range in.Results {
		if result.Changed {
			e.observer.Observe(AddressRemoved{Router: in.Router, Address: result.Address})
		}
		i := slices.IndexFunc(e.departures, func(d *departure) bool {
			return d.seq == in.Seq && d.is(result.Address)
		})
		if i < 0 {
			continue // it got a new order meanwhile
		}
		if result.Err == nil {
			e.departures = slices.Delete(e.departures, i, i+1)
			continue
		}
		d := e.departures[i]
		if !d.failed {
			e.observer.Observe(AddressFailed{Router: in.Router, Address: result.Address, Err: result.Err})
		}
		d.failed, d.retryAt = true, now.Add(removeRetry)
	}
}

func (e *Engine) retryDepartures(now time.Time) {
	for _, d := range e.departures {
		if due(d.retryAt, now) {
			d.retryAt = time.Time{}
			d.seq = e.nextSeq()
			e.host.ChangeAddresses(AddressOrder{
				Seq: d.seq, Router: d.router, Addresses: []vrrp.Address{d.address}, Own: d.own,
			})
		}
	}
}

// addressesChanged takes the answer to an [AddressOrder].
func (e *Engine) addressesChanged(now time.Time, in AddressesChanged) {
	e.answered = now
	if !in.Add {
		e.departed(now, in)
		return
	}
	inst := e.orders[in.Seq]
	delete(e.orders, in.Seq)
	if inst != nil {
		inst.added(now, in)
	}
}

func (e *Engine) nextSeq() uint64 {
	e.lastSeq++
	return e.lastSeq
}
