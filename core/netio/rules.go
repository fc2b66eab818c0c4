package netio

import (
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// filterTable is the table as it is installed: see [filter].
type filterTable struct {
	*nftables.Table
	sets   []filterSet
	chains []filterChain
}

// filterSet is a set and how it is filled.
type filterSet struct {
	*nftables.Set
	elements func([]Address) []nftables.SetElement
}

type filterChain struct {
	*nftables.Chain
	rules [][]expr.Any
}

func table(name string) filterTable {
	t := &nftables.Table{Name: name, Family: nftables.TableFamilyINet}
	addresses4 := &nftables.Set{Table: t, Name: "addresses4", ID: 1, KeyType: nftables.TypeIPAddr}
	addresses6 := &nftables.Set{Table: t, Name: "addresses6", ID: 2, KeyType: nftables.TypeIP6Addr}
	links6 := &nftables.Set{
		Table: t, Name: "links6", ID: 3, Concatenation: true,
		KeyType: nftables.MustConcatSetType(nftables.TypeIP6Addr, nftables.TypeIFName),
	}
	chain := func(name string, hook *nftables.ChainHook, address addressField, device expr.MetaKey) filterChain {
		priority := *nftables.ChainPriorityFilter - 1
		return filterChain{
			&nftables.Chain{
				Name: name, Table: t, Type: nftables.ChainTypeFilter, Hooknum: hook, Priority: &priority,
			},
			[][]expr.Any{
				accept(neighborSolicitation),
				accept(neighborAdvertisement),
				drop(unix.NFPROTO_IPV4, addresses4, payload(address.ipv4, 4)),
				drop(unix.NFPROTO_IPV6, addresses6, payload(address.ipv6, 16)),
				drop(unix.NFPROTO_IPV6, links6, payload(address.ipv6, 16),
					&expr.Meta{Key: device, Register: unix.NFT_REG_2}),
			},
		}
	}
	return filterTable{
		Table: t,
		sets:  []filterSet{{addresses4, elements4}, {addresses6, elements6}, {links6, elementsLinkLocal}},
		chains: []filterChain{
			chain("input", nftables.ChainHookInput, destinationField, expr.MetaKeyIIFNAME),
			chain("output", nftables.ChainHookOutput, sourceField, expr.MetaKeyOIFNAME),
		},
	}
}

// addressField is the offset of an address in the IP headers.
type addressField struct{ ipv4, ipv6 uint32 }

var (
	sourceField      = addressField{12, 8}
	destinationField = addressField{16, 24}
)

// The types of neighbour discovery in ICMPv6 (RFC 4861 sections 4.3 and 4.4).
const (
	neighborSolicitation  = 135
	neighborAdvertisement = 136
)

// accept lets ICMPv6 messages of a type pass.
func accept(messageType byte) []expr.Any {
	return slices.Concat(
		equals(expr.MetaKeyNFPROTO, unix.NFPROTO_IPV6),
		equals(expr.MetaKeyL4PROTO, unix.IPPROTO_ICMPV6),
		[]expr.Any{
			&expr.Payload{DestRegister: unix.NFT_REG_1, Base: expr.PayloadBaseTransportHeader, Len: 1},
			&expr.Cmp{Op: expr.CmpOpEq, Register: unix.NFT_REG_1, Data: []byte{messageType}},
			&expr.Verdict{Kind: expr.VerdictAccept},
		})
}

// drop drops packets of a family whose key, loaded into consecutive registers, is
// in a set.
func drop(family byte, set *nftables.Set, key ...expr.Any) []expr.Any {
	return slices.Concat(equals(expr.MetaKeyNFPROTO, family), key, []expr.Any{
		&expr.Lookup{SourceRegister: unix.NFT_REG_1, SetName: set.Name, SetID: set.ID},
		&expr.Counter{},
		&expr.Verdict{Kind: expr.VerdictDrop},
	})
}

func equals(key expr.MetaKey, value byte) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: key, Register: unix.NFT_REG_1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: unix.NFT_REG_1, Data: []byte{value}},
	}
}

func payload(offset, length uint32) expr.Any {
	return &expr.Payload{
		DestRegister: unix.NFT_REG_1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: length,
	}
}

func elements4(addresses []Address) []nftables.SetElement {
	return keys(addresses, func(a *Address) []byte {
		if !a.Prefix.Addr().Is4() {
			return nil
		}
		return a.Prefix.Addr().AsSlice()
	})
}

func elements6(addresses []Address) []nftables.SetElement {
	return keys(addresses, func(a *Address) []byte {
		if !a.Prefix.Addr().Is6() || a.Prefix.Addr().IsLinkLocalUnicast() {
			return nil
		}
		return a.Prefix.Addr().AsSlice()
	})
}

// elementsLinkLocal returns the link-local IPv6 addresses, each with its
// interface, as they mean another host on another link. The interface goes by its
// name, so that the rule outlives one that is deleted and made again.
func elementsLinkLocal(addresses []Address) []nftables.SetElement {
	return keys(addresses, func(a *Address) []byte {
		if !a.Prefix.Addr().Is6() || !a.Prefix.Addr().IsLinkLocalUnicast() {
			return nil
		}
		var name [unix.IFNAMSIZ]byte
		copy(name[:], a.Interface)
		return append(a.Prefix.Addr().AsSlice(), name[:]...)
	})
}

// keys returns the distinct keys of those addresses that have one.
func keys(addresses []Address, key func(*Address) []byte) []nftables.SetElement {
	var list []nftables.SetElement
	seen := make(map[string]bool)
	for i := range addresses {
		k := key(&addresses[i])
		if k != nil && !seen[string(k)] {
			seen[string(k)] = true
			list = append(list, nftables.SetElement{Key: k})
		}
	}
	return list
}
