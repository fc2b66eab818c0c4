package main

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/packet"
)

// The ways to write an address, and what becomes of it in the kernel.
func TestPlacement(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	a := s.add(lab.On("dmz", "198.51.100.1/24"))
	before := a.Addresses("")
	a.startActive(vi1(150, `virtual_addresses = ["192.0.2.100/24", "192.0.2.101"]`,
		`virtual_address "192.0.2.102/24" { label = "eth0:web" }`,
		`virtual_address "198.51.100.100/24" { interface = "eth1" }`,
		`virtual_address "192.0.2.103/32" { scope = "link" }`,
		`virtual_address "192.0.2.104/32" { advertise = false }`,
		`virtual_address "2001:db8::100/64" { advertise = false }`,
		`virtual_address "2001:db8::101" { advertise = false }`))
	const linkScope = 253
	want := append(before,
		lab.Address{Interface: "eth0", Prefix: netip.MustParsePrefix("192.0.2.100/24"), Label: "eth0"},
		lab.Address{Interface: "eth0", Prefix: netip.MustParsePrefix("192.0.2.101/32"), Label: "eth0"},
		lab.Address{Interface: "eth0", Prefix: netip.MustParsePrefix("192.0.2.102/24"), Label: "eth0:web"},
		lab.Address{Interface: "eth1", Prefix: netip.MustParsePrefix("198.51.100.100/24"), Label: "eth1"},
		lab.Address{Interface: "eth0", Prefix: netip.MustParsePrefix("192.0.2.103/32"), Label: "eth0", Scope: linkScope},
		lab.Address{Interface: "eth0", Prefix: netip.MustParsePrefix("192.0.2.104/32"), Label: "eth0"},
		lab.Address{Interface: "eth0", Prefix: netip.MustParsePrefix("2001:db8::100/64")},
		lab.Address{Interface: "eth0", Prefix: netip.MustParsePrefix("2001:db8::101/128"), Deprecated: true},
	)
	s.waitHeld("2001:db8::101", a)
	less := func(x, y lab.Address) bool { return fmt.Sprint(x) < fmt.Sprint(y) }
	if diff := cmp.Diff(want, a.Addresses(""), cmpopts.SortSlices(less), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}

	// On the wire is the list first, then the blocks, but for those that are kept off.
	advertised := []string{"192.0.2.100", "192.0.2.101", "192.0.2.102", "198.51.100.100", "192.0.2.103"}
	if diff := cmp.Diff(fmt.Sprint(advertised), fmt.Sprint(s.waitWire(a.advertised(vrid)).Advert.Addresses)); diff != "" {
		t.Errorf("advertised (-want +got):\n%s", diff)
	}
	// The neighbours learn of all, each on its own interface.
	for _, address := range append(advertised, "192.0.2.104", "2001:db8::100", "2001:db8::101") {
		segment := lab.DefaultSegment
		if strings.HasPrefix(address, "198.") {
			segment = "dmz"
		}
		if e := s.waitWire(a.announced(address)); e.Segment != segment {
			t.Errorf("%s announced on %s", address, e.Segment)
		}
	}
	a.stop()
	if diff := cmp.Diff(before, a.Addresses(""), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("addresses before and after (-want +got):\n%s", diff)
	}
}

// A router without an address has elections like any other; a hook may move what
// the kernel does not know.
func TestNoAddress(t *testing.T) {
	t.Parallel()
	for name, none := range map[string][]string{
		"ipv4": {`virtual_addresses = []`},
		"ipv6": {`virtual_addresses = []`, `family = "ipv6"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, a, b := newPair(t)
			a.startActive(vi1(150, none...))
			b.startBackup(vi1(100, none...))
			e := s.waitWire(a.advertised(vrid))
			if len(e.Advert.Addresses) > 0 || e.Advert.Payload[3] != 0 {
				t.Errorf("advertised %v", e.Advert.Addresses)
			}
			mustDecode(t, e, packet.Expect{Version: 3, Interval: interval})
			time.Sleep(silence)
			b.mustLog(0, toActive+`|level=WARN`)
			a.stop()
			b.waitLog(toActive + `.* resigned"`)
		})
	}
}

// Twenty addresses are one advertisement and one takeover.
func TestManyAddresses(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	var list []string
	for n := range 20 {
		list = append(list, fmt.Sprintf("192.0.2.%d", 100+n))
	}
	config := fmt.Sprintf("virtual_addresses = [%q]", strings.Join(list, `/24", "`)+"/24")
	config = strings.ReplaceAll(config, `\"`, `"`)
	a.startActive(vi1(150, config))
	b.startBackup(vi1(100, config))
	if got := s.waitWire(a.advertised(vrid)).Advert.Addresses; fmt.Sprint(got) != fmt.Sprint(list) {
		t.Errorf("advertised %v", got)
	}
	for _, address := range list {
		s.waitHeld(address, a)
	}
	a.stop()
	for _, address := range list {
		s.waitHeld(address, b)
		s.waitWire(b.announced(address))
	}
	b.mustLog(20, `msg="address added"`)
	b.mustLog(0, `level=WARN`)
}
