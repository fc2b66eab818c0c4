package sim

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

const maxNodes = 4

// build makes the nodes and their configurations.
func (w *world) build() {
	interval := pick(w, 10*time.Millisecond, 50*time.Millisecond, 100*time.Millisecond, time.Second, time.Second)
	family, version := packet.IPv4, uint8(packet.Version3)
	switch {
	case w.chance(0.2):
		family = packet.IPv6
	case interval == time.Second && w.chance(0.3):
		version = packet.Version2
	}
	w.network.delay = w.between(0, interval/20)
	w.network.jitter = w.between(0, interval/20)
	w.maxLateness = w.between(0, min(interval/20, 2*time.Millisecond))
	w.kernelTime = w.between(50*time.Microsecond, min(interval/2, 20*time.Millisecond))
	w.troubled = w.between(20*interval, min(100*interval, 100*time.Second))

	count := 2 + w.rand.IntN(maxNodes-1)
	routers := 1 + w.rand.IntN(2)
	unicast := w.chance(0.2)
	preempt := w.chance(0.6) // of all; otherwise each for itself
	startup := time.Duration(0)
	if w.chance(0.2) {
		startup = w.between(0, 5*interval)
	}
	for i := range count {
		n := &node{
			world: w, index: i, name: fmt.Sprintf("n%d", i+1),
			address: nodeAddress(family, i), kernel: kernel{up: true}, delay: startup,
		}
		for r := range routers {
			config := vrrp.Config{
				Name: fmt.Sprintf("VI_%d", r+1), Interface: interfaceName, Family: family, Version: version,
				VRID: uint8(51 + r), Priority: uint8(1 + w.rand.IntN(254)), AdvertInterval: interval,
				Preempt: preempt || w.chance(0.3), Accept: true, TrackLink: true,
				Addresses: addresses(family, r, 1+w.rand.IntN(3)),
				Announce:  vrrp.Announce{Repeat: 5, Delay: 5 * interval, Refresh: 60 * interval},
			}
			if w.chance(0.15) {
				config.Priority = 100 // ties happen
			}
			if config.Preempt && w.chance(0.2) {
				config.PreemptDelay = w.between(0, 10*interval)
			}
			if i == 0 && w.chance(0.1) {
				config.Priority, config.Preempt, config.PreemptDelay = packet.PriorityOwner, true, 0
			}
			if version == packet.Version3 && w.chance(0.1) {
				config.AdvertInterval = 2 * interval
			}
			if unicast {
				config.Unicast = &vrrp.Unicast{TTL: 255, MinTTL: 255}
				for peer := range count {
					if peer != i {
						config.Unicast.Peers = append(config.Unicast.Peers, nodeAddress(family, peer))
					}
				}
			}
			n.routers = append(n.routers, config)
			w.reckon(&config)
		}
		w.nodes = append(w.nodes, n)
	}
	for r := range routers {
		w.names = append(w.names, fmt.Sprintf("VI_%d", r+1))
	}
	w.convergence = w.longestDown + w.longestDelay + startup + w.longestInterval +
		2*(w.network.delay+w.network.jitter+w.maxLateness) + w.kernelTime
	if w.longestDelay > 0 {
		// The delay only begins to count when somebody of lower priority has
		// become active, and after it the timer has to run out.
		w.convergence += w.longestDown
	}
	for _, n := range w.nodes {
		w.after(w.between(0, 5*interval), n.start)
	}
	w.logf("%d nodes, %d routers, v%d %v, interval %v, delay %v+%v, kernel up to %v, converges in %v",
		count, routers, version, family, interval, w.network.delay, w.network.jitter, w.kernelTime, w.convergence)
}

// reckon takes a configuration into account for the time to converge.
func (w *world) reckon(c *vrrp.Config) {
	w.longestInterval = max(w.longestInterval, c.AdvertInterval)
	w.longestDelay = max(w.longestDelay, c.PreemptDelay)
	// A router may follow another's interval.
	w.longestDown = max(w.longestDown, vrrp.ActiveDownInterval(c.Version, 1, w.longestInterval))
}

func addresses(family packet.Family, router, count int) []vrrp.Address {
	var list []vrrp.Address
	for i := range count {
		a := netip.AddrFrom4([4]byte{10, 0, byte(router + 1), byte(100 + i)})
		if family == packet.IPv6 {
			a = netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 13: byte(router + 1), 15: byte(100 + i)})
		}
		list = append(list, vrrp.Address{
			Prefix: netip.PrefixFrom(a, a.BitLen()), Interface: interfaceName, Advertise: true, TrackLink: true,
		})
	}
	return list
}

// plan spreads faults over the time until end.
func (w *world) plan(end time.Time) {
	for range 2 + w.rand.IntN(8) {
		at := w.start.Add(w.between(0, end.Sub(w.start)))
		w.at(at, func() { w.trouble(end) })
	}
}

