package config

import (
	"net/netip"
	"slices"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// unicast is a unicast block as it was read.
type unicast struct {
	*block
	peers  []element[netip.Addr]
	whole  bool // all peers could be read
	ttl    setting[uint8]
	minTTL setting[uint8]
}

func readUnicast(b *block) *unicast {
	u := &unicast{
		block:  b,
		ttl:    read(b, "ttl", packet.RequiredTTL, whole[uint8](1, 255)),
		minTTL: read(b, "min_ttl", 0, whole[uint8](1, 255)),
	}
	list, whole := readList(b, "peers", "peer", hostAddress)
	u.whole = whole
	for _, p := range list {
		if i := slices.IndexFunc(u.peers, func(q element[netip.Addr]) bool { return q.value == p.value }); i >= 0 {
			b.report.errorf(p.at, "Peer listed twice", "%s is at %s already. Remove one of the two.", p.value, place(u.peers[i].at))
			continue
		}
		u.peers = append(u.peers, p)
	}
	if attr := b.attributes["peers"]; attr == nil {
		b.missing("peers", `Write the addresses of the other routers: peers = ["192.0.2.11"]`)
	} else if len(list) == 0 && whole {
		b.report.errorf(attr.Expr.Range(), "No peers", "The list is empty. Write the addresses of the other routers, or remove the unicast block for multicast.")
	}
	return u
}

// check checks the peers against what else the router says.
func (u *unicast) check(r *router) {
	for _, p := range u.peers {
		if r.family != 0 && !r.family.Contains(p.value) {
			u.report.errorf(p.at, "Peer of another family", "%s is %s, and this router's protocol is %s.%s",
				p.value, familyName(packet.FamilyOf(p.value)), familyName(r.family), r.familyHint())
		}
	}
	if len(u.peers) == 1 && u.whole && u.peers[0].value == r.source.value {
		u.report.errorf(u.peers[0].at, "No peers", "%s is this router's own source address, and nobody else is listed. Add the addresses of the other routers.", r.source.value)
	}
}

// config makes the result. This node's own address is not among the peers, as
// far as the source says which one that is.
func (u *unicast) config(r *router) *vrrp.Unicast {
	c := &vrrp.Unicast{TTL: u.ttl.value, MinTTL: u.minTTL.value}
	if !u.minTTL.typed {
		// keepalived sends the kernel's default, 64, over IPv6.
		c.MinTTL = packet.RequiredTTL
		if r.family == packet.IPv6 {
			c.MinTTL = 1
		}
	}
	for _, p := range u.peers {
		if p.value != r.source.value {
			c.Peers = append(c.Peers, p.value)
		}
	}
	return c
}
