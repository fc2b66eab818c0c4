package netio

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// add puts an address on an interface. It fails with EEXIST if it is there.
//
// An IPv6 address is added without duplicate address detection, which would
// silence it for a second and, as the router that had it may not be gone yet,
// for ever. A single IPv6 address is deprecated from the start, so that the host
// does not choose it as the source of its own connections (RFC 6724 rule 3); an
// IPv4 address is never chosen if an older one of its subnet is there.
func (r *rtnl) add(index int, a Address) error {
	parts := addressParts(index, a.Prefix, a.Scope.value())
	if a.Prefix.Addr().Is6() {
		parts = append(parts, nl.NewRtAttr(unix.IFA_FLAGS, nl.Uint32Attr(unix.IFA_F_NODAD)))
		if a.Prefix.IsSingleIP() {
			const forever = math.MaxUint32
			lifetimes := &nl.IfaCacheInfo{IfaCacheinfo: unix.IfaCacheinfo{Prefered: 0, Valid: forever}}
			parts = append(parts, nl.NewRtAttr(unix.IFA_CACHEINFO, lifetimes.Serialize()))
		}
	}
	if a.Label != "" {
		parts = append(parts, nl.NewRtAttr(unix.IFA_LABEL, nl.ZeroTerminated(a.Label)))
	}
	return do(r.request(unix.RTM_NEWADDR, unix.NLM_F_CREATE|unix.NLM_F_EXCL, parts...))
}

// remove takes an address off an interface. It is no error if it, or the
// interface, is not there.
func (r *rtnl) remove(index int, prefix netip.Prefix) error {
	err := do(r.request(unix.RTM_DELADDR, 0, addressParts(index, prefix, unix.RT_SCOPE_UNIVERSE)...))
	switch {
	case errors.Is(err, unix.EADDRNOTAVAIL), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return nil
	}
	return err
}

// addressParts is what names an address. It has no broadcast address, as with
// ip-address(8) and keepalived.
func addressParts(index int, prefix netip.Prefix, scope uint8) []nl.NetlinkRequestData {
	header := nl.NewIfAddrmsg(unix.AF_INET)
	if prefix.Addr().Is6() {
		header.Family = unix.AF_INET6
	}
	header.Index, header.Prefixlen, header.Scope = uint32(index), uint8(prefix.Bits()), scope
	address := prefix.Addr().AsSlice()
	return []nl.NetlinkRequestData{
		header, nl.NewRtAttr(unix.IFA_LOCAL, address), nl.NewRtAttr(unix.IFA_ADDRESS, address),
	}
}

// removeAll takes addresses off an interface and leaves its others alone, with
// one error per address. before is what the interface has.
//
// The kernel deletes the secondary addresses of a subnet together with its
// primary one, unless the sysctl promote_secondaries is set. Those come back
// here exactly as they were, ours and other people's.
func (r *rtnl) removeAll(index int, prefixes []netip.Prefix, before []assigned) []error {
	errs := make([]error, len(prefixes))
	left := make(map[netip.Prefix]bool, len(prefixes))
	for i, prefix := range prefixes {
		errs[i] = r.remove(index, prefix)
		left[prefix] = errs[i] == nil
	}
	if err := r.restore(index, dependents(before, left)); err != nil {
		for i := range errs {
			errs[i] = errors.Join(errs[i], err)
		}
	}
	return errs
}

// dependents returns the addresses that the kernel may have deleted together with
// those that have left: the secondary ones of the subnet of a primary one.
func dependents(before []assigned, left map[netip.Prefix]bool) []assigned {
	subnets := make(map[netip.Prefix]bool)
	var secondaries []assigned
	for _, a := range before {
		secondary := a.Addr().Is4() && a.flags&unix.IFA_F_SECONDARY != 0
		switch {
		case secondary && !left[a.Prefix]:
			secondaries = append(secondaries, a)
		case !secondary && left[a.Prefix]:
			subnets[a.Masked()] = true
		}
	}
	return slices.DeleteFunc(secondaries, func(a assigned) bool { return !subnets[a.Masked()] })
}

// restore puts those of the addresses back that are missing.
func (r *rtnl) restore(index int, list []assigned) error {
	if len(list) == 0 {
		return nil
	}
	after, err := r.addresses(index)
	if err != nil && !errors.Is(err, nl.ErrDumpInterrupted) {
		return err
	}
	present := make(map[netip.Prefix]bool, len(after))
	for _, a := range after {
		present[a.Prefix] = true
	}
	var errs []error
	for _, a := range list {
		if present[a.Prefix] {
			continue
		}
		request := r.request(unix.RTM_NEWADDR, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
		request.AddRawData(a.raw)
		err := do(request)
		if err != nil && !errors.Is(err, unix.EEXIST) && !errors.Is(err, unix.ENODEV) {
			errs = append(errs, fmt.Errorf("%v went with it and cannot be put back: %w", a.Prefix, err))
		}
	}
	return errors.Join(errs...)
}
