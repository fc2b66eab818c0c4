package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Address is an address on an interface of a node.
type Address struct {
	Interface string
	Prefix    netip.Prefix
	Label     string // IPv4 only; the interface's name unless another was given
	Scope     int    // as in /etc/iproute2/rt_scopes: 0 global, 253 link, 254 host
	// Deprecated addresses are not chosen as a source.
	Deprecated bool
}

// Addresses returns what is on an interface of the node now, in the kernel's
// order, or on all of them for "".
func (n *Node) Addresses(iface string) ([]Address, error) {
	links, err := n.namespace.link.LinkList()
	if err != nil {
		return nil, n.wrap("list interfaces", err)
	}
	names := make(map[int]string)
	for _, link := range links {
		names[link.Attrs().Index] = link.Attrs().Name
	}
	list, err := n.namespace.link.AddrList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return nil, n.wrap("list addresses", err)
	}
	var found []Address
	for _, a := range list {
		if name := names[a.LinkIndex]; iface == "" || iface == name {
			found = append(found, Address{
				Interface:  name,
				Prefix:     prefixOf(&a),
				Label:      a.Label,
				Scope:      a.Scope,
				Deprecated: a.Flags&unix.IFA_F_DEPRECATED != 0,
			})
		}
	}
	return found, nil
}

// AddAddress puts an address on an interface of the node, as somebody would by
// hand.
func (n *Node) AddAddress(iface string, prefix netip.Prefix) error {
	h := n.namespace.link
	link, err := h.LinkByName(iface)
	if err == nil {
		err = h.AddrAdd(link, kernelAddress(prefix))
	}
	return n.wrap(fmt.Sprintf("add %s to %s", prefix, iface), err)
}

// DeleteAddress takes an address off whatever interfaces of the node it is on, as
// somebody would by hand. It is an error if it is on none.
func (n *Node) DeleteAddress(addr netip.Addr) error {
	list, err := n.find(addr)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("it is on no interface")
	}
	for _, a := range list {
		link, lookupErr := n.namespace.link.LinkByIndex(a.LinkIndex)
		if err = lookupErr; err == nil {
			err = n.namespace.link.AddrDel(link, &a)
		}
		if err != nil {
			break
		}
	}
	return n.wrap(fmt.Sprintf("delete %s", addr), err)
}

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

func (n *Node) holds(addr netip.Addr) (bool, error) {
	list, err := n.find(addr)
	for _, a := range list {
		link, err := n.namespace.link.LinkByIndex(a.LinkIndex)
		if err != nil {
			return false, err
		}
		if _, virtual := link.(*netlink.Macvlan); !virtual || link.Attrs().RawFlags&unix.IFF_LOWER_UP != 0 {
			return true, nil
		}
	}
	return false, err
}

// find returns every occurrence of an address in the node.
func (n *Node) find(addr netip.Addr) ([]netlink.Addr, error) {
	family := netlink.FAMILY_V4
	if addr.Is6() {
		family = netlink.FAMILY_V6
	}
	list, err := n.namespace.link.AddrList(nil, family)
	return slices.DeleteFunc(list, func(a netlink.Addr) bool { return prefixOf(&a).Addr() != addr }), err
}

// holdersRecheck is how often WaitHolders looks when nothing is reported: a
// change of a link, which moves FRR's addresses, is not.
const holdersRecheck = 20 * time.Millisecond

// WaitHolders waits until exactly the given nodes have an address on an
// interface; none given means nobody.
func (l *Lab) WaitHolders(addr netip.Addr, timeout time.Duration, want ...*Node) error {
	var holders []*Node
	ok, err := l.poll(timeout, holdersRecheck, func() (ok bool, err error) {
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

func prefixOf(a *netlink.Addr) netip.Prefix {
	addr, _ := netip.AddrFromSlice(a.IP)
	bits, _ := a.Mask.Size()
	return netip.PrefixFrom(addr.Unmap(), bits)
}
