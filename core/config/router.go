package config

import (
	"net/netip"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// router is a vrrp block as it was read: what it says, where it says it, and
// what of it could not be read. The checks work on this; config makes the
// result of it.
type router struct {
	reader

	iface        setting[string]
	version      setting[uint8]
	vrid         setting[uint8]
	priority     setting[uint8]
	interval     setting[time.Duration]
	preempt      setting[bool]
	preemptDelay setting[time.Duration]
	accept       setting[bool]
	adopt        setting[bool]
	strict       setting[bool]
	trackLink    setting[bool]
	checksum     setting[[]packet.ChecksumForm]
	source       setting[netip.Addr]
	typedFamily  setting[packet.Family]

	addresses []virtualAddress
	whole     bool // all addresses could be read
	family    packet.Family
	unicast   *unicast
	password  packet.Password
	auth      packet.AuthType
	announce  vrrp.Announce
}

// readRouter reads a vrrp block and checks what its settings have to do with
// each other.
func (l *loader) readRouter(b *block, announce vrrp.Announce) *router {
	r := &router{reader: reader{b, l.scope}, announce: announce}
	r.readProtocol()
	r.readElection()
	r.addresses, r.whole = r.readAddresses(r.iface)
	for i, b := range r.all("unicast") {
		if u := readUnicast(reader{b, l.scope}); i == 0 {
			r.unicast = u
		}
	}
	for _, b := range r.all("authentication") {
		r.readAuthentication(reader{b, l.scope})
	}
	for _, b := range r.all("announce") {
		r.announce = readAnnounce(reader{b, l.scope}, announce)
	}
	r.check()
	return r
}

func (r *router) readProtocol() {
	r.iface = require(r.reader, "interface", `Write the interface that the advertisements are sent on: interface = "eth0"`, routerInterface)
	r.version = require(r.reader, "version",
		"Write version = 2 or version = 3, the same as the other routers. keepalived's default is 2; IPv6 needs 3.",
		whole[uint8](packet.Version2, packet.Version3))
	r.vrid = require(r.reader, "virtual_router_id", "Write a number from 1 to 255, the same as the other routers: virtual_router_id = 51", whole[uint8](1, 255))
	r.interval = read(r.reader, "advert_interval", time.Second, duration(packet.Centisecond, packet.MaxIntervalV2))
	families := []packet.Family{packet.IPv4, packet.IPv6}
	r.typedFamily = read(r.reader, "family", 0, choice([]string{"ipv4", "ipv6"}, families, nil))
	r.checksum = read(r.reader, "checksum", checksumForms[0],
		choice([]string{"rfc5798", "rfc9568", "both"}, checksumForms, nil))
	r.source = read(r.reader, "source", netip.Addr{}, unicastAddress)
	r.strict = read(r.reader, "strict", false, boolean)
}

// checksumForms are what "rfc5798", "rfc9568" and "both" send. The first is the
// default.
var checksumForms = [][]packet.ChecksumForm{
	{packet.ChecksumRFC5798},
	{packet.ChecksumRFC9568},
	{packet.ChecksumRFC5798, packet.ChecksumRFC9568},
}

func (r *router) readElection() {
	r.priority = read(r.reader, "priority", 100, whole[uint8](1, packet.PriorityOwner))
	r.preempt = read(r.reader, "preempt", true, boolean)
	r.preemptDelay = read(r.reader, "preempt_delay", 0, duration(0, longest))
	r.accept = read(r.reader, "accept", true, boolean)
	r.adopt = read(r.reader, "adopt", false, boolean)
	r.trackLink = read(r.reader, "track_link", true, boolean)
}

// config makes the result. It is good only if nothing was reported.
func (r *router) config() vrrp.Config {
	c := vrrp.Config{
		Name:           r.label,
		Interface:      r.iface.value,
		Family:         r.family,
		Version:        r.version.value,
		VRID:           r.vrid.value,
		Priority:       r.priority.value,
		AdvertInterval: r.interval.value,
		Preempt:        r.preempt.value,
		PreemptDelay:   r.preemptDelay.value,
		Accept:         r.accept.value,
		TrackLink:      r.trackLink.value,
		Adopt:          r.adopt.value,
		Strict:         r.strict.value,
		Source:         r.source.value,
		AuthType:       r.auth,
		Password:       r.password,
		Checksums:      slices.Clone(r.checksum.value),
		Announce:       r.announce,
	}
	for _, a := range r.addresses {
		c.Addresses = append(c.Addresses, a.Address)
	}
	if r.unicast != nil {
		c.Unicast = r.unicast.config(r)
	}
	return c
}
