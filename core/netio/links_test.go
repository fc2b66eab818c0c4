package netio

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

// link awaits a report of an interface that matches.
func (h *testHost) link(name string, match func(Link) bool) Link {
	h.t.Helper()
	return await(h, func(r LinkReport) bool { return r.Link.Name == name && match(r.Link) }).Link
}

func anyLink(Link) bool { return true }

// has returns a match for links that have an address.
func has(prefix string, present bool) func(Link) bool {
	return func(l Link) bool {
		for _, a := range l.Addresses {
			if a.String() == prefix {
				return present
			}
		}
		return !present
	}
}

// quiet fails the test if there is a report of a link.
func (h *testHost) quiet() {
	h.t.Helper()
	for timeout := time.After(silence); ; {
		select {
		case r := <-h.reports:
			if r, ok := r.(LinkReport); ok {
				h.t.Fatalf("unexpected report %+v", r.Link)
			}
		case <-timeout:
			return
		}
	}
}

func TestWatch(t *testing.T) {
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	h.Watch([]string{"eth0", "missing", "lo", "", "a-name-that-is-longer-than-any-can-be"})
	got := map[string]Link{}
	for range 5 {
		link := await(h, any_[LinkReport]).Link
		got[link.Name] = link
	}
	prefix := netip.MustParsePrefix
	want := map[string]Link{
		"eth0": {Name: "eth0", Index: p.here.Index("eth0"), Up: true, Running: true,
			Hardware: string(p.here.MAC("eth0")), Addresses: []LinkAddress{
				{prefix("192.0.2.1/24"), false, true}, {prefix("2001:db8::1/64"), false, true},
				{netip.PrefixFrom(linkLocal(t, p.here, "eth0"), 64), false, true},
			}},
		"lo": {Name: "lo", Index: 1, Up: true, Running: true, Loopback: true,
			Hardware: "\x00\x00\x00\x00\x00\x00", Addresses: []LinkAddress{
				{prefix("127.0.0.1/8"), false, true}, {prefix("::1/128"), false, true},
			}},
		"missing": {Name: "missing"}, "": {},
		"a-name-that-is-longer-than-any-can-be": {Name: "a-name-that-is-longer-than-any-can-be"},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b LinkAddress) bool { return a == b })); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	h.quiet()
	h.Watch([]string{"eth0"})
	h.link("eth0", anyLink) // once more
	p.here.Run("ip", "addr", "add", "127.0.0.2/8", "dev", "lo")
	h.quiet() // lo is not watched any more
}

func TestLinkChanges(t *testing.T) {
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	h.Watch([]string{"eth0", "eth1"})
	index := h.link("eth0", anyLink).Index
	steps := []struct {
		name  string
		do    func()
		link  string
		match func(Link) bool
	}{
		{"carrier lost", func() { p.there.Run("ip", "link", "set", "eth0", "down") }, "eth0",
			func(l Link) bool { return l.Up && !l.Running }},
		{"carrier back", func() { p.there.Run("ip", "link", "set", "eth0", "up") }, "eth0",
			func(l Link) bool { return l.Up && l.Running }},
		{"down", func() { p.here.Run("ip", "link", "set", "eth0", "down") }, "eth0",
			func(l Link) bool { return l.Index == index && !l.Up && !l.Running }},
		{"up", func() { p.here.Run("ip", "link", "set", "eth0", "up") }, "eth0",
			func(l Link) bool { return l.Up && l.Running }},
		{"hardware address", func() { p.here.Run("ip", "link", "set", "eth0", "address", "02:00:00:00:00:77") }, "eth0",
			func(l Link) bool { return l.Hardware == "\x02\x00\x00\x00\x00\x77" }},
		{"address", func() { p.here.Run("ip", "addr", "add", "192.0.2.9/24", "dev", "eth0") }, "eth0",
			has("192.0.2.9/24", true)},
		{"address gone", func() { p.here.Run("ip", "addr", "del", "192.0.2.9/24", "dev", "eth0") }, "eth0",
			has("192.0.2.9/24", false)},
		{"renamed", func() {
			p.here.Run("ip", "link", "set", "eth0", "down")
			p.here.Run("ip", "link", "set", "eth0", "name", "eth1")
			both := map[string]bool{}
			await(h, func(r LinkReport) bool {
				both["eth0 gone"] = both["eth0 gone"] || r.Link.Name == "eth0" && r.Link.Index == 0
				both["eth1 here"] = both["eth1 here"] || r.Link.Name == "eth1" && r.Link.Index == index
				return both["eth0 gone"] && both["eth1 here"]
			})
			p.here.Run("ip", "link", "set", "eth1", "up")
		}, "eth1", func(l Link) bool { return l.Up }},
		{"made again under the old name", func() { netnstest.Connect(t, p.here, "eth0", p.there, "eth9") }, "eth0",
			func(l Link) bool { return l.Index != 0 && l.Index != index && l.Running }},
		{"deleted", func() { p.here.Run("ip", "link", "del", "eth1") }, "eth1",
			func(l Link) bool { return l.Index == 0 && !l.Up }},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			h.t = t
			step.do()
			h.link(step.link, step.match)
		})
	}
}

