package config

import (
	"net/netip"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/sentinel-ha/sentinel/core/packet"
)

// checkTogether checks what routers must not share. Of two with one name, which
// has been reported, the first counts: the second is most often a copy.
func checkTogether(report *Report, routers []*router) {
	named := make(map[string]bool)
	routers = slices.DeleteFunc(slices.Clone(routers), func(r *router) bool {
		again := named[r.label]
		named[r.label] = true
		return again
	})
	checkIdentifiers(report, routers)
	checkShared(report, routers)
}

// checkIdentifiers reports two routers that other machines cannot tell apart.
func checkIdentifiers(report *Report, routers []*router) {
	type identity struct {
		iface  string
		family packet.Family
		vrid   uint8
	}
	seen := make(map[identity]*router)
	for _, r := range routers {
		if r.vrid.bad || r.iface.bad || r.family == 0 {
			continue
		}
		id := identity{r.iface.value, r.family, r.vrid.value}
		if first := seen[id]; first != nil {
			report.errorf(r.vrid.at, "Identifier used twice", "%q has virtual_router_id %d on %s too, for %s, at %s. Every router of a segment needs its own.",
				first.label, id.vrid, id.iface, familyName(id.family), place(first.vrid.at))
			continue
		}
		seen[id] = r
	}
}

// checkShared reports an address that two routers would put on one interface.
func checkShared(report *Report, routers []*router) {
	type spot struct {
		iface   string
		address netip.Addr
	}
	type claim struct {
		router *router
		at     hcl.Range
	}
	seen := make(map[spot]claim)
	for _, r := range routers {
		for _, a := range r.addresses {
			if a.Interface == "" {
				continue
			}
			s := spot{a.Interface, a.Prefix.Addr()}
			first, taken := seen[s]
			if taken && first.router != r {
				report.errorf(a.at, "Address listed twice", "%s is a virtual address of %q on %s too, at %s. An address belongs to one router.",
					s.address, first.router.label, s.iface, place(first.at))
			}
			if !taken {
				seen[s] = claim{r, a.at}
			}
		}
	}
}
