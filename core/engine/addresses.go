package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// The rules of repair. An address that somebody removes is put back in place,
// without a transition; when that does not help, it is a fault.
const (
	repairTries  = 3                      // within a window of
	repairWindow = 100 * time.Millisecond // or an interval if that is longer
	lossLimit    = 10                     // removals within
	lossWindow   = 10 * time.Second
	firstHold    = 10 * time.Second // the fault lasts, doubling up to
	longestHold  = 5 * time.Minute
	loneHold     = time.Minute // instead, if it may be that nobody else serves
	// answerLimit is how long the machine may take to carry out any order at all.
	// Many orders may wait for each other; a machine that does nothing is no use.
	answerLimit = 5 * time.Second
)

// held is one address of an instance.
type held struct {
	vrrp.Address
	wanted  bool      // the router is active
	ordered uint64    // Seq of the last order about it, or when we were made
	waiting bool      // for that order's answer
	since   time.Time // it waits, or waits again
	placed  bool      // it is on its interface, as far as we know
	lost    bool      // it was placed before and somebody removed it

	tries   int
	retryAt time.Time
	losses  []time.Time // at most lossLimit, within lossWindow

	hold      time.Duration // the last fault's length
	gaveUp    time.Time     // when it began
	faultEnds time.Time
}

// source is the name of the address's faults.
func (h *held) source() string { return "address:" + h.Prefix.Addr().String() }

func (h *held) deadline() time.Time { return earliest(h.retryAt, h.faultEnds) }

// same reports whether h is the address a names.
func (h *held) same(a *vrrp.Address) bool {
	return h.Prefix.Addr() == a.Prefix.Addr() && h.Interface == a.Interface
}

// samePlacement reports whether the kernel would see no difference between h and
// a.
func (h *held) samePlacement(a vrrp.Address) bool {
	return h.Prefix == a.Prefix && h.Interface == a.Interface && h.Label == a.Label && h.Scope == a.Scope
}

// hold puts all addresses on their interfaces.
func (inst *instance) hold() {
	for _, h := range inst.held {
		h.wanted, h.tries, h.retryAt = true, 0, time.Time{}
		h.placed, h.lost = false, false
	}
	inst.order(inst.held...)
}

// order asks for addresses to be added, in one order.
func (inst *instance) order(list ...*held) {
	if len(list) == 0 {
		return
	}
	e := inst.engine
	order := AddressOrder{
		Seq: e.nextSeq(), Router: inst.config.Name, Add: true, Own: inst.ownership(),
	}
	for _, h := range list {
		h.ordered, h.waiting, h.retryAt = order.Seq, true, time.Time{}
		h.since = e.clock.Now()
		order.Addresses = append(order.Addresses, h.Address)
	}
	e.cancelDepartures(order.Addresses)
	e.orders[order.Seq] = inst
	e.host.ChangeAddresses(order)
}

// release takes all addresses off again.
func (inst *instance) release() {
	for _, h := range inst.held {
		h.wanted, h.waiting, h.placed, h.retryAt = false, false, false, time.Time{}
	}
	inst.depart(inst.held...)
}

// depart hands addresses over to the engine, which sees to it that they go.
func (inst *instance) depart(list ...*held) {
	if len(list) == 0 {
		return
	}
	addresses := make([]vrrp.Address, len(list))
	for i, h := range list {
		addresses[i] = h.Address
	}
	seq := inst.engine.depart(inst.config.Name, inst.ownership(), addresses)
	for _, h := range list {
		h.ordered = seq
	}
}

func (inst *instance) ownership() Ownership {
	switch {
	case inst.config.Owner():
		return MachinesOwn
	case inst.config.Adopt:
		return Adopted
	}
	return Foreign
}

// added takes the answer to an order to add.
func (inst *instance) added(now time.Time, in AddressesChanged) {
	announce := false
	for _, result := range in.Results {
		h := inst.find(&result.Address)
		if h == nil || h.ordered != in.Seq || !h.wanted {
			continue // the world has moved on
		}
		h.waiting = false
		switch {
		case result.Err == ErrForeign:
			inst.fault(now, h.source(), ErrForeign.Error())
		case result.Err != nil:
			inst.failed(now, h, result.Err)
		default:
			announce = announce || result.Changed && (h.lost || h.tries > 0)
			inst.placed(h, result.Changed)
		}
	}
	if announce {
		inst.act(now, inst.router.Announce(now, vrrp.AfterRepair))
	}
	inst.applyFaults(now)
}

func (inst *instance) placed(h *held, changed bool) {
	if changed {
		inst.observe(AddressAdded{Router: inst.config.Name, Address: h.Address, Repaired: h.lost})
		if h.lost {
			inst.counters.Repaired++
		}
	}
	h.placed, h.lost, h.tries = true, false, 0
}

// failed plans another try to add h, or gives up.
func (inst *instance) failed(now time.Time, h *held, err error) {
	if h.tries++; h.tries == 1 || h.tries == repairTries {
		inst.observe(AddressFailed{Router: inst.config.Name, Address: h.Address, Add: true, Err: err})
	}
	if link := inst.engine.links[h.Interface]; !inst.tracks(h) && (link == nil || !link.Ready()) {
		return // comes back with its interface, whose state is no fault
	}
	window := max(repairWindow, inst.config.AdvertInterval)
	switch {
	case h.tries < repairTries:
		h.retryAt = now.Add(window / repairTries)
	case inst.alone() && inst.serves():
		h.retryAt = now.Add(window)
	default:
		inst.giveUp(now, h, "cannot be added: "+err.Error())
	}
}

