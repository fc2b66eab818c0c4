package main

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sentinel-ha/sentinel/core/packet"
)

// A router that hears nobody is backup first, active after Active_Down_Interval,
// and then has the address and says so: on the wire, to the neighbours and in the
// log.
func TestStart(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	began := time.Now()
	a.start(vi1(100))

	first := s.waitWire(a.advertised(vrid))
	mustNotBeEarlier(t, "first advertisement", began, first.At, downInterval(100))
	s.waitHeld(vip, a)
	// The peers must hear of it before anything slow is done.
	mustComeBefore(t, "advertisement, then address", first.At, a.waitAddress(began, vip, true).At)

	want := packet.Advertisement{
		Version: 3, VRID: vrid, Priority: 100, Interval: interval, Addresses: []netip.Addr{netip.MustParseAddr(vip)},
	}
	got := mustDecode(t, first, packet.Expect{Version: 3, Interval: interval, Strict: true, Addresses: want.Addresses})
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("advertisement (-want +got):\n%s", diff)
	}
	if first.Advert.Source.String() != a.ip || first.Advert.Destination != packet.GroupIPv4 {
		t.Errorf("advertisement from %v to %v", first.Advert.Source, first.Advert.Destination)
	}

	// Five rounds of a request and a reply, for neighbours that believe only one.
	const frames = 5 * 2
	eventually(t, "the first burst", func() bool { return len(s.seen(a.announced(vip))) >= frames })
	operations := map[uint16]int{}
	for _, e := range s.seen(a.announced(vip)) {
		operations[arpOperation(e)]++
		mustComeBefore(t, "advertisement, then announcement", first.At, e.At)
	}
	if diff := cmp.Diff(map[uint16]int{1: 5, 2: 5}, operations); diff != "" {
		t.Errorf("gratuitous ARP by operation (-want +got):\n%s", diff)
	}

	a.mustLog(1, `level=INFO msg=starting version=`+version+` node=a routers=1 runtime_dir=/run/sentinel`)
	a.mustLog(1, toBackup+` router=VI_1 vrid=51 interface=eth0 from=initialize to=backup reason=startup priority=100 waits=`+downInterval(100).String())
	a.mustLog(1, toActive+` router=VI_1 vrid=51 interface=eth0 from=backup to=active reason="no active router heard for [\d.]+s" priority=100`)
	a.mustLog(1, `msg="address added" router=VI_1 address=192.0.2.100/24 interface=eth0`)
	a.mustLog(1, `msg="announcing addresses" router=VI_1 addresses=192.0.2.100 rounds=5 reason="taking over"`)
	a.mustLog(0, `level=(WARN|ERROR)`)
}

// The owner of the addresses waits for nobody.
func TestStartOwner(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(vi1(255, `virtual_addresses = ["192.0.2.1/24"]`))
	a.mustLog(0, toBackup)
	a.mustLog(1, toActive+`.* from=initialize to=active reason="owner of the addresses" priority=255`)
	advert := s.waitWire(a.advertised(vrid))
	if advert.Advert.Priority != packet.PriorityOwner {
		t.Errorf("advertised priority %d", advert.Advert.Priority)
	}
	s.waitWire(a.announced(a.ip))
}
