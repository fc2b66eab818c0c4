package config

import (
	"net/netip"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// unicast is a unicast block as it was read.
type unicast struct {
	reader
	peers  []peer
	whole  bool // all peers could be read
	ttl    setting[uint8]
	minTTL setting[uint8]
}

type peer struct {
	netip.Addr
	at hcl.Range
}

func readUnicast(r reader) *unicast {
	u := &unicast{reader: r}
	if r.attributes["peers"] == nil {
		r.missing("peers", `Write the addresses of the other routers: peers = ["192.0.2.11"]`)
	} else {
		u.readPeers()
	}
	u.ttl = read(r, "ttl", packet.RequiredTTL, whole[uint8](1, 255))
	u.minTTL = read(r, "min_ttl", 0, whole[uint8](1, 255))
	return u
}

func (u *unicast) readPeers() {
	values, whole := u.elements("peers")
	u.whole = whole
	for _, v := range values {
		address, wrong := unicastAddress(v)
		if wrong != "" {
			u.report.errorf(v.at, "Invalid peer", "%s", string(wrong))
			u.whole = false
			continue
		}
		if i := slices.IndexFunc(u.peers, func(p peer) bool { return p.Addr == address }); i >= 0 {
			u.report.errorf(v.at, "Peer listed twice", "%s is at %s already. Remove one of the two.", address, place(u.peers[i].at))
			continue
		}
		u.peers = append(u.peers, peer{address, v.at})
	}
	if len(values) == 0 && whole {
		u.report.errorf(u.attributes["peers"].Expr.Range(), "No peers", "The list is empty. Write the addresses of the other routers, or remove the unicast block for multicast.")
	}
}

// check checks the peers against what else the router says.
func (u *unicast) check(r *router) {
	for _, p := range u.peers {
		if r.family != 0 && !r.family.Contains(p.Addr) {
			u.report.errorf(p.at, "Peer of another family", "%s is %s, and this router's protocol is %s.%s",
				p, familyName(packet.FamilyOf(p.Addr)), familyName(r.family), r.familyHint())
		}
	}
	if len(u.peers) == 1 && u.whole && u.peers[0].Addr == r.source.value {
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
		if p.Addr != r.source.value {
			c.Peers = append(c.Peers, p.Addr)
		}
	}
	return c
}