// Reports after an order carry its number, and are not older than it.
func TestLinkAsOf(t *testing.T) {
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	h.Watch([]string{"eth0"})
	h.link("eth0", anyLink)
	h.seq = 41
	for _, add := range []bool{true, false} {
		h.ChangeAddresses(AddressOrder{Seq: h.seq + 1, Add: add, Addresses: []Address{on("eth0", "192.0.2.100/24")}})
		h.seq++
		answer := await(h, any_[AddressReport])
		link := h.link("eth0", func(l Link) bool { return l.AsOf >= h.seq })
		if answer.Seq != h.seq || link.AsOf != h.seq || !has("192.0.2.100/24", add)(link) {
			t.Errorf("answer %+v, link %+v", answer, link)
		}
		for _, a := range link.Addresses {
			if a.Ours != (a.Addr() == netip.MustParseAddr("192.0.2.100")) {
				t.Errorf("%v ours: %t", a.Prefix, a.Ours)
			}
		}
		// Also when the order changes nothing.
		h.ChangeAddresses(AddressOrder{Seq: h.seq + 1, Add: add, Addresses: []Address{on("eth0", "192.0.2.100/24")}})
		h.seq++
		h.link("eth0", func(l Link) bool { return l.AsOf == h.seq })
	}
}

// An address under duplicate address detection is not usable until that is over.
func TestTentative(t *testing.T) {
	p := newPair(t)
	p.here.Sysctl("net/ipv6/conf/eth0/accept_dad", "1")
	p.here.Sysctl("net/ipv6/conf/eth0/dad_transmits", "1")
	h := startHost(t, p.here, t.TempDir())
	h.Watch([]string{"eth0"})
	h.link("eth0", anyLink)
	usable := func(prefix string, want bool) func(Link) bool {
		return func(l Link) bool {
			for _, a := range l.Addresses {
				if a.String() == prefix {
					return a.Usable == want
				}
			}
			return false
		}
	}
	p.here.Run("ip", "addr", "add", "2001:db8::5/64", "dev", "eth0")
	h.link("eth0", usable("2001:db8::5/64", false))
	h.link("eth0", usable("2001:db8::5/64", true))
	p.here.Run("ip", "addr", "add", "2001:db8::2/64", "dev", "eth0") // it is there's
	h.link("eth0", usable("2001:db8::2/64", false))
	netnstest.Eventually(t, func() bool { return strings.Contains(list(p.here, "eth0"), "dadfailed") }, "dadfailed")
	h.quiet() // still not usable
}

// A storm of events costs a bounded number of looks, and the last report is the
// truth.
func TestStorm(t *testing.T) {
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	h.Watch([]string{"eth0"})
	h.link("eth0", anyLink)
	var storm strings.Builder
	for range 5 {
		for _, verb := range []string{"add", "del"} {
			for host := range 500 {
				fmt.Fprintf(&storm, "addr %s 10.1.%d.%d/32 dev eth0\n", verb, host/250, host%250)
			}
		}
	}
	storm.WriteString("addr add 10.2.0.1/32 dev eth0\n")
	start := time.Now()
	p.here.Do(func() { ipBatch(t, storm.String()) })
	reports := 0
	h.link("eth0", func(l Link) bool { reports++; return has("10.2.0.1/32", true)(l) && len(l.Addresses) == 4 })
	if most := int(time.Since(start)/readGap) + 2; reports > most {
		t.Errorf("%d reports of 5001 changes in %v, want %d at most", reports, time.Since(start), most)
	}
	t.Logf("%d reports of 5001 changes in %v", reports, time.Since(start))
	h.quiet()
}

