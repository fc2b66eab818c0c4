package netio

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"golang.org/x/sys/unix"
)

// The frames are keepalived's, as captured on a wire.
func TestFrames(t *testing.T) {
	tests := []struct {
		name, hardware, address string
		router                  bool
		want                    []string
	}{
		{"gratuitous ARP", "a6:45:4c:8f:c6:66", "10.9.0.101", false, []string{
			"ffffffffffffa6454c8fc66608060001080006040001a6454c8fc6660a090065ffffffffffff0a090065",
			"ffffffffffffa6454c8fc66608060001080006040002a6454c8fc6660a090065ffffffffffff0a090065", // ours alone
		}},
		{"neighbour advertisement", "00:00:5e:00:02:0f", "fd09::15", false, []string{
			"33330000000100005e00020f86dd6000000000203afffd090000000000000000000000000015ff0200000000000000000000000000018800fc52" +
				"20000000fd090000000000000000000000000015020100005e00020f",
		}},
		{"link-local neighbour advertisement", "a6:45:4c:8f:c6:66", "fe80::5", false, []string{
			"333300000001a6454c8fc66686dd6000000000203afffe800000000000000000000000000005ff0200000000000000000000000000018800a058" +
				"20000000fe8000000000000000000000000000050201a6454c8fc666",
		}},
		{"neighbour advertisement of a router", "00:00:5e:00:02:0f", "fd09::15", true, []string{
			"33330000000100005e00020f86dd6000000000203afffd090000000000000000000000000015ff02000000000000000000000000000188007c52" +
				"a0000000fd090000000000000000000000000015020100005e00020f",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			hardware, _ := net.ParseMAC(test.hardware)
			frames, err := announcement(hardware, netip.MustParseAddr(test.address), test.router)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, inHex(frames)); diff != "" {
				t.Errorf("frames (-want +got):\n%s", diff)
			}
		})
	}
}

func inHex(frames [][]byte) []string {
	var list []string
	for _, f := range frames {
		list = append(list, hex.EncodeToString(f))
	}
	return list
}

// frames returns the frames that announce addresses of an interface once.
func framesOf(t testing.TB, n *netnstest.Namespace, name string, addresses ...Address) []string {
	t.Helper()
	var list []string
	for _, a := range addresses {
		frames, err := announcement(n.MAC(name), a.Prefix.Addr(), false)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, inHex(frames)...)
	}
	return list
}

// captured returns the next n frames that are announcements, in hexadecimal.
func captured(t testing.TB, c *netnstest.Capture, n int) []string {
	t.Helper()
	var list []string
	for len(list) < n {
		b := c.Next(patience)
		if b == nil {
			t.Fatalf("only %d frames of %d", len(list), n)
		}
		if isAnnouncement(b) {
			list = append(list, hex.EncodeToString(b))
		}
	}
	return list
}

// isAnnouncement is false for what the kernel says of itself: MLD reports, router
// solicitations, and ARP requests of its own.
func isAnnouncement(b []byte) bool {
	return b[12] == 0x08 || b[12] == 0x86 && b[20] == unix.IPPROTO_ICMPV6 && b[54] == neighborAdvertisement
}

func silent(t testing.TB, c *netnstest.Capture) {
	t.Helper()
	if b := heard(c); b != nil {
		t.Fatalf("unexpected frame %x", b)
	}
}

// heard returns the next announcement, nil if there is none for a while.
func heard(c *netnstest.Capture) (b []byte) {
	for b = c.Next(silence); b != nil && !isAnnouncement(b); b = c.Next(silence) {
	}
	return b
}

func TestAnnounce(t *testing.T) {
	p := newPair(t)
	capture := p.there.Capture("eth0", unix.ETH_P_ALL)
	h := startHost(t, p.here, t.TempDir())
	addresses := []Address{on("eth0", "192.0.2.100/24"), on("eth0", "192.0.2.101/32"), on("eth0", "2001:db8::100/128"), on("eth0", "fe80::100/64")}
	absent := on("eth0", "192.0.2.200/24")
	h.ChangeAddresses(AddressOrder{Seq: 1, Add: true, Addresses: addresses})
	h.Announce(AnnounceOrder{Router: "r", Addresses: append([]Address{absent}, addresses...), Rounds: 3})
	round := framesOf(t, p.here, "eth0", addresses...)
	want := append(append(append([]string{}, round...), round...), round...)
	if diff := cmp.Diff(want, captured(t, capture, len(want))); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
	silent(t, capture)
	// The reports come afterwards, and nothing failed.
	await(h, func(r AddressReport) bool { return r.Seq == 1 })
}

// The peer's neighbour tables follow the announcement.
func TestAnnounceIsBelieved(t *testing.T) {
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	for _, address := range []string{"192.0.2.100", "2001:db8::100"} {
		p.there.Run("ip", "neigh", "add", address, "lladdr", "02:00:00:00:00:99", "dev", "eth0", "nud", "stale")
	}
	addresses := []Address{on("eth0", "192.0.2.100/24"), on("eth0", "2001:db8::100/64")}
	h.add(addresses...)
	h.Announce(AnnounceOrder{Addresses: addresses, Rounds: 1})
	mac := p.here.MAC("eth0").String()
	netnstest.Eventually(t, func() bool {
		return strings.Count(p.there.Run("ip", "neigh", "show", "dev", "eth0"), mac) >= 2
	}, "both neighbours at %s", mac)
}

