package config

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/sentinel-ha/sentinel/core/packet"
)

// check checks what the settings of one router have to do with each other. A
// setting that could not be read has its default, or is part of no check.
func (r *router) check() {
	r.decideFamily()
	r.checkOwner()
	r.checkSource()
	r.checkAddresses()
	r.checkVersion()
	if r.unicast != nil {
		r.unicast.check(r)
	}
	if !r.preempt.value && r.preemptDelay.value > 0 {
		r.report.warnf(r.preemptDelay.at, "No effect", "preempt_delay has no effect together with preempt = false. Remove one of the two.")
	}
}

// decideFamily finds the family of the protocol: that of the advertised
// addresses, or what family says without any. It stays 0 if that is unknown
// because of another mistake.
func (r *router) decideFamily() {
	list := r.advertised()
	for _, a := range list {
		r.family = packet.FamilyOf(list[0].value.Prefix.Addr())
		if family := packet.FamilyOf(a.value.Prefix.Addr()); family != r.family {
			r.report.errorf(a.at, "Two families", "%s is %s, and %s at %s is %s. One router advertises addresses of one family: write a second vrrp block for the other, or advertise = false.",
				a.value.Prefix, familyName(family), list[0].value.Prefix, place(list[0].at), familyName(r.family))
		}
	}
	typed := r.typedFamily
	switch {
	case typed.bad:
	case r.family == 0 && typed.typed:
		r.family = typed.value
	case r.family == 0 && r.whole:
		r.family = packet.IPv4
	case r.family != 0 && typed.typed && typed.value != r.family:
		r.report.errorf(typed.at, "Contradiction", "The advertised addresses are %s, such as %s. Remove the line: the family is that of the addresses.", familyName(r.family), list[0].value.Prefix)
	}
}

// advertised returns the addresses that go on the wire.
func (r *router) advertised() []virtualAddress {
	return slices.DeleteFunc(slices.Clone(r.addresses), func(a virtualAddress) bool { return !a.value.Advertise })
}

// familyHint says how to make a router without addresses speak IPv6.
func (r *router) familyHint() string {
	if r.family == packet.IPv4 && !r.typedFamily.typed && len(r.advertised()) == 0 {
		return ` Without an advertised address it is IPv4; for IPv6 write family = "ipv6".`
	}
	return " Its family is that of its virtual addresses."
}

// checkOwner checks what priority 255 rules out.
func (r *router) checkOwner() {
	if r.priority.value != packet.PriorityOwner {
		return
	}
	for _, rule := range []struct {
		broken bool
		at     hcl.Range
		owner  string
	}{
		{!r.preempt.value, r.preempt.at, "always preempts"},
		{r.preemptDelay.value > 0, r.preemptDelay.at, "preempts at once"},
		{!r.accept.value, r.accept.at, "always accepts packets to them"},
	} {
		if rule.broken {
			r.report.errorf(rule.at, "Contradiction", "Priority 255 is the owner of the addresses, and an owner %s. Use a priority of 254 or less, or remove the line.", rule.owner)
		}
	}
	if r.adopt.value {
		r.report.warnf(r.adopt.at, "No effect", "adopt has no effect with priority 255: an owner's addresses are its own. Remove the line.")
	}
}

// checkSource checks the address that advertisements come from.
func (r *router) checkSource() {
	source := r.source.value
	if !source.IsValid() {
		return
	}
	if r.family != 0 && !r.family.Contains(source) {
		r.report.errorf(r.source.at, "Source of another family", "%s is %s, and this router's protocol is %s.%s",
			source, familyName(packet.FamilyOf(source)), familyName(r.family), r.familyHint())
		return
	}
	if r.family == packet.IPv6 && r.unicast == nil && !source.IsLinkLocalUnicast() {
		r.report.errorf(r.source.at, "Invalid source", "%s is not link-local. IPv6 multicast comes from an address in fe80::/10 (RFC 9568 section 5.1.2.1).", source)
	}
	for _, a := range r.addresses {
		if a.value.Prefix.Addr() == source && !r.priority.bad && r.priority.value != packet.PriorityOwner {
			r.report.errorf(r.source.at, "Source is a virtual address", "%s is a virtual address, at %s, and moves. Write an address that stays on this machine, or priority = 255 if it is this machine's own.", source, place(a.at))
		}
	}
}

