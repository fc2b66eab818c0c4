package config

import (
	"fmt"
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
	*block

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
	track     []tracked
	auth      packet.AuthType
	password  packet.Password
}

// checksumForms are what "rfc5798", "rfc9568" and "both" send. The first is the
// default.
var checksumForms = [][]packet.ChecksumForm{
	{packet.ChecksumRFC5798},
	{packet.ChecksumRFC9568},
	{packet.ChecksumRFC5798, packet.ChecksumRFC9568},
}

// readRouter reads a vrrp block and checks what its settings have to do with
// each other.
func (l *loader) readRouter(b *block) {
	families := []packet.Family{packet.IPv4, packet.IPv6}
	r := &router{
		block: b,
		iface: require(b, "interface", `Write the interface that the advertisements are sent on: interface = "eth0"`, routerInterface),
		version: require(b, "version", "Write version = 2 or version = 3, the same as the other routers. keepalived's default is 2; IPv6 needs 3.",
			whole[uint8](packet.Version2, packet.Version3)),
		vrid:        require(b, "virtual_router_id", "Write a number from 1 to 255, the same as the other routers: virtual_router_id = 51", whole[uint8](1, 255)),
		typedFamily: read(b, "family", 0, choice([]string{"ipv4", "ipv6"}, families, nil)),
		checksum:    read(b, "checksum", checksumForms[0], choice([]string{"rfc5798", "rfc9568", "both"}, checksumForms, nil)),
		source:      read(b, "source", netip.Addr{}, hostAddress),
		strict:      read(b, "strict", false, boolean),

		priority:     read(b, "priority", 100, whole[uint8](1, packet.PriorityOwner)),
		preempt:      read(b, "preempt", true, boolean),
		preemptDelay: read(b, "preempt_delay", 0, duration(0, longest)),
		accept:       read(b, "accept", true, boolean),
		adopt:        read(b, "adopt", false, boolean),
		trackLink:    read(b, "track_link", true, boolean),
	}
	r.interval = read(b, "advert_interval", time.Second, r.advertInterval)
	r.readAddresses()
	for _, b := range b.all(unicastShape) {
		r.unicast = readUnicast(b)
	}
	for _, b := range b.all(authenticationShape) {
		r.readAuthentication(b)
	}
	r.track = l.readTrack(b)
	r.override()
	announce := b.announce(l.config.Agent.Announce)
	r.check()
	l.routers = append(l.routers, r)
	l.config.Routers = append(l.config.Routers, r.config(announce))
}

// routerInterface takes the interface that advertisements are sent on.
func routerInterface(v value) (string, string) {
	name, wrong := interfaceName(v)
	if wrong == "" && name == "lo" {
		return "", `"lo" never reaches another machine. Write the interface that the other routers are on; an address can be on "lo" with a virtual_address block.`
	}
	return name, wrong
}

// advertInterval takes what can be expressed on the wire.
func (r *router) advertInterval(v value) (time.Duration, string) {
	step, most, unit := packet.Centisecond, packet.MaxIntervalV3, "Version 3 counts in steps of 10ms"
	if r.version.value == packet.Version2 {
		step, most, unit = time.Second, packet.MaxIntervalV2, "Version 2 counts whole seconds"
	}
	d, wrong := duration(packet.Centisecond, packet.MaxIntervalV2)(v)
	below := d.Truncate(step)
	switch {
	case wrong != "" || r.version.bad:
	case d < step || d > most:
		wrong = fmt.Sprintf("%s is out of range. In version %d it must be from %s to %s.", v, r.version.value, short(step), short(most))
	case d != below:
		wrong = fmt.Sprintf("%s cannot be sent. %s: the nearest are %s and %s.", v, unit, short(below), short(below+step))
	}
	return d, wrong
}

// config makes the result. It is good only if nothing was reported.
func (r *router) config(announce vrrp.Announce) vrrp.Config {
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
		Announce:       announce,
	}
	for _, a := range r.addresses {
		c.Addresses = append(c.Addresses, a.value)
	}
	if r.unicast != nil {
		c.Unicast = r.unicast.config(r)
	}
	return c
}
