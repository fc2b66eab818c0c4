package sim

import (
	"time"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// quiet reports whether nothing is waiting for a node's loop now, so that one
// more input is the only thing its next turn sees.
func (n *node) quiet() bool {
	due := !n.next.IsZero() && !n.next.After(n.world.now)
	return n.running() && !due && !n.unread && len(n.buffer) == 0 && n.host.idle()
}

// reload changes one router of a node; the others must not notice.
func (w *world) reload(n *node) {
	if !n.quiet() {
		return
	}
	changed := &n.setup.Routers[w.rand.IntN(len(n.setup.Routers))]
	var others []string
	for i := range n.setup.Routers {
		if n.setup.Routers[i].Name != changed.Name {
			others = append(others, n.setup.Routers[i].Name)
		}
	}
	if len(n.setup.Groups) > 0 {
		w.reloadGroup(n)
		return
	}
	w.change(changed)
	n.logf("RELOAD %s priority %d interval %v preempt %v addresses %d",
		changed.Name, changed.Priority, changed.AdvertInterval, changed.Preempt, len(changed.Addresses))
	w.checker.changed()
	n.weigh()
	w.checker.untouched(7, n, others, "a reload of "+changed.Name, func() {
		n.engine.Post(engine.Reload{Setup: n.configuration()})
		n.turn()
	})
}

// change edits one thing in a router's configuration.
func (w *world) change(config *vrrp.Config) {
	owner := config.Priority == packet.PriorityOwner
	switch w.rand.IntN(5) {
	case 0, 1:
		if !owner {
			config.Priority = uint8(1 + w.rand.IntN(254))
		}
	case 2:
		if config.Version == packet.Version3 {
			shorter := max(w.interval/5, 10*time.Millisecond).Truncate(10 * time.Millisecond)
			config.AdvertInterval = pick(w, shorter, w.interval, 2*w.interval, 5*w.interval)
			w.reckon(config)
			w.reckonConvergence()
		}
	case 3:
		if !owner {
			config.Preempt, config.PreemptDelay = !config.Preempt, 0
		}
	case 4:
		config.Addresses = addresses(config.Family, int(config.VRID)-firstVRID, 1+w.rand.IntN(3), config.Interface)
	}
}

// reloadGroup changes the priority of all members of a group together.
func (w *world) reloadGroup(n *node) {
	to := uint8(1 + w.rand.IntN(254))
	for i := range n.setup.Routers {
		if n.setup.Routers[i].Priority != packet.PriorityOwner {
			n.setup.Routers[i].Priority = to
		}
	}
	n.logf("RELOAD all with priority %d", to)
	w.checker.changed()
	n.weigh()
	n.post(engine.Reload{Setup: n.configuration()})
}

// garbage puts something on the wire that must be rejected.
func (w *world) garbage(n *node) {
	config := &n.setup.Routers[w.rand.IntN(len(n.setup.Routers))]
	segment := segmentOf(config.Interface)
	if !n.quiet() || n.sockets[segment] == 0 {
		return
	}
	d := w.forge(n, config)
	n.logf("garbage from %v: %x", d.Source, d.Payload)
	w.checker.untouched(10, n, w.names, "garbage", func() {
		n.arrive(segment, d, false)
		n.turn()
	})
}

// strangeVRID is that of a router that no node has.
const strangeVRID = 99

// forge returns a datagram that looks like a neighbour's but is not right, or not for
// us.
func (w *world) forge(n *node, config *vrrp.Config) packet.Datagram {
	segment := segmentOf(config.Interface)
	other := w.nodes[w.rand.IntN(len(w.nodes))]
	destination := config.Family.Group()
	if config.Unicast != nil {
		destination = n.addresses[segment]
	}
	advert := packet.Advertisement{
		Version: config.Version, VRID: config.VRID, Priority: uint8(w.rand.IntN(256)),
		Interval: config.AdvertInterval, Addresses: config.Advertised(),
	}
	kinds := 7
	if config.Family == packet.IPv4 {
		kinds = 8
	}
	kind := w.rand.IntN(kinds)
	switch kind {
	case 6:
		advert.VRID = strangeVRID // others on the same segment, who are well
	case 7:
		// The same router, but configured for the other version.
		advert.Version, advert.Interval = packet.Version2+packet.Version3-config.Version, time.Second
	}
	payload, err := advert.Append(nil, other.addresses[segment], destination)
	if err != nil {
		panic("sim: " + err.Error())
	}
	d := packet.Datagram{Source: other.addresses[segment], Destination: destination, TTL: 255, Payload: payload}
	switch kind {
	case 0:
		d.TTL = uint8(w.rand.IntN(255))
	case 1:
		d.Payload = payload[:w.rand.IntN(len(payload))]
	case 2:
		payload[w.rand.IntN(len(payload))] ^= 1 << w.rand.IntN(8) // caught by the checksum, or before
	case 3:
		payload[0] = byte(w.rand.IntN(256))&^0x30 | 0x40
	case 4:
		d.Payload = append(payload, make([]byte, 1+w.rand.IntN(40))...)
	case 5:
		d.Source = n.addresses[segment]
	}
	return d
}