// trouble makes one thing go wrong, for a while.
func (w *world) trouble(end time.Time) {
	n := w.nodes[w.rand.IntN(len(w.nodes))]
	other := w.nodes[w.rand.IntN(len(w.nodes))]
	long := w.between(0, end.Sub(w.now)/2+w.longestInterval)
	switch w.rand.IntN(13) {
	case 0:
		n.crash()
		w.meanwhile(long, n.start)
	case 1:
		n.stop()
		w.meanwhile(long, n.start)
	case 2, 3:
		// Lengths around the limits of the stall rules, and any.
		length := pick(w, w.between(0, 6*w.longestInterval), long)
		n.freeze()
		w.meanwhile(length, n.thaw)
	case 4:
		w.setCut(n, other, true, true)
		w.meanwhile(long, func() { w.setCut(n, other, false, true) })
	case 5:
		w.setCut(n, other, true, false)
		w.meanwhile(long, func() { w.setCut(n, other, false, false) })
	case 6:
		w.isolate(n, true)
		w.meanwhile(long, func() { w.isolate(n, false) })
	case 7:
		w.setLoss(w.rand.Float64() / 2)
		w.meanwhile(long, func() { w.setLoss(0) })
	case 8:
		n.setLink(false)
		w.meanwhile(long, func() { n.setLink(true) })
	case 9:
		w.vandals(n)
	case 10:
		w.reload(n)
	case 11:
		n.setRefusing(true)
		w.meanwhile(long, func() { n.setRefusing(false) })
	case 12:
		for range 20 {
			w.meanwhile(w.between(0, long), func() { w.garbage(n) })
		}
	}
}

// vandals remove addresses, once or again and again.
func (w *world) vandals(n *node) {
	if w.chance(0.7) {
		n.vandalize()
		return
	}
	for i := range 30 {
		w.meanwhile(time.Duration(i)*w.longestInterval/4, n.vandalize)
	}
}

// heal ends everything that was wrong.
func (w *world) heal() {
	w.logf("ALL IS WELL AGAIN")
	w.network.cut = [maxNodes][maxNodes]bool{}
	w.network.loss = 0
	w.healed = true
	for _, n := range w.nodes {
		n.thaw()
		n.setLink(true)
		n.setRefusing(false)
		n.start()
	}
	w.checker.changed()
}

func (w *world) setCut(a, b *node, cut, both bool) {
	w.logf("CUT %s -> %s: %v, both ways: %v", a.name, b.name, cut, both)
	w.checker.changed()
	w.network.cut[a.index][b.index] = cut
	if both {
		w.network.cut[b.index][a.index] = cut
	}
}

func (w *world) isolate(n *node, cut bool) {
	for _, other := range w.nodes {
		if other != n {
			w.setCut(n, other, cut, true)
		}
	}
}

func (w *world) setLoss(loss float64) {
	w.logf("LOSS %.2f", loss)
	w.checker.changed()
	w.network.loss = loss
}

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
	changed := &n.routers[w.rand.IntN(len(n.routers))]
	var others []string
	for i := range n.routers {
		if n.routers[i].Name != changed.Name {
			others = append(others, n.routers[i].Name)
		}
	}
	if changed.Priority != packet.PriorityOwner {
		changed.Priority = uint8(1 + w.rand.IntN(254))
	}
	n.logf("RELOAD %s priority %d", changed.Name, changed.Priority)
	w.checker.changed()
	w.checker.untouched(7, n, others, "a reload of "+changed.Name, func() {
		n.engine.Post(engine.Reload{Routers: append([]vrrp.Config(nil), n.routers...)})
		n.turn()
	})
}

// garbage puts something on the wire that must be rejected.
func (w *world) garbage(n *node) {
	if !n.quiet() || n.socket == 0 {
		return
	}
	d := w.forge(n)
	n.logf("garbage from %v: %x", d.Source, d.Payload)
	w.checker.untouched(10, n, w.names, "garbage", func() {
		n.arrive(d, false)
		n.turn()
	})
}

// forge returns a datagram that looks like a neighbour's but is not right.
func (w *world) forge(n *node) packet.Datagram {
	config := &n.routers[w.rand.IntN(len(n.routers))]
	other := w.nodes[w.rand.IntN(len(w.nodes))]
	destination := config.Family.Group()
	if config.Unicast != nil {
		destination = n.address
	}
	advert := packet.Advertisement{
		Version: config.Version, VRID: config.VRID, Priority: uint8(w.rand.IntN(256)),
		Interval: config.AdvertInterval, Addresses: config.Advertised(),
	}
	payload, err := advert.Append(nil, other.address, destination)
	if err != nil {
		panic("sim: " + err.Error())
	}
	d := packet.Datagram{Source: other.address, Destination: destination, TTL: 255, Payload: payload}
	switch w.rand.IntN(6) {
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
		d.Source = n.address
	}
	return d
}

func pick[T any](w *world, options ...T) T { return options[w.rand.IntN(len(options))] }