// maxPacket is an Ethernet frame's payload. What is longer is fragmented, or
// dropped.
const maxPacket = 1500

// checkAddresses checks the address list as a whole.
func (r *router) checkAddresses() {
	seen := make(map[netip.Addr]virtualAddress)
	for _, a := range r.addresses {
		if first, twice := seen[a.value.Prefix.Addr()]; twice {
			r.report.errorf(a.at, "Address listed twice", "%s is at %s already. Remove one of the two.", a.value.Prefix.Addr(), place(first.at))
			continue
		}
		seen[a.value.Prefix.Addr()] = a
	}
	list := r.advertised()
	if len(list) == 0 {
		return
	}
	const header6, header, address6 = 40, 8, 16
	switch length := header6 + header + address6*len(list); {
	case len(list) > packet.MaxAddresses:
		r.report.errorf(list[packet.MaxAddresses].at, "Too many addresses", "%d addresses are to be advertised, and the protocol counts to %d. Write advertise = false for some, or a second vrrp block.", len(list), packet.MaxAddresses)
	case r.family == packet.IPv6 && length > maxPacket:
		r.report.warnf(list[0].at, "Large advertisement", "With %d addresses an advertisement has %d bytes, more than the %d of an Ethernet frame. Write advertise = false for some, or a second vrrp block.", len(list), length, maxPacket)
	}
	if first := list[0].value.Prefix.Addr(); r.family == packet.IPv6 && r.unicast == nil && !first.IsLinkLocalUnicast() {
		r.report.warnf(list[0].at, "First address not link-local", "The first IPv6 address of a router should be link-local (RFC 9568 section 5.2.9); FRR and others may drop the advertisement otherwise. Put an address in fe80::/10 before %s.", first)
	}
}

// checkVersion checks what depends on the version of the protocol.
func (r *router) checkVersion() {
	version2, one := r.version.value == packet.Version2, ""
	switch {
	case r.version.bad:
		return
	case version2:
		one = "Version 2"
	case r.family == packet.IPv6:
		one = "IPv6"
	}
	if version2 && r.family == packet.IPv6 {
		r.report.errorf(r.version.at, "Contradiction", "Version 2 has no IPv6. Write version = 3.")
	}
	if blocks := r.all(authenticationShape); len(blocks) > 0 && !version2 {
		r.report.errorf(blocks[0].header, "Contradiction", "Version 3 has no authentication; RFC 9568 removed it, because it protected nothing. Remove the block, or write version = 2 on all routers.")
	}
	if one != "" && !slices.Equal(r.checksum.value, checksumForms[0]) {
		r.report.errorf(r.checksum.at, "No choice of checksums", "%s has one form of checksum only. Remove the line.", one)
	}
}

// checkTogether checks what routers must not share: an identifier, by which
// other machines tell them apart, and an address. Of two with one name, which
// has been reported, the first counts: the second is most often a copy.
func checkTogether(report *Report, routers []*router) {
	type claim struct {
		router *router
		at     hcl.Range
	}
	claims := make(map[[2]string]claim)
	names := make(map[string]bool)
	for _, r := range routers {
		if names[r.label] {
			continue
		}
		names[r.label] = true
		if !r.vrid.bad && !r.iface.bad && r.family != 0 {
			key := [2]string{r.iface.value, fmt.Sprintf("%s %d", r.family, r.vrid.value)}
			if first, taken := claims[key]; taken {
				report.errorf(r.vrid.at, "Identifier used twice", "%q has virtual_router_id %d on %s too, for %s, at %s. Every router of a segment needs its own.",
					first.router.label, r.vrid.value, r.iface.value, familyName(r.family), place(first.at))
			} else {
				claims[key] = claim{r, r.vrid.at}
			}
		}
		for _, a := range r.addresses {
			key := [2]string{a.value.Interface, a.value.Prefix.Addr().String()}
			if first, taken := claims[key]; !taken && a.value.Interface != "" {
				claims[key] = claim{r, a.at}
			} else if taken && first.router != r {
				report.errorf(a.at, "Address listed twice", "%s is a virtual address of %q on %s too, at %s. An address belongs to one router.",
					a.value.Prefix.Addr(), first.router.label, a.value.Interface, place(first.at))
			}
		}
	}
}
