package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// virtualAddress is an address of a router and where it was typed.
type virtualAddress = element[vrrp.Address]

// readAddresses reads the list and then the blocks.
func (r *router) readAddresses() {
	list, whole := readList(r.block, "virtual_addresses", "virtual address", virtualPrefix)
	r.whole = whole
	for _, e := range list {
		a := vrrp.Address{Prefix: e.value, Interface: r.iface.value, Advertise: true, TrackLink: true}
		r.addresses = append(r.addresses, virtualAddress{a, e.at})
	}
	for _, b := range r.all(virtualAddressShape) {
		r.readAddress(b)
	}
	for _, a := range r.addresses {
		r.warnNetwork(a)
	}
}

// readAddress reads a virtual_address block. Whatever is wrong inside is
// reported, whether the address itself can be used or not.
func (r *router) readAddress(b *block) {
	prefix, wrong := parsePrefix(b.label)
	ipv6 := prefix.Addr().Is6()
	scopes := []vrrp.Scope{vrrp.ScopeGlobal, vrrp.ScopeLink, vrrp.ScopeHost}
	scope := read(b, "scope", vrrp.ScopeGlobal, choice([]string{"global", "link", "host"}, scopes, nil))
	if ipv6 && scope.typed && !scope.bad {
		b.report.errorf(scope.at, "Invalid scope", "The kernel takes the scope of an IPv6 address from the address itself. Remove the line.")
	}
	iface := read(b, "interface", r.iface.value, interfaceName)
	known := !iface.bad && (iface.typed || !r.iface.bad)
	address := vrrp.Address{
		Prefix:    prefix,
		Interface: iface.value,
		Label: read(b, "label", "", func(v value) (string, string) {
			label, wrong := text(v)
			if wrong == "" {
				wrong = checkLabel(v, label, iface.value, known, ipv6)
			}
			return label, wrong
		}).value,
		Scope:     scope.value,
		Advertise: read(b, "advertise", true, boolean).value,
		TrackLink: read(b, "track_link", true, boolean).value,
	}
	if wrong != "" {
		if !b.nameless() {
			b.report.errorf(b.named, "Invalid virtual address", "%s", wrong)
		}
		r.whole = false
		return
	}
	r.addresses = append(r.addresses, virtualAddress{address, b.named})
}

// checkLabel checks what ip-address(8) says about labels.
func checkLabel(v value, label, iface string, known, ipv6 bool) string {
	name, rest, tagged := strings.Cut(label, ":")
	switch {
	case ipv6:
		return "Only IPv4 addresses have labels. Remove the line."
	case label == "" || !isText(label) || strings.ContainsAny(rest, " /"):
		return fmt.Sprintf(`%s is not a label. Write the interface's name, or that, a colon and a word, such as "eth0:web".`, v)
	case len(label) > maxName:
		return fmt.Sprintf("%s has %d bytes. The kernel takes at most %d, the interface's name included.", v, len(label), maxName)
	case known && (name != iface || tagged && rest == ""):
		return fmt.Sprintf("%s does not begin with the name of the interface that the address is on. Write %q, or something like %q.", v, iface, iface+":web")
	}
	return ""
}

// warnNetwork warns about an address that is its network's own, or its
// broadcast address: the kernel takes it, and hardly anybody means it.
func (r *router) warnNetwork(a virtualAddress) {
	address, network := a.value.Prefix.Addr(), a.value.Prefix.Masked()
	switch {
	case address.BitLen()-network.Bits() < 2:
	case network.Addr() == address:
		r.report.warnf(a.at, "Address of a network", "%s is the address of the network %s itself, and not of a host in it.", address, network)
	case address.Is4() && !network.Contains(address.Next()):
		r.report.warnf(a.at, "Broadcast address", "%s is the broadcast address of the network %s, and not that of a host in it.", address, network)
	}
}

// virtualPrefix takes an entry of virtual_addresses.
func virtualPrefix(v value) (netip.Prefix, string) {
	written, wrong := text(v)
	if wrong != "" {
		return netip.Prefix{}, fmt.Sprintf(`%s is not an address. Write it in quotes: "192.0.2.1/24".`, v)
	}
	if v.hidden {
		written = strings.TrimSpace(written)
	}
	prefix, wrong := parsePrefix(written)
	if v.hidden && wrong != "" {
		wrong = "The value (hidden) is not a usable virtual address."
	}
	return prefix, wrong
}

// parsePrefix reads a virtual address: "192.0.2.1/24", or without a prefix
// length, which then is that of a single address, never that of the interface.
func parsePrefix(written string) (netip.Prefix, string) {
	if fields := strings.Fields(written); len(fields) > 1 {
		if _, wrong := parsePrefix(fields[0]); wrong == "" {
			return netip.Prefix{}, fmt.Sprintf("%q is more than an address. What is to be said about an address goes into a block of its own: virtual_address %q { interface = \"eth1\" }", written, fields[0])
		}
	}
	plain, bits, hasBits := strings.Cut(written, "/")
	address, err := netip.ParseAddr(plain)
	if err != nil {
		return netip.Prefix{}, fmt.Sprintf(`%s is not an IP address. Write one like "192.0.2.1/24" or "2001:db8::1/64".`, quoted(written))
	}
	if wrong := unusable(address); wrong != "" {
		return netip.Prefix{}, wrong
	}
	if !hasBits {
		return netip.PrefixFrom(address, address.BitLen()), ""
	}
	length, err := strconv.ParseUint(bits, 10, 8)
	if err != nil || length == 0 || int(length) > address.BitLen() || strconv.FormatUint(length, 10) != bits {
		return netip.Prefix{}, fmt.Sprintf("%s has no valid prefix length. For %s it is a number from 1 to %d.", quoted(written), familyName(packet.FamilyOf(address)), address.BitLen())
	}
	return netip.PrefixFrom(address, int(length)), ""
}

// hostAddress takes the address of a host, without a prefix.
func hostAddress(v value) (netip.Addr, string) {
	written, wrong := text(v)
	if wrong != "" {
		return netip.Addr{}, fmt.Sprintf(`%s is not an address. Write it in quotes: "192.0.2.11".`, v)
	}
	address, err := netip.ParseAddr(written)
	if err == nil {
		return address, unusable(address)
	}
	if prefix, err := netip.ParsePrefix(written); err == nil && !v.hidden {
		return netip.Addr{}, fmt.Sprintf("%s has a prefix length, which does not belong here. Write %q.", v, prefix.Addr())
	}
	return netip.Addr{}, fmt.Sprintf(`%s is not an IP address. Write one like "192.0.2.11" or "fe80::11".`, v)
}

// unusable says why an address cannot be a host's on a network.
func unusable(a netip.Addr) string {
	why := ""
	switch {
	case a.Zone() != "":
		return fmt.Sprintf("%s has a zone. Leave out %%%s: the interface is said elsewhere.", a, a.Zone())
	case a.Is4In6():
		return fmt.Sprintf("%s is an IPv4 address written as IPv6. Write %q.", a, a.Unmap())
	case a.IsUnspecified():
		why = "the unspecified address"
	case a.IsLoopback():
		why = "a loopback address, which never leaves this machine"
	case a.IsMulticast():
		why = "a multicast address"
	case a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		why = "the broadcast address"
	default:
		return ""
	}
	return fmt.Sprintf("%s is %s. Write the address of a host.", a, why)
}

// familyName is how messages call a family.
func familyName(f packet.Family) string {
	if f == packet.IPv6 {
		return "IPv6"
	}
	return "IPv4"
}
