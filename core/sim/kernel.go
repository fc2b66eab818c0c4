package sim

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// maxSegments is how many segments, and interfaces, a node can have.
const maxSegments = 2

// interfaceNames are the interfaces by segment.
var interfaceNames = [maxSegments]string{"eth0", "eth1"}

// segmentOf returns the segment that an interface is on.
func segmentOf(interfaceName string) int { return slices.Index(interfaceNames[:], interfaceName) }

// kernel is the part of a machine that outlives the agent's process: the links,
// the addresses, and the record of those that are ours.
type kernel struct {
	up         [maxSegments]bool // the carrier
	links      [maxSegments]int  // the indexes of the interfaces; 0 if there is none
	lastLink   int
	bare       [maxSegments]bool // the node's own address is gone
	mute       [maxSegments]bool // nothing can be sent
	socketless bool              // no socket can be opened
	refusing   bool              // addresses cannot be added or removed
	only       netip.Addr        // no others than this, if it is valid
	stuck      bool              // orders are not carried out
	addresses  []placed
}

// placed is a virtual address on its interface.
type placed struct {
	vrrp.Address
	announced bool
	foreign   bool // put there by somebody else
}

// ready reports whether the interface of a segment is there, with a carrier and an
// address of its own.
func (k *kernel) ready(segment int) bool {
	return k.links[segment] != 0 && k.up[segment] && !k.bare[segment]
}

func (k *kernel) index(a *vrrp.Address) int {
	return slices.IndexFunc(k.addresses, func(p placed) bool { return p.Prefix == a.Prefix })
}

// ours returns where an address is that we have put there.
func (k *kernel) ours(a *vrrp.Address) int {
	at := k.index(a)
	if at >= 0 && k.addresses[at].foreign {
		return -1
	}
	return at
}

// has reports whether an address is there and ours, foreign whether it is another's.
func (k *kernel) has(a *vrrp.Address) bool     { return k.ours(a) >= 0 }
func (k *kernel) foreign(a *vrrp.Address) bool { return k.index(a) >= 0 && !k.has(a) }

// refuses reports whether an address cannot be added or removed.
func (k *kernel) refuses(a *vrrp.Address) bool {
	return k.refusing && (!k.only.IsValid() || k.only == a.Prefix.Addr())
}

// change adds or removes an address and reports whether that changed anything.
func (k *kernel) change(a *vrrp.Address, add bool) bool {
	i := k.ours(a)
	if (i >= 0) == add {
		return false
	}
	if add {
		k.addresses = append(k.addresses, placed{Address: *a})
	} else {
		k.addresses = slices.Delete(k.addresses, i, i+1)
	}
	return true
}

// host is the part of a process that changes the machine: netio's worker. It
// takes its time for every order and dies with the process.
type host struct {
	node    *node
	queue   []func()
	working bool
	stopped func() // the order that a freeze, or a machine that is stuck, interrupted
	dead    bool
	asOf    uint64
}

// idle reports whether every order has been carried out.
func (h *host) idle() bool { return !h.working && len(h.queue) == 0 }

func (h *host) enqueue(do func()) {
	h.queue = append(h.queue, do)
	if !h.working {
		h.next()
	}
}

func (h *host) next() {
	h.working = len(h.queue) > 0
	if !h.working {
		return
	}
	do := h.queue[0]
	h.queue = h.queue[1:]
	w := h.node.world
	w.after(w.between(20*time.Microsecond, h.node.world.kernelTime), func() { h.work(do) })
}

func (h *host) work(do func()) {
	switch {
	case h.dead:
	case h.node.paused():
		h.stopped = do
	default:
		do()
		h.next()
	}
}

// resume carries on, with everything that has piled up.
func (h *host) resume() {
	do := h.stopped
	if do == nil {
		return
	}
	h.stopped = nil
	for _, do := range append([]func(){do}, h.queue...) {
		do()
	}
	h.queue = nil
	h.next()
}

// OpenSocket implements [engine.Host].
func (h *host) OpenSocket(s engine.Socket) {
	h.enqueue(func() {
		answer := engine.SocketOpened{ID: s.ID}
		switch segment := segmentOf(s.Interface); {
		case h.node.kernel.links[segment] != s.Index:
			answer.Err = errNoInterface
		case h.node.kernel.socketless:
			answer.Err = errRefused
		default:
			h.node.sockets[segment] = s.ID
		}
		h.node.post(answer)
	})
}

// CloseSocket implements [engine.Host].
func (h *host) CloseSocket(id engine.SocketID) {
	h.node.closed[id] = true
	h.enqueue(func() {
		if i := slices.Index(h.node.sockets[:], id); i >= 0 {
			h.node.sockets[i] = 0
		}
	})
}

// ChangeAddresses implements [engine.Host].
func (h *host) ChangeAddresses(o engine.AddressOrder) {
	if !o.Add {
		h.node.world.checker.releasing(h.node, o.Router)
	}
	h.enqueue(func() {
		answer := engine.AddressesChanged{Seq: o.Seq, Router: o.Router, Add: o.Add}
		for i := range o.Addresses {
			result := h.node.change(&o.Addresses[i], o.Add)
			answer.Results = append(answer.Results, result)
			h.node.logf("kernel: %s %v: changed=%v, error: %v", verb(o.Add), o.Addresses[i].Prefix, result.Changed, result.Err)
		}
		h.asOf = o.Seq
		h.node.post(answer)
		if h.node.world.chance(0.2) {
			h.node.linkChanged() // the kernel tells of it later
			return
		}
		h.node.reportLinks()
	})
}

// What the kernel says.
var (
	errRefused     = errors.New("refused")
	errNoInterface = errors.New("no such interface")
	errMute        = errors.New("operation not permitted")
)

// change adds or removes an address, unless the kernel does not want to.
func (n *node) change(a *vrrp.Address, add bool) engine.AddressResult {
	switch {
	case add && n.kernel.foreign(a):
		return engine.AddressResult{Address: *a, Err: engine.ErrForeign}
	case add && n.kernel.links[segmentOf(a.Interface)] == 0:
		return engine.AddressResult{Address: *a, Err: errNoInterface}
	case n.kernel.refuses(a) && add != n.kernel.has(a):
		n.refused = n.world.now
		return engine.AddressResult{Address: *a, Err: errRefused}
	}
	return engine.AddressResult{Address: *a, Changed: n.kernel.change(a, add)}
}

func verb(add bool) string {
	if add {
		return "add"
	}
	return "remove"
}

// Announce implements [engine.Host].
func (h *host) Announce(o engine.AnnounceOrder) {
	h.enqueue(func() {
		k := &h.node.kernel
		for i := range o.Addresses {
			if at := k.ours(&o.Addresses[i]); at >= 0 {
				k.addresses[at].announced = true
			}
		}
	})
}

// Watch implements [engine.Host].
func (h *host) Watch([]string) { h.enqueue(h.node.reportLinks) }

// DropPacketsTo implements [engine.Host].
func (h *host) DropPacketsTo([]vrrp.Address) {}
