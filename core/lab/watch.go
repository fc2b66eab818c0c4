package lab

import (
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// AddressChange is an address that has come to an interface, or gone.
type AddressChange struct {
	// At is when the lab was told, some 0.1 ms after the change.
	At        time.Time
	Node      *Node
	Interface string
	Prefix    netip.Prefix
	Added     bool
}

// AddressChanges returns every change of an address in any node, oldest first.
// The kernel may report one address twice, as when its lifetimes change.
func (l *Lab) AddressChanges() []AddressChange { return l.addresses.all() }

// WaitAddressChange returns the first change that matches, among those there were
// since the lab was made and those to come.
func (l *Lab) WaitAddressChange(timeout time.Duration, match func(AddressChange) bool) (AddressChange, error) {
	ctx, cancel := l.until(timeout)
	defer cancel()
	change, err := l.addresses.wait(ctx, match)
	return change, l.waitError(err, timeout, "a change of an address")
}

// addressWatch hears from the kernel of one node's addresses.
type addressWatch struct {
	node    *Node
	done    chan struct{} // closed by close
	changes chan netlink.AddrUpdate
}

// watchBuffer lets the netlink library read on while changes are recorded.
const watchBuffer = 1024

// watchAddresses starts to record the changes in a node until close.
func watchAddresses(n *Node) (*addressWatch, error) {
	w := &addressWatch{node: n, done: make(chan struct{})}
	if err := w.subscribe(); err != nil {
		return nil, err
	}
	err := n.lab.whileOpen(func() { n.lab.running.Go(w.run) })
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *addressWatch) subscribe() error {
	w.changes = make(chan netlink.AddrUpdate, watchBuffer)
	ns := netns.NsHandle(w.node.namespace.net.Fd())
	return netlink.AddrSubscribeWithOptions(w.changes, w.done, netlink.AddrSubscribeOptions{Namespace: &ns})
}

// run records until the watch is closed. The library gives up when the kernel's
// queue overflows; what was lost then stays lost, and Holders, which asks, is
// still right.
func (w *addressWatch) run() {
	for {
		for change := range w.changes {
			w.record(change)
		}
		select {
		case <-w.done:
			return
		default:
		}
		if err := w.subscribe(); err != nil {
			return
		}
	}
}

func (w *addressWatch) record(change netlink.AddrUpdate) {
	now := time.Now()
	var name string
	if link, err := w.node.namespace.link.LinkByIndex(change.LinkIndex); err == nil {
		name = link.Attrs().Name // else the interface has gone with its address
	}
	w.node.lab.addresses.add(AddressChange{
		At: now, Node: w.node, Interface: name, Prefix: prefixOf(&change.LinkAddress), Added: change.NewAddr,
	})
}

func (w *addressWatch) close() { close(w.done) }
