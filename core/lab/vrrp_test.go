package lab_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

const (
	vip      = "10.0.0.100"
	vrid     = 51
	takeover = 15 * time.Second
)

// keepalived is a router with an interval of 100 ms.
func keepalived(priority int) string {
	return fmt.Sprintf(`
global_defs {
    vrrp_version 3
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id %d
    priority %d
    advert_int 0.1
    virtual_ipaddress {
        %s/24
    }
}
`, vrid, priority, vip)
}

// cluster is two keepalived nodes of which a is active, a client that probes the
// address, and a capture that began before all.
type cluster struct {
	*labtest.Lab
	a, b, client *labtest.Node
	ka, kb       *labtest.Process
	capture      *labtest.Capture
	probe        *labtest.Probe
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	l := labtest.New(t)
	c := &cluster{
		Lab:    l,
		a:      l.AddNode("a", lab.At("10.0.0.71/24")),
		b:      l.AddNode("b", lab.At("10.0.0.72/24")),
		client: l.AddNode("client", lab.At("10.0.0.9/24")),
	}
	c.capture = l.Capture()
	c.ka = c.a.Keepalived(keepalived(200))
	c.ka.WaitLog("Entering MASTER STATE", takeover)
	c.kb = c.b.Keepalived(keepalived(100))
	c.kb.WaitLog("Entering BACKUP STATE", takeover)
	l.WaitHolders(vip, takeover, c.a)
	c.probe = c.client.Probe(vip, 2*time.Millisecond)
	c.probe.WaitAnswer(c.a, reach)
	return c
}

// lastTakeover returns the last change of the active router, which must be from a
// to b. A stall of the machine may have caused others before.
func (c *cluster) lastTakeover(t *testing.T) lab.Takeover {
	t.Helper()
	takeovers := c.capture.Takeovers()
	if len(takeovers) == 0 {
		t.Fatal("no takeover")
	}
	got := takeovers[len(takeovers)-1]
	if got.From != c.a.Node || got.To != c.b.Node || got.VRID != vrid || got.Segment != lab.DefaultSegment {
		t.Errorf("%+v", got)
	}
	return got
}

func TestKeepalivedIsSeen(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	advert := c.capture.WaitAdvert(c.a, vrid, takeover)
	want := &lab.Advert{
		Source: mustAddr("10.0.0.71"), Destination: mustAddr("224.0.0.18"), TTL: 255,
		Version: 3, VRID: vrid, Priority: 200, Interval: 100 * time.Millisecond, Addresses: []netip.Addr{mustAddr(vip)},
		Payload: advert.Advert.Payload,
	}
	if diff := cmp.Diff(want, advert.Advert, cmp.Comparer(func(x, y netip.Addr) bool { return x == y })); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(advert.Advert.Payload) != 12 {
		t.Errorf("a payload of %d bytes", len(advert.Advert.Payload))
	}
	if arp := c.capture.WaitAnnouncement(vip, c.a, takeover); arp.Kind != lab.GratuitousARP {
		t.Errorf("announced by %v", arp.Kind)
	}
	eventually(t, "20 adverts", func() bool { return c.capture.Gaps(lab.AdvertFrom(c.a.Node, vrid)).Count >= 20 })
	if gaps := c.capture.Gaps(lab.AdvertFrom(c.a.Node, vrid)); gaps.P50 < 95*time.Millisecond || gaps.P50 > 110*time.Millisecond {
		t.Errorf("gaps %+v at an interval of 100 ms", gaps)
	}
	if usage := c.ka.Usage(); usage.Processes != 2 || usage.CPU == 0 {
		t.Errorf("keepalived is a parent and a child, not %+v", usage)
	}
}

func TestKillMovesTheAddress(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	capture := c.Capture()
	killed := time.Now()
	c.a.Kill()
	dead := time.Now()
	arp := capture.WaitAnnouncement(vip, c.b, takeover)
	t.Logf("from kill -9 to the gratuitous ARP: %v", arp.At.Sub(killed))
	// The addresses of a killed process stay in its node's kernel.
	c.WaitHolders(vip, takeover, c.a, c.b)
	c.probe.WaitAnswer(c.b, takeover)
	if got, _ := capture.Last(advertsOf(c.a)); got.At.After(dead.Add(5 * time.Millisecond)) {
		t.Errorf("it advertised %v after it was dead", got.At.Sub(dead))
	}
	got := c.lastTakeover(t)
	// 3 x 100 ms and a skew of 156/256 x 100 ms, less what keepalived rounds off.
	if got.Resigned || got.Silence < 300*time.Millisecond || got.Silence > 2*time.Second {
		t.Errorf("%+v", got)
	}
}

