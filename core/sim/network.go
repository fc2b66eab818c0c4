package sim

import (
	"net/netip"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/packet"
)

// receiveBuffer is how many datagrams the kernel of a node keeps.
const receiveBuffer = 256

// network is one segment or two, whose switches can go wrong.
type network struct {
	world *world
	// delay and jitter bound how long a frame is under way.
	delay, jitter time.Duration
	loss          float64
	duplicates    float64
	// cut[segment][from][to]: frames from one node to another are lost.
	cut [maxSegments][maxNodes][maxNodes]bool
}

// perfect reports whether every frame between nodes that can reach each other
// arrives: no loss, and no cut that is one way only, as it is beside the mute.
func (n *network) perfect() bool {
	for segment, cut := range n.cut {
		for a := range cut {
			for b := range cut {
				if cut[a][b] != cut[b][a] {
					return false
				}
			}
		}
		if slices.ContainsFunc(n.world.nodes, func(other *node) bool { return other.kernel.mute[segment] }) {
			return false
		}
	}
	return n.loss == 0
}

// whole reports whether all nodes reach each other on all segments.
func (n *network) whole() bool {
	for segment := range n.world.segments {
		for _, a := range n.world.nodes {
			for _, b := range n.world.nodes {
				if a != b && !n.reaches(segment, a, b) {
					return false
				}
			}
		}
	}
	return true
}

// alike reports whether who reaches whom is the same on all segments.
func (n *network) alike() bool {
	for _, a := range n.world.nodes {
		for _, b := range n.world.nodes {
			if n.reaches(0, a, b) != n.reaches(n.world.segments-1, a, b) {
				return false
			}
		}
	}
	return true
}

// reaches reports whether frames go from one node to another on a segment.
func (n *network) reaches(segment int, from, to *node) bool {
	return from.kernel.ready(segment) && !from.kernel.mute[segment] && to.kernel.ready(segment) && !n.cut[segment][from.index][to.index]
}

// transmit puts a datagram on the wire of a segment.
func (n *network) transmit(segment int, from *node, d packet.Datagram) {
	w := n.world
	for _, to := range w.nodes {
		addressed := d.Destination.IsMulticast() || d.Destination == to.addresses[segment]
		if to == from || !addressed || !n.reaches(segment, from, to) || w.chance(n.loss) {
			continue
		}
		copied := d
		copied.Payload = append([]byte(nil), d.Payload...)
		w.after(n.delay+w.between(0, n.jitter), func() { to.arrive(segment, copied, true) })
		if w.chance(n.duplicates) {
			w.after(n.delay+w.between(0, n.jitter), func() { to.arrive(segment, copied, true) })
		}
	}
}

// waiting is a datagram in a node's kernel.
type waiting struct {
	socket   engine.SocketID
	datagram packet.Datagram
	arrived  time.Time
	stamp    time.Time // when it arrived, by the node's wall clock
	genuine  bool      // sent by a node, not made up
}

// arrive puts a datagram into a node's kernel, if somebody listens there.
func (n *node) arrive(segment int, d packet.Datagram, genuine bool) {
	if n.engine == nil || n.sockets[segment] == 0 || !n.kernel.ready(segment) || len(n.buffer) >= receiveBuffer {
		return
	}
	n.buffer = append(n.buffer, waiting{socket: n.sockets[segment], datagram: d, arrived: n.world.now, stamp: n.Wall(), genuine: genuine})
	n.wakeSoon()
}

// Receive implements [engine.Network].
func (n *node) Receive(d *engine.Datagram) bool {
	if len(n.buffer) == 0 {
		return false
	}
	first := n.buffer[0]
	n.buffer = n.buffer[1:]
	*d = engine.Datagram{Datagram: first.datagram, Socket: first.socket, Age: n.Wall().Sub(first.stamp)}
	if !n.closed[first.socket] { // or the engine does not look at it
		n.world.checker.received(n, first)
	}
	return true
}

// Send implements [engine.Network].
func (n *node) Send(m *engine.Message) error {
	n.world.checker.sent(n, m)
	segment := slices.Index(n.sockets[:], m.Socket)
	switch {
	case segment < 0 || n.kernel.links[segment] == 0:
		return errNoInterface
	case n.kernel.mute[segment] || n.kernel.bare[segment]:
		return errMute
	}
	n.world.network.transmit(segment, n, packet.Datagram{
		Source: m.Source, Destination: m.Destination, TTL: m.TTL, Payload: m.Payload,
	})
	return nil
}

// nodeAddress is what a node sends from on a segment. The order of the addresses
// is another one on each.
func nodeAddress(family packet.Family, segment, index int) netip.Addr {
	last := byte(index + 1)
	if segment > 0 {
		last = byte(maxNodes - index)
	}
	if family == packet.IPv6 {
		return netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 14: byte(segment), 15: last})
	}
	return netip.AddrFrom4([4]byte{10, 0, byte(segment), last})
}