// tracks reports whether the state of h's interface is a fault of the router.
func (inst *instance) tracks(h *held) bool {
	if h.Interface == inst.config.Interface {
		return inst.config.TrackLink
	}
	return h.TrackLink
}

// alone reports whether no VRRP peer was ever heard. Then it may be that nobody else
// could serve, and a router never gives up what it has because some of it is hard
// to keep. A peer that has always been in backup was never heard either: a router
// that has nothing makes way for it. Those of a sync group have peers, and addresses,
// together: none makes way without the others.
func (inst *instance) alone() bool {
	return !slices.ContainsFunc(inst.together(), func(member *instance) bool { return !member.router.LastHeard().At.IsZero() })
}

// serves reports whether any address is on its interface.
func (inst *instance) serves() bool {
	return slices.ContainsFunc(inst.together(), func(member *instance) bool {
		return slices.ContainsFunc(member.held, func(h *held) bool { return h.placed })
	})
}

// together returns the members of its sync group, or the router alone.
func (inst *instance) together() []*instance {
	for _, g := range inst.engine.groups {
		if slices.Contains(g.members, inst) {
			return g.members
		}
	}
	return []*instance{inst}
}

// giveUp makes h a fault for a while that doubles from time to time. It is not long if
// nobody else may serve meanwhile, and not so short that hooks are told of it all night.
func (inst *instance) giveUp(now time.Time, h *held, reason string) {
	if now.Sub(h.gaveUp) > h.hold+longestHold {
		h.hold = 0 // it went well for long
	}
	h.gaveUp = now
	longest := longestHold
	if inst.alone() {
		longest = loneHold
	}
	h.hold = min(max(2*h.hold, firstHold), longest)
	h.faultEnds = now.Add(h.hold)
	h.losses = nil
	inst.fault(now, h.source(), fmt.Sprintf("%s; next try in %v", reason, h.hold))
}

// missing is called when h, which was placed, is not on its interface any more.
func (inst *instance) missing(now time.Time, h *held) {
	h.placed = false
	for len(h.losses) > 0 && now.Sub(h.losses[0]) >= lossWindow {
		h.losses = h.losses[1:]
	}
	h.losses = append(h.losses, now)
	inst.observe(AddressLost{Router: inst.config.Name, Address: h.Address, Times: len(h.losses)})
	if len(h.losses) >= lossLimit {
		h.losses = h.losses[1:]
		if !inst.alone() {
			inst.giveUp(now, h, fmt.Sprintf("removed by somebody %d times in %v", lossLimit, lossWindow))
			return
		}
		h.lost, h.retryAt = true, now.Add(max(repairWindow, inst.config.AdvertInterval))
		return
	}
	h.lost, h.tries = true, 0
	inst.order(h)
}

// overdue returns when the answer to h's order is no longer waited for; zero if there
// is none to wait for.
func (inst *instance) overdue(h *held) time.Time {
	if !h.waiting {
		return time.Time{}
	}
	return inst.engine.patience(h.since)
}

// unanswered gives h up, as if the machine had refused it: unless there are others in
// place, which such a machine would not remove either, so that two routers had them.
// And who comes late was not running, and nor perhaps was what carries out the orders.
func (inst *instance) unanswered(now time.Time, h *held) {
	late := now.Sub(inst.overdue(h)) > answerLimit/5
	if late || inst.serves() {
		h.since = now
		return
	}
	inst.giveUp(now, h, fmt.Sprintf("cannot be added: the kernel or the disk has not answered for %v", answerLimit))
	inst.applyFaults(now)
}

// tickHeld does what is due for the addresses.
func (inst *instance) tickHeld(now time.Time) {
	for _, h := range inst.held {
		if due(h.retryAt, now) {
			h.retryAt = time.Time{}
			if h.wanted {
				inst.order(h)
			}
		}
		if due(inst.overdue(h), now) {
			inst.unanswered(now, h)
		}
		if due(h.faultEnds, now) {
			h.faultEnds = time.Time{}
			inst.clear(h.source())
			inst.applyFaults(now)
		}
	}
}

// compare holds the addresses against a report of their interface.
func (inst *instance) compare(now time.Time, link *Link) {
	if inst.engine.config.Observing {
		return // another daemon puts them there and takes them away
	}
	for _, h := range inst.held {
		if h.Interface != link.Name || h.waiting || link.AsOf < h.ordered {
			continue
		}
		present, ours := link.has(h.Prefix.Addr())
		if h.wanted {
			inst.compareWanted(now, h, link, present)
		} else {
			inst.compareUnwanted(now, h, present, ours)
		}
	}
}

func (inst *instance) compareWanted(now time.Time, h *held, link *Link, present bool) {
	switch {
	case present:
	case !link.Ready():
		h.lost, h.placed = h.lost || h.placed, false // the kernel flushes IPv6 addresses of a link that is down
	case h.placed:
		inst.missing(now, h)
	case h.retryAt.IsZero() && !inst.faults.Has(h.source()):
		inst.order(h) // the interface is back
	}
}

// compareUnwanted looks for the address while the router is not active.
func (inst *instance) compareUnwanted(now time.Time, h *held, present, ours bool) {
	switch {
	case present && (ours || inst.ownership() == Adopted):
		if !inst.engine.departing(&h.Address) {
			inst.depart(h)
		}
	case present && inst.ownership() == Foreign:
		inst.fault(now, h.source(), ErrForeign.Error())
	case h.faultEnds.IsZero():
		inst.clear(h.source())
	}
}

func (inst *instance) find(a *vrrp.Address) *held {
	for _, h := range inst.held {
		if h.same(a) {
			return h
		}
	}
	return nil
}
