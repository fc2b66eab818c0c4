package main

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/packet"
)

// Version 3 over IPv6: the link-local address is the first on the wire, and what
// tells the neighbours is an advertisement with the override flag.
func TestIPv6(t *testing.T) {
	t.Parallel()
	const first, second = "fe80::100", "2001:db8::100"
	addresses := `virtual_addresses = ["fe80::100/64", "2001:db8::100/64"]`
	s, a, b := newPair(t)
	source := a.linkLocal() // later it has two
	a.startActive(vi1(150, addresses))
	s.waitHeld(first, a)
	s.waitHeld(second, a)
	b.startBackup(vi1(100, addresses))

	e := s.waitWire(a.advertised(vrid))
	if e.Advert.Source.String() != source || e.Advert.Destination != packet.GroupIPv6 || e.Advert.TTL != 255 {
		t.Errorf("advertisement from %v to %v, hop limit %d", e.Advert.Source, e.Advert.Destination, e.Advert.TTL)
	}
	list := []netip.Addr{netip.MustParseAddr(first), netip.MustParseAddr(second)}
	mustDecode(t, e, packet.Expect{Version: 3, Interval: interval, Strict: true, Addresses: list})
	for _, address := range []string{first, second} {
		mustOverride(t, s.waitWire(a.announced(address)))
	}

	a.stop()
	took := s.waitWire(b.advertised(vrid))
	mustNotBeEarlier(t, "takeover", s.last(a.resigned(vrid)).At, took.At, skew(100))
	for _, address := range []string{first, second} {
		s.waitHeld(address, b)
		mustOverride(t, s.waitWire(b.announced(address)))
	}
	b.waitLog(toActive + `.* reason="active router ` + source + ` resigned"`)

	a.start(vi1(150, addresses))
	b.waitLog(toBackup + `.* from=active`)
	s.waitHeld(first, a)
	s.waitHeld(second, a)
	b.mustLog(0, `level=WARN`)
}

// mustOverride demands that a neighbour advertisement replaces what the neighbours
// know, as its sender is not forwarding here.
func mustOverride(t *testing.T, e lab.Event) {
	t.Helper()
	const flagsAt, override = 14 + 40 + 4, 0x20000000
	if flags := binary.BigEndian.Uint32(e.Frame[flagsAt:]); flags != override {
		t.Errorf("neighbour advertisement of %v with flags %#x", e.Address, flags)
	}
}

// One list of peers serves all servers: each leaves itself out, and nothing goes
// to the multicast group.
func TestUnicast(t *testing.T) {
	t.Parallel()
	s := newSite(t, 3)
	a, b, c := s.servers[0], s.servers[1], s.servers[2]
	peers := `unicast { peers = ["192.0.2.1", "192.0.2.2", "192.0.2.3"] }`
	a.startActive(vi1(200, peers))
	b.startBackup(vi1(150, peers))
	c.startBackup(vi1(100, peers))

	a.die()
	took := s.waitWire(b.advertised(vrid))
	mustNotBeEarlier(t, "takeover", s.last(a.advertised(vrid)).At, took.At, downInterval(150))
	s.waitHeld(vip, a, b)
	b.stop()
	c.waitLog(toActive + `.* reason="active router 192.0.2.2 resigned"`)
	s.waitHeld(vip, a, c)
	a.resurrect(vi1(200, peers))
	s.waitHeld(vip, a)

	for _, from := range s.servers {
		// One copy each of every advertisement, the goodbye included.
		copies := make(map[string]int)
		for _, e := range s.seen(from.advertised(vrid)) {
			copies[e.Advert.Destination.String()]++
			if e.Advert.TTL != 255 {
				t.Errorf("TTL %d", e.Advert.TTL)
			}
		}
		if len(copies) != 2 || copies[from.ip] != 0 {
			t.Errorf("%s has sent to %v", from, copies)
		}
	}
	s.mustSee(2, "goodbye, to each peer", b.resigned(vrid))
	c.mustLog(1, toActive)
}

// Unicast over IPv6 goes between global addresses.
func TestUnicastIPv6(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	config := []string{`virtual_addresses = ["2001:db8::100/64"]`, `unicast { peers = ["2001:db8::1", "2001:db8::2"] }`}
	a.startActive(vi1(150, config...))
	b.startBackup(vi1(100, config...))
	e := s.waitWire(a.advertised(vrid))
	if e.Advert.Source.String() != a.ip6 || e.Advert.Destination.String() != b.ip6 || e.Advert.TTL != 255 {
		t.Errorf("advertisement from %v to %v, hop limit %d", e.Advert.Source, e.Advert.Destination, e.Advert.TTL)
	}
	a.die()
	b.waitLog(toActive + `.* reason="active router 2001:db8::1 silent for`)
	s.waitHeld("2001:db8::100", a, b)
	a.resurrect(vi1(150, config...))
	b.waitLog(toBackup + `.* from=active`)
	s.waitHeld("2001:db8::100", a)
}
