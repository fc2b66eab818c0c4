package main

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// advertised matches what a server advertises for a virtual router.
func (v *server) advertised(id uint8) lab.Match { return lab.AdvertFrom(v.Node.Node, id) }

// announced matches that by which a server claims an address.
func (v *server) announced(address string) lab.Match {
	return lab.AnnouncementFrom(v.Node.Node, netip.MustParseAddr(address))
}

// resigned matches the last word of a server for a virtual router.
func (v *server) resigned(id uint8) lab.Match {
	advertised := v.advertised(id)
	return func(e lab.Event) bool { return advertised(e) && e.Advert.Priority == packet.PriorityRelease }
}

// since matches only what comes at or after a time.
func since(at time.Time, match lab.Match) lab.Match {
	return func(e lab.Event) bool { return !e.At.Before(at) && match(e) }
}

// waitWire waits for the first event that matches.
func (s *site) waitWire(match lab.Match) lab.Event {
	s.t.Helper()
	return s.wire.Wait(reach, match)
}

// seen returns the events so far that match, oldest first.
func (s *site) seen(match lab.Match) []lab.Event {
	var list []lab.Event
	for _, e := range s.wire.Events() {
		if match(e) {
			list = append(list, e)
		}
	}
	return list
}

// mustSee demands that so many events match, no more, once there are that many.
func (s *site) mustSee(want int, what string, match lab.Match) {
	s.t.Helper()
	got := s.seen(match)
	for deadline := time.Now().Add(reach); len(got) < want && time.Now().Before(deadline); got = s.seen(match) {
		time.Sleep(time.Millisecond)
	}
	if len(got) != want {
		s.t.Errorf("%s: seen %d times, want %d", what, len(got), want)
	}
}

// last returns the newest event that matches.
func (s *site) last(match lab.Match) lab.Event {
	s.t.Helper()
	e, ok := s.wire.Last(match)
	if !ok {
		s.t.Fatal("nothing of the kind was seen")
	}
	return e
}

// mustDecode demands that a receiver with these expectations accepts an
// advertisement, and returns what it says.
func mustDecode(t *testing.T, e lab.Event, want packet.Expect) packet.Advertisement {
	t.Helper()
	var advert packet.Advertisement
	reason := advert.Decode(&packet.Datagram{
		Source: e.Advert.Source, Destination: e.Advert.Destination, TTL: e.Advert.TTL, Payload: e.Advert.Payload,
	}, &want)
	if reason != packet.Accepted {
		t.Errorf("advertisement of %s is dropped: %v: % x", e.Node, reason, e.Advert.Payload)
	}
	return advert
}

// stampSlack is what two readings of different clocks for one moment can differ by.
const stampSlack = 2 * time.Millisecond

// downInterval is how long a backup of version 3 waits for an active router with
// the interval of these tests.
func downInterval(priority uint8) time.Duration {
	return vrrp.ActiveDownInterval(packet.Version3, priority, interval)
}

// skew is how long a backup waits after the active router has resigned.
func skew(priority uint8) time.Duration {
	return vrrp.SkewTime(packet.Version3, priority, interval)
}

// mustNotBeEarlier demands that two moments are at least so far apart. There is no
// demand the other way round: a busy machine can be as late as it likes.
func mustNotBeEarlier(t *testing.T, what string, from, to time.Time, floor time.Duration) {
	t.Helper()
	if got := to.Sub(from); got < floor-stampSlack {
		t.Errorf("%s after %v, not before %v", what, got, floor)
	} else {
		t.Logf("%s after %v; the protocol demands %v", what, got, floor)
	}
}

// mustComeBefore demands an order of two moments.
func mustComeBefore(t *testing.T, what string, first, second time.Time) {
	t.Helper()
	if !first.Before(second) {
		t.Errorf("%s: the other way round, by %v", what, first.Sub(second))
	}
}

// arpOperation returns whether a gratuitous ARP is a request (1) or a reply (2).
func arpOperation(e lab.Event) uint16 {
	const operation = 14 + 6 // after the Ethernet header
	return binary.BigEndian.Uint16(e.Frame[operation:])
}

// waitAddress waits until an address comes to a node, or goes, after a time.
func (v *server) waitAddress(since time.Time, address string, added bool) lab.AddressChange {
	v.site.t.Helper()
	return v.site.WaitAddressChange(reach, func(c lab.AddressChange) bool {
		return c.Node == v.Node.Node && c.Prefix.Addr().String() == address && c.Added == added && !c.At.Before(since)
	})
}
