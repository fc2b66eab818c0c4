package lab

import (
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/net/bpf"
)

// Frames that keepalived 2.2.7 and FRR 8.4 have sent.
const (
	fromKeepalived = "a6454c8fc666"
	multicast4     = "01005e000012" + fromKeepalived + "0800"
	multicast6     = "333300000012" + fromKeepalived + "86dd"
	arpFrame       = "ffffffffffff" + fromKeepalived + "08060001080006040001a6454c8fc6660a090065ffffffffffff0a090065"
	neighborFrame  = "333300000001a6454c8fc66686dd6000000000203afffe800000000000000000000000000005ff0200000000000000000000000000018800a05820000000fe8000000000000000000000000000050201a6454c8fc666"
	version2       = multicast4 + "45c0002800010000ff70d0880a090001e0000012210164010001708e0a0900650000000000000000"
	version2Auth   = multicast4 + "45c0003000010000ff70d0800a090001e0000012210296030101b80f0a0900660a0900700a09007a7365637265743432"
	version3       = multicast4 + "45c0002400010000ff70d08c0a090001e00000123104640200326b3e0a0900680a090072"
	version3IPv6   = multicast6 + "6c083e7a003870fffe80000000000000a4454cfffe8fc666ff020000000000000000000000000012310564030032bb97fe800000000000000000000000000005fd090000000000000000000000000105fd090000000000000000000000000115"
	resigned       = multicast4 + "45c0002800050000ff70d0840a090001e0000012210100010001d48e0a0900650000000000000000"
	ofFRR          = "01005e00001200005e0001050800" + "45c0002088b14000ff7007de0a090003e00000123105c801003211ec0a090037"
)

func addrs(list ...string) []netip.Addr {
	var addrs []netip.Addr
	for _, s := range list {
		addrs = append(addrs, netip.MustParseAddr(s))
	}
	return addrs
}

func TestDecode(t *testing.T) {
	group4, sender4 := netip.MustParseAddr("224.0.0.18"), netip.MustParseAddr("10.9.0.1")
	group6, sender6 := netip.MustParseAddr("ff02::12"), netip.MustParseAddr("fe80::a445:4cff:fe8f:c666")
	for _, tt := range []struct {
		name, frame string
		want        Event
	}{
		{"gratuitous ARP", arpFrame, Event{Kind: GratuitousARP, Address: netip.MustParseAddr("10.9.0.101")}},
		{"neighbour advertisement", neighborFrame, Event{Kind: NeighborAdvertisement, Address: netip.MustParseAddr("fe80::5")}},
		{"version 2, padded", version2 + "0000", Event{Kind: Advertisement, Advert: &Advert{
			Source: sender4, Destination: group4, TTL: 255, Version: 2, VRID: 1, Priority: 100, Interval: time.Second,
			Addresses: addrs("10.9.0.101"),
		}}},
		{"version 2 with a password", version2Auth, Event{Kind: Advertisement, Advert: &Advert{
			Source: sender4, Destination: group4, TTL: 255, Version: 2, VRID: 2, Priority: 150, Interval: time.Second,
			Addresses: addrs("10.9.0.102", "10.9.0.112", "10.9.0.122"),
		}}},
		{"version 3", version3, Event{Kind: Advertisement, Advert: &Advert{
			Source: sender4, Destination: group4, TTL: 255, Version: 3, VRID: 4, Priority: 100, Interval: 500 * time.Millisecond,
			Addresses: addrs("10.9.0.104", "10.9.0.114"),
		}}},
		{"version 3 over IPv6", version3IPv6, Event{Kind: Advertisement, Advert: &Advert{
			Source: sender6, Destination: group6, TTL: 255, Version: 3, VRID: 5, Priority: 100, Interval: 500 * time.Millisecond,
			Addresses: addrs("fe80::5", "fd09::105", "fd09::115"),
		}}},
		{"priority 0", resigned, Event{Kind: Advertisement, Advert: &Advert{
			Source: sender4, Destination: group4, TTL: 255, Version: 2, VRID: 1, Interval: time.Second, Addresses: addrs("10.9.0.101"),
		}}},
		{"FRR", ofFRR, Event{Kind: Advertisement, Advert: &Advert{
			Source: netip.MustParseAddr("10.9.0.3"), Destination: group4, TTL: 255, Version: 3, VRID: 5, Priority: 200,
			Interval: 500 * time.Millisecond, Addresses: addrs("10.9.0.55"),
		}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := received(t, tt.frame)
			if !passes(t, speechFilter(), f.data) {
				t.Error("the filter does not let it pass")
			}
			got, ok := decode(f)
			if !ok {
				t.Fatal("not understood")
			}
			ignore := cmp.Options{
				cmpopts.IgnoreFields(Event{}, "At", "Node", "Segment", "Source", "Frame"), cmpopts.IgnoreFields(Advert{}, "Payload"),
				cmp.Comparer(func(x, y netip.Addr) bool { return x == y }),
			}
			if diff := cmp.Diff(tt.want, got, ignore); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestDecodeIgnores(t *testing.T) {
	answer := []byte(neighborFrame)
	answer[2*58] = '6' // the solicited flag
	for _, tt := range []struct{ name, frame string }{
		{"an ARP request for another", arpFrame[:len(arpFrame)-2] + "66"},
		{"an answer to a solicitation", string(answer)},
		{"nothing", ""},
		{"half an Ethernet header", version3[:20]},
		{"half an ARP packet", arpFrame[:60]},
		{"a length beyond the end", version3[:len(version3)-8]},
		{"half a VRRP header", multicast4 + "45c0001800010000ff70d08c0a090001e000001231046402"},
	} {
		if e, ok := decode(received(t, tt.frame)); ok {
			t.Errorf("%s: taken for %+v", tt.name, e)
		}
	}
}

// FuzzDecode looks for a frame that cannot even be looked at.
func FuzzDecode(f *testing.F) {
	for _, frame := range []string{arpFrame, neighborFrame, version2Auth, version3, version3IPv6} {
		data, err := hex.DecodeString(frame)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	where := &port{segment: &segment{}}
	f.Fuzz(func(_ *testing.T, data []byte) { decode(&frame{port: where, data: data}) })
}

func received(t *testing.T, text string) *frame {
	t.Helper()
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return &frame{port: &port{segment: &segment{}}, data: data}
}

func TestFiltersDropTheRest(t *testing.T) {
	ping := "0200000002000200000001000800" + "450000240000400040012674" + "0a0000010a000002" + "0800f7ff00000000"
	answer := "0200000001000200000002000800" + "450000240000400040012674" + "0a0000020a000001" + "0000ffff00000000"
	for _, tt := range []struct {
		name            string
		filter          []bpf.Instruction
		frame           string
		passesTheFilter bool
	}{
		{"a ping", speechFilter(), ping, false},
		{"a ping", answerFilter(), ping, false},
		{"an answer", answerFilter(), answer, true},
		{"an answer", speechFilter(), answer, false},
		{"an advertisement", answerFilter(), version3, false},
		{"a neighbour advertisement", answerFilter(), neighborFrame, false},
	} {
		if got := passes(t, tt.filter, received(t, tt.frame).data); got != tt.passesTheFilter {
			t.Errorf("%s passes: %v", tt.name, got)
		}
	}
}

// passes runs a filter as the kernel would.
func passes(t *testing.T, filter []bpf.Instruction, data []byte) bool {
	t.Helper()
	vm, err := bpf.NewVM(filter)
	if err != nil {
		t.Fatal(err)
	}
	n, err := vm.Run(data)
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}
