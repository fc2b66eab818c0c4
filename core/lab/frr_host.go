package lab

import (
	"fmt"
	"net/netip"
	"os"
	"regexp"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// addVirtualInterfaces makes one macvlan per family, with the MAC address of the
// virtual router, by which vrrpd recognises it.
func (n *Node) addVirtualInterfaces(c *FRR) error {
	for _, family := range []struct {
		is6  bool
		name string
		mac  MAC
	}{
		{false, fmt.Sprintf("vrrp4-%d", c.VRID), MAC{0, 0, 0x5e, 0, 1, c.VRID}},
		{true, fmt.Sprintf("vrrp6-%d", c.VRID), MAC{0, 0, 0x5e, 0, 2, c.VRID}},
	} {
		addresses := c.addresses(family.is6)
		if len(addresses) == 0 {
			continue
		}
		if family.is6 {
			// Its own link-local address, which adverts come from, must differ from
			// the other routers'; the one made from the MAC address would not.
			own := netip.AddrFrom16([16]byte{0xfe, 0x80, 8: 0x5e, 14: c.VRID, 15: byte(n.ordinal)})
			addresses = append(addresses, netip.PrefixFrom(own, 64))
		}
		if err := n.addMacvlan(c.Interface, family.name, family.mac, addresses); err != nil {
			return fmt.Errorf("make %s: %w", family.name, err)
		}
	}
	return nil
}

func (c *FRR) addresses(is6 bool) []netip.Prefix {
	var list []netip.Prefix
	for _, p := range c.Addresses {
		if p.Addr().Is6() == is6 {
			list = append(list, p)
		}
	}
	return list
}

// addMacvlan adds a macvlan with addresses and brings it up. One that is there
// already, from an earlier start, is replaced.
func (n *Node) addMacvlan(parent, name string, mac MAC, addresses []netip.Prefix) error {
	macvlan := &netlink.Macvlan{LinkAttrs: netlink.NewLinkAttrs(), Mode: netlink.MACVLAN_MODE_BRIDGE}
	macvlan.Name, macvlan.HardwareAddr = name, mac[:]
	err := n.namespace.use(func(h *netlink.Handle) error {
		if old, err := h.LinkByName(name); err == nil {
			if err := h.LinkDel(old); err != nil {
				return err
			}
		}
		below, err := h.LinkByName(parent)
		if err != nil {
			return fmt.Errorf("%s: %w", parent, err)
		}
		macvlan.ParentIndex = below.Attrs().Index
		return h.LinkAdd(macvlan)
	})
	if err != nil {
		return err
	}
	const none = "1" // IN6_ADDR_GEN_MODE_NONE
	if err := n.Sysctl("net/ipv6/conf/"+name+"/addr_gen_mode", none); err != nil {
		return err
	}
	return n.namespace.use(func(h *netlink.Handle) error {
		for _, address := range addresses {
			if err := h.AddrAdd(macvlan, kernelAddress(address)); err != nil {
				return fmt.Errorf("add %s: %w", address, err)
			}
		}
		return h.LinkSetUp(macvlan)
	})
}

var frrGroupLine = regexp.MustCompile(`(?m)^frrvty:.*\n`)

// becomeFRRUser lets FRR run as root, which is the only user there is without
// real root: it insists on being a member of a group that root is not in. The
// node gets a list of groups, and a directory for crash logs, of its own.
func (n *Node) becomeFRRUser() error {
	groups, err := os.ReadFile("/etc/group")
	if err != nil {
		return err
	}
	const groupFile, crashDir = frrDir + "/group", frrDir + "/crash"
	text := frrGroupLine.ReplaceAllString(string(groups), "") + "frrvty:x:0:root\n"
	if err := n.WriteFile(groupFile, text); err != nil {
		return err
	}
	if err := os.MkdirAll(n.Path(crashDir), 0o755); err != nil {
		return err
	}
	return n.Do(func() error {
		if err := unix.Mount(groupFile, "/etc/group", "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("give it its own /etc/group: %w", err)
		}
		return unix.Mount(crashDir, "/var/tmp", "", unix.MS_BIND, "")
	})
}
