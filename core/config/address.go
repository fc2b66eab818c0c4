package config

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// virtualAddress is an address of a router and where it was typed.
type virtualAddress struct {
	vrrp.Address
	at hcl.Range
}

// readAddresses reads the list and then the blocks. The second result is false
// if any address of the list, or a block's label, could not be read.
func (r reader) readAddresses(iface setting[string]) ([]virtualAddress, bool) {
	var addresses []virtualAddress
	values, whole := r.elements("virtual_addresses")
	for _, v := range values {
		prefix, wrong := virtualPrefix(v)
		if wrong != "" {
			r.report.errorf(v.at, "Invalid virtual address", "%s", string(wrong))
			whole = false
			continue
		}
		addresses = append(addresses, virtualAddress{
			Address: vrrp.Address{Prefix: prefix, Interface: iface.value, Advertise: true, TrackLink: true},
			at:      v.at,
		})
	}
	for _, b := range r.all("virtual_address") {
		address, ok := reader{b, r.scope}.readAddress(iface)
		whole = whole && ok
		if ok {
			addresses = append(addresses, address)
		}
	}
	for _, a := range addresses {
		r.warnNetwork(a)
	}
	return addresses, whole
}

// readAddress reads a virtual_address block. Whatever is wrong inside is
// reported, whether the address itself can be used or not.
func (r reader) readAddress(iface setting[string]) (virtualAddress, bool) {
	scopes := []string{"global", "link", "host"}
	scope := read(r, "scope", vrrp.ScopeGlobal,
		choice(scopes, []vrrp.Scope{vrrp.ScopeGlobal, vrrp.ScopeLink, vrrp.ScopeHost}, nil))
	own := read(r, "interface", iface.value, interfaceName)
	own.bad = own.bad || !own.typed && iface.bad
	label := read(r, "label", "", text)
	address := virtualAddress{at: r.named, Address: vrrp.Address{
		Interface: own.value,
		Label:     label.value,
		Scope:     scope.value,
		Advertise: read(r, "advertise", true, boolean).value,
		TrackLink: read(r, "track_link", true, boolean).value,
	}}
	prefix, wrong := parsePrefix(r.label)
	if wrong != "" {
		r.report.errorf(r.named, "Invalid virtual address", "%s", string(wrong))
		return address, false
	}
	address.Prefix = prefix
	if prefix.Addr().Is6() && scope.typed && !scope.bad {
		r.report.errorf(scope.at, "Scope of an IPv6 address", "The kernel takes the scope of an IPv6 address from the address itself. Remove the line.")
	}
	if label.typed && !label.bad {
		r.checkLabel(prefix.Addr(), label, own)
	}
	return address, true
}

// maxLabel is IFNAMSIZ without the zero that ends it: the longest label and the
// longest interface name, in bytes.
const maxLabel = 15

// checkLabel checks what ip-address(8) says about labels.
func (r reader) checkLabel(address netip.Addr, label, iface setting[string]) {
	name, rest, tagged := strings.Cut(label.value, ":")
	switch {
	case address.Is6():
		r.report.errorf(label.at, "Label of an IPv6 address", "Only IPv4 addresses have labels. Remove the line.")
	case label.value == "" || !isText(label.value) || strings.ContainsAny(rest, " /"):
		r.report.errorf(label.at, "Invalid label", `%s is not a label. Write the interface's name, or that, a colon and a word, such as "eth0:web".`, label.shown)
	case len(label.value) > maxLabel:
		r.report.errorf(label.at, "Invalid label", "%s has %d bytes. The kernel takes at most %d, the interface's name included.", label.shown, len(label.value), maxLabel)
	case iface.bad:
	case name != iface.value || tagged && rest == "":
		r.report.errorf(label.at, "Invalid label", "%s does not begin with the name of the interface that the address is on. Write %q, or something like %q.",
			label.shown, iface.value, iface.value+":web")
	}
}

// warnNetwork warns about an address that is its network's own, or its
// broadcast address: the kernel takes it, and hardly anybody means it.
func (r reader) warnNetwork(a virtualAddress) {
	prefix := a.Prefix
	hostBits := prefix.Addr().BitLen() - prefix.Bits()
	if hostBits < 2 {
		return
	}
	switch {
	case prefix.Masked().Addr() == prefix.Addr():
		r.report.warnf(a.at, "Address of a network", "%s is the address of the network %s itself, and not of a host in it.", prefix.Addr(), prefix)
	case prefix.Addr().Is4() && broadcast(prefix) == prefix.Addr():
		r.report.warnf(a.at, "Broadcast address", "%s is the broadcast address of the network %s, and not that of a host in it.", prefix.Addr(), prefix.Masked())
	}
}

