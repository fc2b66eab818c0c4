package lab

import (
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// MAC is an Ethernet address. Those of nodes are 02:00:00:00:NODE:INTERFACE.
type MAC [6]byte

func (m MAC) String() string { return net.HardwareAddr(m[:]).String() }

// port is where a node's interface meets the switch.
type port struct {
	node    *Node
	segment *segment
	iface   string        // the node's side
	link    *netlink.Veth // the switch's side
	mac     MAC           // the node's side

	// Faults, guarded by the lab's lock. Indexed by side.
	cut       [2]bool
	loss      [2]float64 // percent
	unplugged bool
}

// configure brings the node's side up with its addresses and waits until it can
// be used.
func (p *port) configure(addresses []string) error {
	h := p.node.namespace.link
	link, err := h.LinkByName(p.iface)
	if err != nil {
		return err
	}
	for _, text := range addresses {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return fmt.Errorf("address %q: an address has the form 10.0.0.71/24 or fd00::71/64", text)
		}
		if err := h.AddrAdd(link, kernelAddress(prefix)); err != nil {
			return fmt.Errorf("add %s: %w", prefix, err)
		}
	}
	if err := h.LinkSetUp(link); err != nil {
		return err
	}
	linkLocal, err := p.wantsLinkLocal()
	if err != nil {
		return err
	}
	ready, err := p.node.lab.poll(readyTimeout, readyInterval, func() (bool, error) {
		return p.ready(link.Attrs().Index, linkLocal)
	})
	if err == nil && !ready {
		err = fmt.Errorf("not ready after %v", readyTimeout)
	}
	return err
}

// wantsLinkLocal reports whether the node has IPv6 on the interface: an option or
// the kernel may have switched it off.
func (p *port) wantsLinkLocal() (wants bool, err error) {
	err = p.node.Do(func() error {
		wants = readSysctl("net/ipv6/conf/"+p.iface+"/disable_ipv6") == "0"
		return nil
	})
	return wants, err
}

// ready reports whether both sides have their carrier, and the node's side its
// link-local address if it wants one.
func (p *port) ready(index int, linkLocal bool) (bool, error) {
	h := p.node.namespace.link
	inside, err := h.LinkByIndex(index)
	if err != nil {
		return false, err
	}
	outside, err := p.node.lab.wire.link.LinkByIndex(p.link.Index)
	if err != nil {
		return false, err
	}
	if inside.Attrs().OperState != netlink.OperUp || outside.Attrs().OperState != netlink.OperUp {
		return false, nil
	}
	if !linkLocal {
		return true, nil
	}
	list, err := h.AddrList(inside, netlink.FAMILY_V6)
	return slices.ContainsFunc(list, func(a netlink.Addr) bool {
		return a.IP.IsLinkLocalUnicast() && a.Flags&unix.IFA_F_TENTATIVE == 0
	}), err
}
