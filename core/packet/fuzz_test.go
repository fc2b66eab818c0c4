package packet_test

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/sentinel-ha/sentinel/core/packet"
)

// FuzzDecode feeds any bytes to the decoder. It must not panic, must not accept
// what it cannot write again, and what it accepts must come out the same but for
// the bits that the RFCs tell a receiver to ignore.
func FuzzDecode(f *testing.F) {
	for _, frame := range []packet.Advertisement{advert3(), advert2()} {
		d := encode(f, &frame, sender, packet.GroupIPv4)
		f.Add(d.Payload, false)
	}
	six := packet.Advertisement{Version: 3, VRID: 1, Priority: 1, Interval: packet.Centisecond, Addresses: []netip.Addr{local6}}
	d := encode(f, &six, sender6, packet.GroupIPv6)
	f.Add(d.Payload, true)

	f.Fuzz(func(t *testing.T, payload []byte, ipv6 bool) {
		d := packet.Datagram{Source: sender, Destination: packet.GroupIPv4, TTL: 255, Payload: payload}
		if ipv6 {
			d.Source, d.Destination = sender6, packet.GroupIPv6
		}
		for _, want := range []packet.Expect{expect2(), expect3(), {Version: 3}, {Version: 2}} {
			var a packet.Advertisement
			if a.Decode(&d, &want) != packet.Accepted {
				continue
			}
			again, err := a.Append(nil, d.Source, d.Destination)
			if err != nil {
				t.Fatalf("accepted %x but cannot encode it: %v", payload, err)
			}
			if a.Version == packet.Version3 {
				payload[4] &= 0x0f // reserved, ignored
			}
			again[6], again[7] = payload[6], payload[7] // may cover the reserved bits
			if !bytes.Equal(payload, again) {
				t.Fatalf("accepted %x, encodes to %x", payload, again)
			}
			return
		}
	})
}
