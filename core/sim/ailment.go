package sim

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// ailment is something that is wrong from begin until end, or for good.
type ailment struct {
	begin, end func()
}

// ailment picks one that a machine or a network can have for long.
func (w *world) ailment() ailment {
	n := w.nodes[w.rand.IntN(len(w.nodes))]
	other := w.nodes[w.rand.IntN(len(w.nodes))]
	segment := w.rand.IntN(w.segments)
	while := func(set func(bool)) ailment {
		return ailment{func() { set(true) }, func() { set(false) }}
	}
	switch w.rand.IntN(16) {
	case 0:
		return ailment{n.crash, n.start}
	case 1:
		return ailment{n.stop, n.start}
	case 2:
		return ailment{n.freeze, n.thaw}
	case 3:
		return while(func(cut bool) { w.setCut(segment, n, other, cut, true) })
	case 4:
		return while(func(cut bool) { w.setCut(segment, n, other, cut, false) })
	case 5:
		return while(func(cut bool) { w.isolate(n, cut) })
	case 6:
		return while(func(down bool) { n.setLink(segment, !down) })
	case 7:
		return while(func(refusing bool) { n.setRefusing(refusing, netip.Addr{}) })
	case 8:
		config := pick(w, n.setup.Routers...)
		only := pick(w, config.Addresses...).Prefix.Addr()
		return while(func(refusing bool) { n.setRefusing(refusing, only) })
	case 9:
		return while(func(mute bool) { n.setMute(segment, mute) })
	case 10:
		return while(func(gone bool) { n.setGone(segment, gone) })
	case 11:
		return w.squatter(n)
	case 12:
		return while(n.setStuck)
	case 13:
		return while(func(bare bool) { n.setBare(segment, bare) })
	case 14:
		return while(n.setSocketless)
	default:
		return w.illness(n)
	}
}

// squatter is somebody who puts a virtual address on an interface by hand. On its
// owner that would be no mistake, and on the active router it is ours that he puts
// back.
func (w *world) squatter(n *node) ailment {
	config := pick(w, n.setup.Routers...)
	address := pick(w, config.Addresses...)
	return ailment{
		func() {
			v := n.views[config.Name]
			if config.Priority != packet.PriorityOwner && (v == nil || v.state != vrrp.Active) {
				n.setForeign(&address)
			}
		},
		func() { n.setForeign(nil) },
	}
}

// illness is a tracker that finds something wrong, or cannot tell.
func (w *world) illness(n *node) ailment {
	names := slices.Sorted(maps.Keys(n.health))
	if len(names) == 0 {
		return ailment{func() {}, func() {}}
	}
	name, verdict := pick(w, names...), pick(w, priority.Unhealthy, priority.Unknown)
	return ailment{
		func() { n.judge(name, verdict) },
		func() { n.judge(name, priority.Healthy) },
	}
}

// setStuck makes the machine carry out no orders, and tell nothing.
func (n *node) setStuck(stuck bool) {
	if n.world.interval < 100*time.Millisecond {
		return // or it would take thousands of intervals until anybody despairs
	}
	if n.becomes(&n.kernel.stuck, stuck, "MACHINE STUCK") {
		n.robbed = n.world.now // as far as the process knows
		n.resume()
	}
}

// setMute makes the kernel refuse to send on a segment.
func (n *node) setMute(segment int, mute bool) {
	n.becomes(&n.kernel.mute[segment], mute, "MUTE on "+interfaceNames[segment])
}

// setBare takes the node's own address off an interface.
func (n *node) setBare(segment int, bare bool) {
	if n.becomes(&n.kernel.bare[segment], bare, "OWN ADDRESS gone on "+interfaceNames[segment]) {
		n.linkChanged()
	}
}

// setSocketless makes the kernel refuse to open sockets. Those that are open stay.
func (n *node) setSocketless(socketless bool) {
	if n.becomes(&n.kernel.socketless, socketless, "NO SOCKETS") {
		n.world.socketless = true
	}
}

// setGone takes an interface away with all that is on it. It comes back as another.
func (n *node) setGone(segment int, gone bool) {
	if gone == (n.kernel.links[segment] == 0) {
		return
	}
	n.logf("INTERFACE %s gone=%v", interfaceNames[segment], gone)
	n.world.checker.changed()
	n.kernel.links[segment], n.sockets[segment] = 0, 0 // which hears nothing any more
	if !gone {
		n.kernel.lastLink++
		n.kernel.links[segment] = n.kernel.lastLink
	}
	n.robbed = n.world.now
	n.kernel.addresses = slices.DeleteFunc(n.kernel.addresses, func(p placed) bool {
		return p.Interface == interfaceNames[segment]
	})
	n.linkChanged()
}

// setForeign makes address the one that somebody else has put on its interface,
// where it is not ours; nil is none.
func (n *node) setForeign(address *vrrp.Address) {
	k := &n.kernel
	before := len(k.addresses)
	k.addresses = slices.DeleteFunc(k.addresses, func(p placed) bool { return p.foreign })
	if len(k.addresses) != before {
		n.logf("somebody takes back what was foreign")
	}
	if address != nil && !k.has(address) && k.links[segmentOf(address.Interface)] != 0 {
		n.logf("somebody adds %v", address.Prefix)
		k.addresses = append(k.addresses, placed{Address: *address, foreign: true})
	} else if len(k.addresses) == before {
		return
	}
	n.world.checker.changed()
	n.linkChanged()
}

// judge makes a tracker think so, and say it.
func (n *node) judge(name string, verdict priority.Verdict) {
	if n.health[name] != verdict {
		n.health[name] = verdict
		n.sample(name)
	}
}
