package netio

import (
	"bytes"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseIPv4(t *testing.T) {
	header := []byte{0x45, 0xc0, 0, 24, 0, 1, 0, 0, 255, 112, 0, 0, 10, 9, 0, 1, 224, 0, 0, 18}
	with := func(change func(b []byte) []byte) []byte {
		return change(append(bytes.Clone(header), 1, 2, 3, 4))
	}
	tests := []struct {
		name    string
		packet  []byte
		payload []byte // nil: not a packet
	}{
		{"plain", with(func(b []byte) []byte { return b }), []byte{1, 2, 3, 4}},
		{"options", with(func(b []byte) []byte { b[0] = 0x46; return b }), []byte{}},
		{"no payload", header, []byte{}},
		{"empty", nil, nil},
		{"short", header[:19], nil},
		{"header longer than the packet", with(func(b []byte) []byte { b[0] = 0x47; return b }), nil},
		{"header shorter than a header", with(func(b []byte) []byte { b[0] = 0x44; return b }), nil},
		{"version 6", with(func(b []byte) []byte { b[0] = 0x65; return b }), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var d Datagram
			ok := d.parseIPv4(test.packet)
			if ok != (test.payload != nil) {
				t.Fatalf("parsed: %t", ok)
			}
			if !ok {
				return
			}
			if !bytes.Equal(d.Payload, test.payload) || d.TTL != 255 ||
				d.Source != netip.MustParseAddr("10.9.0.1") || d.Destination != groupIPv4 {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func FuzzParseDatagram(f *testing.F) {
	f.Add([]byte{0x45, 0xc0, 0, 20, 0, 1, 0, 0, 255, 112, 0, 0, 10, 9, 0, 1, 224, 0, 0, 18}, []byte{})
	f.Add([]byte{}, newMessage().ipv6.control[:controlLenIPv6])
	f.Fuzz(func(t *testing.T, packet, control []byte) {
		var d Datagram
		d.parseIPv4(packet)
		d.parseControl(control)
	})
}

// IP options come before the payload and are not part of it.
func TestReceiveOptions(t *testing.T) {
	p := newPair(t)
	here := p.open(t, p.here, IPv4)
	p.there.Do(func() {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW, Protocol)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		const noOperation = "\x01"
		if err := unix.SetsockoptString(fd, unix.IPPROTO_IP, unix.IP_OPTIONS, noOperation+noOperation+noOperation+noOperation); err != nil {
			t.Fatal(err)
		}
		to := unix.SockaddrInet4{Addr: [4]byte{192, 0, 2, 1}}
		if err := unix.Sendto(fd, []byte("after options"), 0, &to); err != nil {
			t.Fatal(err)
		}
	})
	if got := here.receive(patience); got == nil || string(got.Payload) != "after options" {
		t.Errorf("got %+v", got)
	}
}