func TestAnnounceRouterFlag(t *testing.T) {
	p := newPair(t)
	p.here.Sysctl("net/ipv6/conf/eth0/forwarding", "1")
	capture := p.there.Capture("eth0", unix.ETH_P_IPV6)
	h := startHost(t, p.here, t.TempDir())
	h.add(on("eth0", "2001:db8::100/64"))
	h.Announce(AnnounceOrder{Addresses: []Address{on("eth0", "2001:db8::100/64")}, Rounds: 1})
	const routerAndOverride = "a0000000"
	if got := captured(t, capture, 1)[0]; !strings.Contains(got, "52"+routerAndOverride) && !strings.Contains(got, routerAndOverride+"20010db8") {
		t.Errorf("frame %s", got)
	}
}

// The hardware address is the interface's at the time.
func TestAnnounceNewHardwareAddress(t *testing.T) {
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	address := on("eth0", "192.0.2.100/24")
	h.Watch([]string{"eth0"})
	h.link("eth0", anyLink)
	h.add(address)
	capture := p.there.Capture("eth0", unix.ETH_P_ARP)
	h.Announce(AnnounceOrder{Addresses: []Address{address}, Rounds: 1})
	captured(t, capture, 2)
	p.here.Run("ip", "link", "set", "eth0", "address", "02:00:00:00:00:42")
	want := framesOf(t, p.here, "eth0", address)
	netnstest.Eventually(t, func() bool {
		h.Announce(AnnounceOrder{Addresses: []Address{address}, Rounds: 1})
		return cmp.Equal(captured(t, capture, 2), want)
	}, "the new hardware address")
}

// What is announced is not announced any more when it is removed, by us or by
// somebody else, or when another announcement of the router begins.
func TestAnnounceEnds(t *testing.T) {
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	h.Watch([]string{"eth0"})
	address, other := on("eth0", "192.0.2.100/24"), on("eth0", "192.0.2.101/24")
	for name, end := range map[string]func(){
		"removed by us":   func() { h.remove(address) },
		"removed by them": func() { p.here.Run("ip", "addr", "del", "192.0.2.100/24", "dev", "eth0") },
		"replaced by none": func() {
			h.Announce(AnnounceOrder{Router: "r", Addresses: []Address{address}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			h.t = t
			_ = h.change(AddressOrder{Add: true, Addresses: []Address{address, other}})
			capture := p.there.Capture("eth0", unix.ETH_P_ARP)
			h.Announce(AnnounceOrder{Router: "r", Addresses: []Address{address}, Rounds: 10_000, Spacing: 5 * time.Millisecond})
			captured(t, capture, 4)
			end()
			for ended := time.Now(); heard(capture) != nil; { // what is on its way
				if time.Since(ended) > patience {
					t.Fatal("it goes on")
				}
			}
			h.Announce(AnnounceOrder{Router: "r", Addresses: []Address{other}, Rounds: 1})
			if diff := cmp.Diff(framesOf(t, p.here, "eth0", other), captured(t, capture, 2)); diff != "" {
				t.Errorf("frames (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnnounceSpacing(t *testing.T) {
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	addresses := []Address{on("eth0", "192.0.2.100/24"), on("eth0", "192.0.2.101/24")}
	h.add(addresses...)
	capture := p.there.Capture("eth0", unix.ETH_P_ARP)
	const spacing = 10 * time.Millisecond
	start := time.Now()
	h.Announce(AnnounceOrder{Addresses: addresses, Rounds: 2, Spacing: spacing})
	if diff := cmp.Diff(framesOf(t, p.here, "eth0", append(addresses, addresses...)...), captured(t, capture, 8)); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
	if took := time.Since(start); took < 7*spacing {
		t.Errorf("8 frames in %v", took)
	}
}

// Another router's first round does not wait for the rest of this one's.
func TestAnnounceFirstRoundsFirst(t *testing.T) {
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	var many []Address
	for host := range 30 {
		many = append(many, on("eth0", fmt.Sprintf("10.1.0.%d/32", host)))
	}
	last := on("eth0", "10.2.0.1/32")
	h.add(append(many, last)...)
	capture := p.there.Capture("eth0", unix.ETH_P_ARP)
	start := time.Now()
	h.Announce(AnnounceOrder{Router: "a", Addresses: many, Rounds: 50})
	h.Announce(AnnounceOrder{Router: "b", Addresses: []Address{last}, Rounds: 1})
	between := int(time.Since(start) / announceGap) // on a busy machine
	want := framesOf(t, p.here, "eth0", last)[0]
	place := 0
	for captured(t, capture, 1)[0] != want {
		place++
	}
	if most := 2*len(many) + (2+between)*announceBurst; place > most {
		t.Errorf("%d frames came before it, want %d at most", place, most)
	}
}

// Interfaces without ARP or Ethernet are passed over; one that is down is an
// error, once.
func TestAnnounceElsewhere(t *testing.T) {
	p := newPair(t)
	p.here.Run("ip", "link", "add", "quiet", "type", "bridge")
	p.here.Run("ip", "link", "set", "quiet", "up", "arp", "off")
	h := startHost(t, p.here, t.TempDir())
	h.Watch([]string{"eth0", "quiet", "lo"})
	addresses := []Address{on("quiet", "10.1.0.1/32"), on("lo", "10.1.0.2/32"), on("eth0", "10.1.0.4/32"), on("eth0", "10.1.0.5/32")}
	h.add(addresses...)
	p.here.Run("ip", "link", "set", "eth0", "down")
	h.link("eth0", func(l Link) bool { return !l.Up })
	h.Announce(AnnounceOrder{Router: "r", Addresses: addresses, Rounds: 2})
	if r := await(h, any_[AnnouncementReport]); r.Router != "r" || r.Interface != "eth0" || r.Err == nil {
		t.Errorf("report %+v", r)
	}
	timeout := time.After(silence)
	for {
		select {
		case r := <-h.reports:
			if r, ok := r.(AnnouncementReport); ok {
				t.Errorf("report %+v", r)
			}
		case <-timeout:
			return
		}
	}
}
