package packet_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sentinel-ha/sentinel/core/packet"
)

var (
	sender   = netip.MustParseAddr("192.0.2.1")
	receiver = netip.MustParseAddr("192.0.2.2")
	virtual  = netip.MustParseAddr("192.0.2.100")
	second   = netip.MustParseAddr("192.0.2.101")

	sender6  = netip.MustParseAddr("fe80::1")
	virtual6 = netip.MustParseAddr("2001:db8::100")
	local6   = netip.MustParseAddr("fe80::100")
)

// advert3 is what a correct version 3 peer of expect3 sends.
func advert3() packet.Advertisement {
	return packet.Advertisement{
		Version: 3, VRID: 51, Priority: 150, Interval: time.Second,
		Addresses: []netip.Addr{virtual},
	}
}

func expect3() packet.Expect {
	return packet.Expect{Version: 3, Interval: time.Second, Self: receiver, Addresses: []netip.Addr{virtual}}
}

// advert2 is what a correct version 2 peer of expect2 sends.
func advert2() packet.Advertisement {
	a := advert3()
	a.Version, a.AuthType, a.Password = 2, packet.AuthSimpleText, packet.Password{'1', '0', '6', '6'}
	return a
}

func expect2() packet.Expect {
	e := expect3()
	e.Version, e.AuthType, e.Password = 2, packet.AuthSimpleText, packet.Password{'1', '0', '6', '6'}
	return e
}