func TestGracefulStopMovesTheAddress(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	if status := c.ka.Stop(takeover); status != 0 {
		t.Errorf("exit status %d", status)
	}
	c.WaitHolders(vip, takeover, c.b)
	c.probe.WaitAnswer(c.b, takeover)
	last, ok := c.capture.Last(lab.AdvertFrom(c.a.Node, vrid))
	if !ok || last.Advert.Priority != 0 {
		t.Errorf("the last word of a: %+v", last.Advert)
	}
	if got := c.lastTakeover(t); !got.Resigned {
		t.Errorf("%+v", got)
	}
	for _, o := range c.probe.Outages() {
		t.Logf("no answer for %v, then from %v", o.Duration(), o.After)
	}
}

func TestFrozenRouterIsReplaced(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.ka.Freeze()
	c.WaitHolders(vip, takeover, c.a, c.b)
	c.probe.WaitAnswer(c.b, takeover)
	c.ka.Thaw() // and takes back what is its own
	c.probe.WaitAnswer(c.a, takeover)
	c.WaitHolders(vip, takeover, c.a)
}

func TestUnpluggedRouterIsReplaced(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.a.Unplug()
	c.ka.WaitLog("Entering FAULT STATE", takeover)
	c.WaitHolders(vip, takeover, c.b)
	c.a.Plug()
	c.WaitHolders(vip, takeover, c.a)
	moved := func(o lab.Outage) bool { return o.Before == c.a.Node && o.After == c.b.Node }
	if outages := c.probe.Outages(); !slices.ContainsFunc(outages, moved) {
		t.Errorf("outages: %+v", outages)
	}
}

func TestCutMakesTwoActiveRouters(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.a.Cut(lab.From)
	c.WaitHolders(vip, takeover, c.a, c.b)
	// The capture hears what the switch drops.
	cut := time.Now()
	c.capture.Wait(takeover, func(e lab.Event) bool { return advertsOf(c.a)(e) && e.At.After(cut) })
	c.a.Heal()
	c.WaitHolders(vip, takeover, c.a)
}

func TestFRR(t *testing.T) {
	t.Parallel()
	l := labtest.New(t)
	a := l.AddNode("a", lab.At("10.0.0.71/24", "fd00::71/64"))
	b := l.AddNode("b", lab.At("10.0.0.72/24", "fd00::72/64"))
	capture := l.Capture()
	const vip6 = "fd00::100"
	config := lab.FRR{
		VRID: 5, Priority: 200, Interval: 100 * time.Millisecond,
		Addresses: []netip.Prefix{netip.MustParsePrefix(vip + "/24"), netip.MustParsePrefix(vip6 + "/64")},
	}
	vrrpd := a.FRR(config)
	config.Priority = 100
	b.FRR(config)
	for _, addr := range []string{vip, vip6} {
		l.WaitHolders(addr, 2*takeover, a)
		advert := capture.Wait(takeover, func(e lab.Event) bool {
			return lab.AdvertFrom(a.Node, 5)(e) && e.Advert.Addresses[0] == mustAddr(addr)
		})
		got := advert.Advert
		if got.Version != 3 || got.Priority != 200 || got.Interval != 100*time.Millisecond || got.TTL != 255 {
			t.Errorf("%s: %+v", addr, got)
		}
		if virtual := (lab.MAC{0, 0, 0x5e, 0, 1, 5}); addr == vip && advert.Source != virtual {
			t.Errorf("from %s, want %s", advert.Source, virtual)
		}
	}
	capture.WaitAnnouncement(vip, a, takeover)
	if event := capture.WaitAnnouncement(vip6, a, takeover); event.Kind != lab.NeighborAdvertisement {
		t.Errorf("announced by %v", event.Kind)
	}
	vrrpd.Stop(takeover)
	l.WaitHolders(vip, takeover, b)
	l.WaitHolders(vip6, takeover, b)
	config.Priority = 200
	a.FRR(config) // again, and with zebra still there
	l.WaitHolders(vip, 2*takeover, a)
	a.Kill()
	l.WaitHolders(vip, takeover, a, b) // a's interface stays as it is
	a.FRR(config)
	l.WaitHolders(vip, 2*takeover, a)
}
