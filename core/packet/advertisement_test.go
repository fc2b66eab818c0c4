package packet_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
)

// TestAppendRefuses: what cannot be said on the wire is an error, and nothing is
// appended.
func TestAppendRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*packet.Advertisement)
		source netip.Addr
		want   error
	}{
		{"version 1", func(a *packet.Advertisement) { a.Version = 1 }, sender, packet.ErrVersion},
		{"version 2 over IPv6", func(a *packet.Advertisement) { a.Version = 2 }, sender6, packet.ErrVersion},
		{"an IPv6 address over IPv4", func(a *packet.Advertisement) { a.Addresses[0] = virtual6 }, sender, packet.ErrAddresses},
		{"256 addresses", func(a *packet.Advertisement) { a.Addresses = make([]netip.Addr, 256) }, sender, packet.ErrAddresses},
		{"interval 0", func(a *packet.Advertisement) { a.Interval = 0 }, sender, packet.ErrInterval},
		{"interval 15 ms", func(a *packet.Advertisement) { a.Interval = 15 * time.Millisecond }, sender, packet.ErrInterval},
		{"interval 40.96 s", func(a *packet.Advertisement) { a.Interval = 4096 * packet.Centisecond }, sender, packet.ErrInterval},
		{"version 2, 1.5 s", func(a *packet.Advertisement) { a.Version, a.Interval = 2, 1500*time.Millisecond }, sender, packet.ErrInterval},
		{"version 2, 256 s", func(a *packet.Advertisement) { a.Version, a.Interval = 2, 256*time.Second }, sender, packet.ErrInterval},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := advert3()
			test.change(&a)
			b, err := a.Append([]byte("kept"), test.source, packet.GroupIPv4)
			if !errors.Is(err, test.want) || string(b) != "kept" {
				t.Errorf("Append = %q, %v; want %v and nothing appended", b, err, test.want)
			}
		})
	}
}

// TestNoAllocation: an advert costs the garbage collector nothing, either way.
func TestNoAllocation(t *testing.T) {
	a, want := advert3(), expect3()
	d := encode(t, &a, sender, packet.GroupIPv4)
	buffer := make([]byte, 0, 64)
	var got packet.Advertisement
	got.Decode(&d, &want)
	for name, f := range map[string]func(){
		"Append": func() { _, _ = a.Append(buffer, sender, packet.GroupIPv4) },
		"Decode": func() { got.Decode(&d, &want) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func TestPasswordIsHidden(t *testing.T) {
	a := advert2()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if out := fmt.Sprintf(verb, a); strings.Contains(out, "1066") || strings.Contains(out, "49 48 54 54") || strings.Contains(out, "0x31, 0x30") {
			t.Errorf("%s prints the password: %s", verb, out)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	a := advert3()
	buffer := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = a.Append(buffer, sender, packet.GroupIPv4)
	}
}

func BenchmarkDecode(b *testing.B) {
	a, want := advert3(), expect3()
	d := encode(b, &a, sender, packet.GroupIPv4)
	var got packet.Advertisement
	b.ReportAllocs()
	for b.Loop() {
		got.Decode(&d, &want)
	}
}
