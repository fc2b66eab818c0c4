package lab

import (
	"fmt"
	"net"
	"net/netip"
	"slices"

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
func (n *Node) Addresses(iface string) (found []Address, err error) {
	err = n.namespace.use(func(h *netlink.Handle) error {
		found, err = listAddresses(h, iface)
		return err
	})
	return found, n.wrap("list addresses", err)
}

func listAddresses(h *netlink.Handle, iface string) ([]Address, error) {
	links, err := h.LinkList()
	if err != nil {
		return nil, err
	}
	names := make(map[int]string)
	for _, link := range links {
		names[link.Attrs().Index] = link.Attrs().Name
	}
	list, err := h.AddrList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return nil, err
	}
	var found []Address
	for _, a := range list {
		if name := names[a.LinkIndex]; iface == "" || iface == name {
			found = append(found, Address{
				Interface:  name,
				Prefix:     prefixOf(a.IPNet),
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
	err := n.namespace.use(func(h *netlink.Handle) error {
		link, err := h.LinkByName(iface)
		if err != nil {
			return err
		}
		return h.AddrAdd(link, kernelAddress(prefix))
	})
	return n.wrap(fmt.Sprintf("add %s to %s", prefix, iface), err)
}

// DeleteAddress takes an address off whatever interfaces of the node it is on, as
// somebody would by hand. It is an error if it is on none.
func (n *Node) DeleteAddress(addr netip.Addr) error {
	err := n.namespace.use(func(h *netlink.Handle) error {
		list, err := findAddress(h, addr)
		if err == nil && len(list) == 0 {
			return fmt.Errorf("it is on no interface")
		}
		for _, a := range list {
			link, err := h.LinkByIndex(a.LinkIndex)
			if err != nil {
				return err
			}
			if err := h.AddrDel(link, &a); err != nil {
				return err
			}
		}
		return err
	})
	return n.wrap(fmt.Sprintf("delete %s", addr), err)
}

// findAddress returns every occurrence of an address.
func findAddress(h *netlink.Handle, addr netip.Addr) ([]netlink.Addr, error) {
	family := netlink.FAMILY_V4
	if addr.Is6() {
		family = netlink.FAMILY_V6
	}
	list, err := h.AddrList(nil, family)
	return slices.DeleteFunc(list, func(a netlink.Addr) bool { return prefixOf(a.IPNet).Addr() != addr }), err
}

// kernelAddress is a prefix as the kernel is told it, without duplicate address
// detection.
func kernelAddress(p netip.Prefix) *netlink.Addr {
	a := &netlink.Addr{IPNet: &net.IPNet{
		IP:   p.Addr().AsSlice(),
		Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
	}}
	if p.Addr().Is6() {
		a.Flags = unix.IFA_F_NODAD
	}
	return a
}

// prefixOf is a prefix as the kernel tells it.
func prefixOf(n *net.IPNet) netip.Prefix {
	addr, _ := netip.AddrFromSlice(n.IP)
	bits, _ := n.Mask.Size()
	return netip.PrefixFrom(addr.Unmap(), bits)
}