// TestDecodeReasons breaks one thing at a time and expects the reason for it.
func TestDecodeReasons(t *testing.T) {
	type sent struct {
		advert packet.Advertisement
		packet.Datagram
		want    packet.Expect
		unknown bool
	}
	tests := []struct {
		name   string
		two    bool        // start from the version 2 pair
		change func(*sent) // before encoding
		mangle func(*sent) // after encoding
		want   packet.DropReason
	}{
		{name: "correct version 3", want: packet.Accepted},
		{name: "correct version 2", two: true, want: packet.Accepted},
		{name: "message-only checksum", want: packet.Accepted,
			change: func(s *sent) { s.advert.Checksum = packet.ChecksumRFC9568 }},
		{name: "priority 0", want: packet.Accepted, change: func(s *sent) { s.advert.Priority = 0 }},
		{name: "another interval in version 3", want: packet.Accepted,
			change: func(s *sent) { s.advert.Interval = 20 * time.Millisecond }},
		{name: "another address list", want: packet.Accepted,
			change: func(s *sent) { s.advert.Addresses = []netip.Addr{second} }},
		{name: "reserved bits set", want: packet.Accepted, mangle: func(s *sent) {
			patch(s.Payload, 4, 0xf0|s.Payload[4])
		}},

		{name: "TTL 254", want: packet.DropTTL, mangle: func(s *sent) { s.TTL = 254 }},
		{name: "unicast TTL at the minimum", want: packet.Accepted,
			mangle: func(s *sent) { s.TTL, s.want.MinTTL = 64, 64 }},
		{name: "unicast TTL below the minimum", want: packet.DropTTL,
			mangle: func(s *sent) { s.TTL, s.want.MinTTL = 63, 64 }},
		{name: "empty", want: packet.DropShort, mangle: func(s *sent) { s.Payload = nil }},
		{name: "seven bytes", want: packet.DropShort, mangle: func(s *sent) { s.Payload = s.Payload[:7] }},
		{name: "version 4", want: packet.DropVersion, mangle: func(s *sent) { s.Payload[0] = 0x41 }},
		{name: "version 2 for our version 3", two: true, want: packet.DropVersion,
			mangle: func(s *sent) { s.want.Version = 3 }},
		{name: "type 2", want: packet.DropType, mangle: func(s *sent) { s.Payload[0] = 0x32 }},
		{name: "not our identifier", want: packet.DropUnknownID, mangle: func(s *sent) { s.unknown = true }},
		{name: "no addresses though we have one", want: packet.DropCount,
			change: func(s *sent) { s.advert.Addresses = nil }},
		{name: "no addresses and neither have we", want: packet.Accepted,
			change: func(s *sent) { s.advert.Addresses, s.want.Addresses = nil, nil }},
		{name: "one byte missing", want: packet.DropLength,
			mangle: func(s *sent) { s.Payload = s.Payload[:len(s.Payload)-1] }},
		{name: "version 2 without its eight bytes", two: true, want: packet.DropLength,
			mangle: func(s *sent) { s.Payload = s.Payload[:len(s.Payload)-8] }},
		{name: "one byte more", want: packet.DropLength,
			mangle: func(s *sent) { s.Payload = append(s.Payload, 0) }},
		{name: "count larger than the message", want: packet.DropLength,
			mangle: func(s *sent) { s.Payload[3] = 255 }},
		{name: "flipped bit", want: packet.DropChecksum, mangle: func(s *sent) { s.Payload[2] ^= 1 }},
		{name: "checksum for another destination", want: packet.DropChecksum,
			mangle: func(s *sent) { s.Destination = receiver }},
		{name: "no password though we have one", two: true, want: packet.DropAuthType,
			change: func(s *sent) { s.advert.AuthType, s.advert.Password = packet.AuthNone, packet.Password{} }},
		{name: "wrong password", two: true, want: packet.DropPassword,
			change: func(s *sent) { s.advert.Password[3] = '7' }},
		{name: "garbage in unused authentication data", two: true, want: packet.Accepted,
			change: func(s *sent) {
				s.advert.AuthType, s.want.AuthType = packet.AuthNone, packet.AuthNone
			}},
		{name: "another interval in version 2", two: true, want: packet.DropInterval,
			change: func(s *sent) { s.advert.Interval = 2 * time.Second }},
		{name: "interval 0", want: packet.DropInterval, mangle: func(s *sent) {
			patch(s.Payload, 5, 0)
		}},
		{name: "unicast from a listed peer", want: packet.Accepted,
			mangle: func(s *sent) { s.want.Peers = []netip.Addr{second, sender} }},
		{name: "unicast from a stranger", want: packet.DropPeer,
			mangle: func(s *sent) { s.want.Peers = []netip.Addr{second} }},
		{name: "our own address", want: packet.DropSelf, mangle: func(s *sent) { s.want.Self = sender }},
		{name: "strict, another list", want: packet.DropAddressList, change: func(s *sent) {
			s.want.Strict, s.advert.Addresses = true, []netip.Addr{second}
		}},
		{name: "strict, the same list in another order", want: packet.Accepted, change: func(s *sent) {
			s.want.Strict = true
			s.want.Addresses = []netip.Addr{virtual, second}
			s.advert.Addresses = []netip.Addr{second, virtual}
		}},
		{name: "strict, an address twice", want: packet.DropAddressList, change: func(s *sent) {
			s.want.Strict = true
			s.want.Addresses = []netip.Addr{virtual, second}
			s.advert.Addresses = []netip.Addr{second, second}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := sent{advert: advert3(), want: expect3()}
			if test.two {
				s.advert, s.want = advert2(), expect2()
			}
			if test.change != nil {
				test.change(&s)
			}
			s.Datagram = encode(t, &s.advert, sender, packet.GroupIPv4)
			if test.mangle != nil {
				test.mangle(&s)
			}
			want := &s.want
			if s.unknown {
				want = nil
			}
			var got packet.Advertisement
			if reason := got.Decode(&s.Datagram, want); reason != test.want {
				t.Fatalf("reason %v, want %v", reason, test.want)
			}
			if test.want == packet.Accepted && got.Priority != s.advert.Priority {
				t.Errorf("priority %d, want %d", got.Priority, s.advert.Priority)
			}
		})
	}
}