// broadcast returns the last address of an IPv4 network.
func broadcast(prefix netip.Prefix) netip.Addr {
	raw := prefix.Masked().Addr().As4()
	for bit := prefix.Bits(); bit < 32; bit++ {
		raw[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom4(raw)
}

// virtualPrefix takes an entry of virtual_addresses.
func virtualPrefix(v value) (netip.Prefix, complaint) {
	written, wrong := text(v)
	if wrong != "" {
		return netip.Prefix{}, complaintf(`%s is not an address. Write it in quotes: "192.0.2.1/24".`, v)
	}
	if v.hidden {
		written = strings.TrimSpace(written)
	}
	prefix, wrong := parsePrefix(written)
	if v.hidden && wrong != "" {
		return prefix, "The value (hidden) is not a usable virtual address."
	}
	return prefix, wrong
}

// parsePrefix reads a virtual address: "192.0.2.1/24", or without a prefix
// length, which then is that of a single address, never that of the interface.
func parsePrefix(written string) (netip.Prefix, complaint) {
	if fields := strings.Fields(written); len(fields) > 1 {
		if _, wrong := parsePrefix(fields[0]); wrong == "" {
			return netip.Prefix{}, complaintf("%q is more than an address. What is to be said about an address goes into a block of its own: virtual_address %q { interface = \"eth1\" }", written, fields[0])
		}
	}
	plain, bits, hasBits := strings.Cut(written, "/")
	address, err := netip.ParseAddr(plain)
	if err != nil {
		return netip.Prefix{}, complaintf(`%s is not an IP address. Write one like "192.0.2.1/24" or "2001:db8::1/64".`, clipped(written))
	}
	if wrong := unusable(address); wrong != "" {
		return netip.Prefix{}, wrong
	}
	if !hasBits {
		return netip.PrefixFrom(address, address.BitLen()), ""
	}
	length, err := strconv.ParseUint(bits, 10, 8)
	if err != nil || length == 0 || int(length) > address.BitLen() || strconv.FormatUint(length, 10) != bits {
		return netip.Prefix{}, complaintf("%s has no valid prefix length. For %s it is a number from 1 to %d.", clipped(written), familyName(packet.FamilyOf(address)), address.BitLen())
	}
	return netip.PrefixFrom(address, int(length)), ""
}

// clipped quotes what was typed, up to a sensible length.
func clipped(written string) string {
	if len(written) > maxShown {
		written = written[:boundary(written, maxShown)] + "..."
	}
	return strconv.Quote(written)
}

// unusable says why an address cannot be a host's on a network.
func unusable(a netip.Addr) complaint {
	why := ""
	switch {
	case a.Zone() != "":
		return complaintf("%s has a zone. Leave out %%%s: the interface is said elsewhere.", a, a.Zone())
	case a.Is4In6():
		return complaintf("%s is an IPv4 address written as IPv6. Write %q.", a, a.Unmap())
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
	return complaintf("%s is %s. Write the address of a host.", a, why)
}

// unicastAddress takes the address of a host, without a prefix.
func unicastAddress(v value) (netip.Addr, complaint) {
	written, wrong := text(v)
	if wrong != "" {
		return netip.Addr{}, complaintf(`%s is not an address. Write it in quotes: "192.0.2.11".`, v)
	}
	address, err := netip.ParseAddr(written)
	switch {
	case err != nil && v.hidden:
		return netip.Addr{}, "The value (hidden) is not an IP address."
	case err != nil:
		if prefix, err := netip.ParsePrefix(written); err == nil {
			return netip.Addr{}, complaintf("%s has a prefix length, which does not belong here. Write %q.", v, prefix.Addr())
		}
		return netip.Addr{}, complaintf(`%s is not an IP address. Write one like "192.0.2.11" or "fe80::11".`, v)
	}
	if wrong := unusable(address); wrong != "" {
		return netip.Addr{}, wrong
	}
	return address, ""
}

// familyName is how messages call a family.
func familyName(f packet.Family) string {
	if f == packet.IPv6 {
		return "IPv6"
	}
	return "IPv4"
}
