package sim

import (
	"net/netip"
	"time"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/packet"
)

// receiveBuffer is how many datagrams the kernel of a node keeps.
const receiveBuffer = 256

// network is one segment whose switch can go wrong.
type network struct {
	world *world
	// delay and jitter bound how long a frame is under way.
	delay, jitter time.Duration
	loss          float64
	duplicates    float64
	// cut[from][to]: frames from one node to another are lost.
	cut [maxNodes][maxNodes]bool
}

// perfect reports whether every frame between nodes that can reach each other
// arrives: no loss, and no cut that is one way only.
func (n *network) perfect() bool {
	for a := range n.cut {
		for b := range n.cut {
			if n.cut[a][b] != n.cut[b][a] {
				return false
			}
		}
	}
	return n.loss == 0
}

// reaches reports whether frames go from one node to another.
func (n *network) reaches(from, to *node) bool {
	return from.kernel.up && to.kernel.up && !n.cut[from.index][to.index]
}

// transmit puts a datagram on the wire.
func (n *network) transmit(from *node, d packet.Datagram) {
	w := n.world
	for _, to := range w.nodes {
		addressed := d.Destination.IsMulticast() || d.Destination == to.address
		if to == from || !addressed || !n.reaches(from, to) || w.chance(n.loss) {
			continue
		}
		copied := d
		copied.Payload = append([]byte(nil), d.Payload...)
		w.after(n.delay+w.between(0, n.jitter), func() { to.arrive(copied, true) })
		if w.chance(n.duplicates) {
			w.after(n.delay+w.between(0, n.jitter), func() { to.arrive(copied, true) })
		}
	}
}

// waiting is a datagram in a node's kernel.
type waiting struct {
	datagram packet.Datagram
	arrived  time.Time
	genuine  bool // sent by a node, not made up
}

// arrive puts a datagram into a node's kernel, if somebody listens there.
func (n *node) arrive(d packet.Datagram, genuine bool) {
	if n.engine == nil || n.socket == 0 || !n.kernel.up || len(n.buffer) >= receiveBuffer {
		return
	}
	n.buffer = append(n.buffer, waiting{datagram: d, arrived: n.world.now, genuine: genuine})
	n.wakeSoon()
}

// Receive implements [engine.Network].
func (n *node) Receive(d *engine.Datagram) bool {
	if len(n.buffer) == 0 {
		return false
	}
	first := n.buffer[0]
	n.buffer = n.buffer[1:]
	*d = engine.Datagram{Datagram: first.datagram, Socket: n.socket, Age: n.world.now.Sub(first.arrived)}
	n.world.checker.received(n, first)
	return true
}

// Send implements [engine.Network].
func (n *node) Send(m *engine.Message) error {
	n.world.checker.sent(n, m)
	n.world.network.transmit(n, packet.Datagram{
		Source: m.Source, Destination: m.Destination, TTL: m.TTL, Payload: m.Payload,
	})
	return nil
}

// nodeAddress is what a node sends from.
func nodeAddress(family packet.Family, index int) netip.Addr {
	if family == packet.IPv6 {
		return netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 15: byte(index + 1)})
	}
	return netip.AddrFrom4([4]byte{10, 0, 0, byte(index + 1)})
}