// To forget an address is to look at the others once, not at all pairs of them.
func TestForgetMany(t *testing.T) {
	const count = 2000
	address := func(i int) netip.Prefix { return hostPrefix([4]byte{10, 1, byte(i / 250), byte(i % 250)}) }
	i := &iface{frames: make(map[netip.Addr][][]byte)}
	for n := range count {
		i.addresses = append(i.addresses, assigned{Prefix: address(n)})
		i.frames[address(n).Addr()] = [][]byte{{1}}
	}
	i.addresses = append(i.addresses, assigned{Prefix: netip.PrefixFrom(address(0).Addr(), 24)})
	start := time.Now()
	i.prune()
	for n := range count {
		i.forget(address(n))
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v", took)
	}
	if len(i.addresses) != 1 || len(i.frames) != 1 || i.frames[address(0).Addr()] == nil {
		t.Errorf("left are %d addresses and the frames of %d", len(i.addresses), len(i.frames))
	}
}

// startWorker starts a host and returns also its subscription, so that a test can
// get between the two.
func startWorker(t *testing.T, n *netnstest.Namespace) (*testHost, *events) {
	t.Helper()
	h := newTestHost(t, t.TempDir())
	started := make(chan *events, 1)
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	h.done = n.Go(func() {
		w, err := newWorker(h.Host)
		if err != nil {
			t.Error(err)
			close(started)
			return
		}
		defer w.close()
		started <- w.events
		w.loop(ctx)
	})
	t.Cleanup(h.end)
	e := <-started
	if e == nil {
		t.FailNow()
	}
	return h, e
}

// Events that were lost, or a subscription, are made up for by a look.
func TestEventsLost(t *testing.T) {
	for name, mishap := range map[string]func(*changes){
		"overflow":     func(c *changes) { c.lost = true },
		"subscription": func(c *changes) { c.err = errors.New("out of order") },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t)
			h, events := startWorker(t, p.here)
			h.Watch([]string{"eth0"})
			h.link("eth0", anyLink)
			events.mu.Lock() // keeps the reader from noting anything
			p.here.Run("ip", "addr", "add", "192.0.2.9/24", "dev", "eth0")
			events.changes = changes{}
			mishap(&events.changes)
			events.mu.Unlock()
			events.note(func(*changes) {})
			if name == "subscription" {
				await(h, func(w Warning) bool { return strings.Contains(w.Err.Error(), "out of order") })
			}
			h.link("eth0", has("192.0.2.9/24", true))
			p.here.Run("ip", "addr", "del", "192.0.2.9/24", "dev", "eth0")
			h.link("eth0", has("192.0.2.9/24", false))
		})
	}
}

// The kernel says that a buffer has overflowed, and goes on afterwards.
func TestEventBufferOverflows(t *testing.T) {
	p := newPair(t)
	var e *events
	var err error
	p.here.Do(func() { e, err = subscribe(1) }) // the kernel makes it a little more
	if err != nil {
		t.Fatal(err)
	}
	var many strings.Builder
	for host := range 200 {
		fmt.Fprintf(&many, "addr add 10.1.0.%d/32 dev eth0\n", host)
	}
	p.here.Do(func() { ipBatch(t, many.String()) })
	done := make(chan struct{})
	go func() { e.read(); close(done) }()
	lost := false
	netnstest.Eventually(t, func() bool { lost = lost || e.take().lost; return lost }, "the loss to be noted")
	p.here.Run("ip", "addr", "add", "10.2.0.1/32", "dev", "eth0")
	index := p.here.Index("eth0")
	seen := false
	netnstest.Eventually(t, func() bool { seen = seen || e.take().addresses[index]; return seen }, "an event after the loss")
	e.close()
	<-done
}