// TestDecodeOrder sends a datagram with everything wrong and mends one thing
// after the other: each time the next check must be the one that speaks.
func TestDecodeOrder(t *testing.T) {
	advert := advert2()
	advert.Password, advert.Interval = packet.Password{'x'}, 3*time.Second
	d := encode(t, &advert, sender, packet.GroupIPv4)
	good := append([]byte(nil), d.Payload...)
	d.TTL = 1
	d.Payload = d.Payload[:6]
	d.Payload[0], d.Payload[3], d.Payload[2] = 0x42, 0, 9

	want := expect2()
	want.Peers = []netip.Addr{second}
	want.Self = sender
	known := (*packet.Expect)(nil)

	steps := []struct {
		reason packet.DropReason
		mend   func()
	}{
		{packet.DropTTL, func() { d.TTL = 255 }},
		{packet.DropShort, func() { d.Payload = d.Payload[:19] }},
		{packet.DropVersion, func() { d.Payload[0] = 0x22 }},
		{packet.DropType, func() { d.Payload[0] = 0x21 }},
		{packet.DropUnknownID, func() { known = &want }},
		{packet.DropCount, func() { d.Payload[3] = 1 }},
		{packet.DropLength, func() { d.Payload = d.Payload[:20] }},
		{packet.DropChecksum, func() { copy(d.Payload, good) }},
		{packet.DropPassword, func() { want.Password = advert.Password }},
		{packet.DropInterval, func() { want.Interval = advert.Interval }},
		{packet.DropPeer, func() { want.Peers = []netip.Addr{sender} }},
		{packet.DropSelf, func() { want.Self = receiver }},
		{packet.Accepted, nil},
	}
	var got packet.Advertisement
	for _, step := range steps {
		if reason := got.Decode(&d, known); reason != step.reason {
			t.Fatalf("reason %v, want %v", reason, step.reason)
		}
		if step.mend != nil {
			step.mend()
		}
	}
}

func TestDecodeIPv6(t *testing.T) {
	advert := packet.Advertisement{
		Version: 3, VRID: 51, Priority: 150, Interval: 4095 * packet.Centisecond,
		Addresses: []netip.Addr{local6, virtual6},
	}
	d := encode(t, &advert, sender6, packet.GroupIPv6)
	want := packet.Expect{Version: 3, Addresses: advert.Addresses, Strict: true}
	var got packet.Advertisement
	if reason := got.Decode(&d, &want); reason != packet.Accepted {
		t.Fatalf("dropped: %v", reason)
	}
	if diff := cmp.Diff(advert, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	// Erratum 8300: the first address must be link-local, checked on receipt.
	advert.Addresses = []netip.Addr{virtual6, local6}
	d = encode(t, &advert, sender6, packet.GroupIPv6)
	if reason := got.Decode(&d, &want); reason != packet.DropAddressList {
		t.Errorf("strict, global address first: %v, want %v", reason, packet.DropAddressList)
	}
	want.Strict = false
	if reason := got.Decode(&d, &want); reason != packet.Accepted || got.FirstIsLinkLocal() {
		t.Errorf("global address first: %v, link-local %v; want accepted and noticed", reason, got.FirstIsLinkLocal())
	}
	d.Payload[len(d.Payload)-1]++
	if reason := got.Decode(&d, &want); reason != packet.DropChecksum {
		t.Errorf("flipped byte: %v, want %v", reason, packet.DropChecksum)
	}
}

// TestDecodeKeepsFields: a dropped message still says what it disagreed about.
func TestDecodeKeepsFields(t *testing.T) {
	advert := advert2()
	advert.Interval = 7 * time.Second
	d := encode(t, &advert, sender, packet.GroupIPv4)
	want := expect2()
	var got packet.Advertisement
	if reason := got.Decode(&d, &want); reason != packet.DropInterval {
		t.Fatalf("reason %v", reason)
	}
	if got.Interval != 7*time.Second || got.Priority != 150 || got.VRID != 51 {
		t.Errorf("fields lost: %+v", got)
	}
}

func encode(t testing.TB, a *packet.Advertisement, source, destination netip.Addr) packet.Datagram {
	t.Helper()
	payload, err := a.Append(nil, source, destination)
	if err != nil {
		t.Fatal(err)
	}
	return packet.Datagram{Source: source, Destination: destination, TTL: 255, Payload: payload}
}

// patch sets a byte of a message and mends the checksum (RFC 1624).
func patch(message []byte, at int, value byte) {
	word := at &^ 1
	before := uint32(message[word])<<8 | uint32(message[word+1])
	message[at] = value
	after := uint32(message[word])<<8 | uint32(message[word+1])
	sum := uint32(^(uint16(message[6])<<8 | uint16(message[7]))) + 0xffff - before + after
	sum = sum&0xffff + sum>>16
	sum = ^(sum&0xffff + sum>>16)
	message[6], message[7] = byte(sum>>8), byte(sum)
}
