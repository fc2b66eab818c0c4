package netio

import (
	"cmp"
	"context"
	"sync"
)

// HostConfig is what a [Host] needs.
type HostConfig struct {
	// RuntimeDir is the absolute path of an existing directory that only we write
	// to, for the record of addresses, addresses.json. It should not survive a
	// reboot, but may. The packet filter's table is named after it.
	RuntimeDir string
	// Sockets is where sockets are opened and closed.
	Sockets *Sockets
	// Report is called with everything the host has to say, by the goroutine that
	// runs it. It must not block.
	Report func(Report)
}

// Host changes the machine. Its other methods only take orders: they return at
// once, may be called from any goroutine, and keep the slices they are given. The
// orders are carried out by Run, one after the other, in order. Orders that are
// given after Run has returned are forgotten.
type Host struct {
	config HostConfig
	signal chan struct{} // holds an element when there are orders

	mu     sync.Mutex // guards what follows
	orders []order
	closed bool // no more orders are taken
}

// order is an order with its arguments.
type order func(*worker)

// NewHost returns a host that does nothing yet but remember orders.
func NewHost(config HostConfig) *Host {
	return &Host{config: config, signal: make(chan struct{}, 1)}
}

// OpenSocket opens a socket by [Sockets.Open] and answers with [SocketReport].
func (h *Host) OpenSocket(s Socket) { h.give(func(w *worker) { w.openSocket(s) }) }

// CloseSocket closes a socket by [Sockets.Close], unanswered.
func (h *Host) CloseSocket(id uint32) { h.give(func(w *worker) { w.config.Sockets.Close(id) }) }

// ChangeAddresses puts addresses on interfaces or takes them off and answers with
// [AddressReport], then with a [LinkReport] of each watched interface concerned.
//
// An address is in the record before it is on an interface; where it cannot be
// recorded, it is not added. Only recorded addresses are removed, or adopted
// ones, and an address that is not there is no failure then. The other addresses
// of the interface stay as they are.
func (h *Host) ChangeAddresses(o AddressOrder) { h.give(func(w *worker) { w.changeAddresses(o) }) }

// Announce announces those of the addresses that are on their interfaces. The
// first round is sent before any later order is carried out. It is answered with
// [AnnouncementReport] only if frames could not be sent. Interfaces that are not
// Ethernet's, or do not do ARP, are passed over.
func (h *Host) Announce(o AnnounceOrder) { h.give(func(w *worker) { w.announcer.begin(o) }) }

// Watch names the interfaces whose state is to be reported as [LinkReport]: each
// once now, whether it exists or not, and then after every change. It replaces
// the names of an earlier call.
func (h *Host) Watch(interfaces []string) { h.give(func(w *worker) { w.links.watch(interfaces) }) }

// DropPacketsTo names the addresses that the host itself is to be deaf to, and
// not to send from; it replaces the list of an earlier call. ARP and neighbour
// discovery still answer for them. It is answered with [FilterReport].
func (h *Host) DropPacketsTo(addresses []Address) {
	h.give(func(w *worker) { w.dropPacketsTo(addresses) })
}

func (h *Host) give(o order) {
	h.mu.Lock()
	if !h.closed {
		h.orders = append(h.orders, o)
	}
	h.mu.Unlock()
	select {
	case h.signal <- struct{}{}:
	default: // it holds one
	}
}

// take returns the orders that wait. After the last call no more are taken.
func (h *Host) take(last bool) []order {
	h.mu.Lock()
	defer h.mu.Unlock()
	taken := h.orders
	h.orders, h.closed = nil, h.closed || last
	return taken
}

// Run carries out orders until ctx is done, and then those that were given before.
// It returns when nothing of it runs any more: nil, or an error if it could not
// begin.
//
// It opens everything in the network namespace of the thread it begins on. A
// caller that wants another one than the process's locks its goroutine to a
// thread in that namespace, for the whole call.
//
// First of all it removes what a dead process has left, as recorded in the
// runtime directory. Addresses that are recorded when it ends stay, for the next
// start; the packet filter goes.
func (h *Host) Run(ctx context.Context) error {
	w, err := newWorker(h)
	if err != nil {
		return err
	}
	defer w.close()
	w.cleanUp()
	w.loop(ctx)
	return nil
}

// CleanUp does what [Host.Run] does first of all, for who cannot run a host yet, and
// returns what there is to say about that.
func CleanUp(runtimeDir string) (said []error) {
	record, warning, err := openRecord(runtimeDir)
	switch {
	case warning != nil || err != nil:
		return []error{cmp.Or(warning, err)}
	case len(record.entries) == 0 && !record.filter: // as after every orderly end
		return nil
	}
	w, err := newWorker(NewHost(HostConfig{RuntimeDir: runtimeDir, Report: func(r Report) {
		if warning, ok := r.(Warning); ok {
			said = append(said, warning.Err)
		}
	}}))
	if err != nil {
		return []error{err}
	}
	defer w.close()
	w.cleanUp()
	w.deliver()
	return said
}
