package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Holders returns the nodes that have an address on an interface now. An address
// on a macvlan without a carrier does not count: FRR leaves its addresses
// there and switches the interface off.
func (l *Lab) Holders(addr netip.Addr) ([]*Node, error) {
	var holders []*Node
	for _, n := range l.Nodes() {
		holds, err := n.holds(addr)
		if err != nil {
			return nil, n.wrap("look for "+addr.String(), err)
		}
		if holds {
			holders = append(holders, n)
		}
	}
	return holders, nil
}

func (n *Node) holds(addr netip.Addr) (holds bool, err error) {
	err = n.namespace.use(func(h *netlink.Handle) error {
		list, err := findAddress(h, addr)
		for _, a := range list {
			link, err := h.LinkByIndex(a.LinkIndex)
			if err != nil {
				return err
			}
			_, virtual := link.(*netlink.Macvlan)
			holds = holds || !virtual || link.Attrs().RawFlags&unix.IFF_LOWER_UP != 0
		}
		return err
	})
	return holds, err
}

// holdersInterval is how often WaitHolders looks, which takes 25 microseconds a
// node.
const holdersInterval = time.Millisecond

// WaitHolders waits until exactly the given nodes have an address on an
// interface; none given means nobody.
func (l *Lab) WaitHolders(addr netip.Addr, timeout time.Duration, want ...*Node) error {
	var holders []*Node
	ok, err := l.poll(timeout, holdersInterval, func() (ok bool, err error) {
		holders, err = l.Holders(addr)
		return sameNodes(holders, want), err
	})
	if err == nil && !ok {
		err = fmt.Errorf("held by %v", holders)
	}
	if err != nil {
		return fmt.Errorf("wait %v until %s is held by %v: %w", timeout, addr, want, err)
	}
	return nil
}

func sameNodes(a, b []*Node) bool {
	if len(a) != len(b) {
		return false
	}
	return !slices.ContainsFunc(a, func(n *Node) bool { return !slices.Contains(b, n) })
}
