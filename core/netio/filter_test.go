package netio

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

// drop orders a filter and demands that it is installed.
func (h *testHost) drop(addresses ...Address) {
	h.t.Helper()
	h.DropPacketsTo(addresses)
	if r := await(h, any_[FilterReport]); r.Err != nil || r.Restored {
		h.t.Fatalf("filter: %+v", r)
	}
}

// pings reports whether an address answers a ping.
func pings(n *netnstest.Namespace, address string) bool {
	_, err := n.Try("ping", "-c", "1", "-W", "0.5", address)
	return err == nil
}

func TestDropPackets(t *testing.T) {
	t.Parallel() // it waits for answers that do not come
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	addresses := []Address{on("eth0", "192.0.2.100/24"), on("eth0", "2001:db8::100/64"), on("eth0", "fe80::100/64")}
	deaf := func(want bool) {
		t.Helper()
		for _, address := range []string{"192.0.2.100", "2001:db8::100", "fe80::100%eth0"} {
			if got := !pings(p.there, address); got != want {
				t.Errorf("%s deaf: %t, want %t", address, got, want)
			}
		}
		if !pings(p.there, "192.0.2.1") || !pings(p.there, "2001:db8::1") {
			t.Error("the host's own addresses are deaf")
		}
	}
	h.drop(addresses...)
	h.add(addresses...)
	deaf(true)
	// But their hardware address is known.
	p.there.Run("arping", "-c", "1", "-w", "5", "-I", "eth0", "192.0.2.100")
	mac := p.here.MAC("eth0").String()
	p.there.Run("ip", "neigh", "flush", "dev", "eth0")
	pings(p.there, "2001:db8::100")
	pings(p.there, "fe80::100%eth0")
	neighbours := p.there.Run("ip", "-6", "neigh", "show", "dev", "eth0")
	for _, address := range []string{"2001:db8::100", "fe80::100"} {
		if !strings.Contains(neighbours, address+" lladdr "+mac) {
			t.Errorf("%s is not known:\n%s", address, neighbours)
		}
	}
	// Nor can they be sent from.
	if _, err := p.here.Try("ping", "-c", "1", "-W", "0.5", "-I", "192.0.2.100", "192.0.2.2"); err == nil {
		t.Error("a packet was sent from a deaf address")
	}
	h.drop()
	deaf(false)
}

// The table as nft prints it, so that the comment on filter stays true.
func TestFilterTable(t *testing.T) {
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	h.drop(on("eth0", "192.0.2.100/24"), on("eth1", "192.0.2.100/24"), on("eth0", "2001:db8::100/64"),
		on("eth0", "fe80::100/64"), on("eth1", "fe80::100/64"))
	want := `table inet sentinel {
	set addresses4 {
		type ipv4_addr
		elements = { 192.0.2.100 }
	}

	set addresses6 {
		type ipv6_addr
		elements = { 2001:db8::100 }
	}

	set links6 {
		type ipv6_addr . ifname
		elements = { fe80::100 . "eth0",
			     fe80::100 . "eth1" }
	}

	chain input {
		type filter hook input priority filter - 1; policy accept;
		icmpv6 type nd-neighbor-solicit accept
		icmpv6 type nd-neighbor-advert accept
		ip daddr @addresses4 drop
		ip6 daddr @addresses6 drop
		ip6 daddr . iifname @links6 drop
	}

	chain output {
		type filter hook output priority filter - 1; policy accept;
		icmpv6 type nd-neighbor-solicit accept
		icmpv6 type nd-neighbor-advert accept
		ip saddr @addresses4 drop
		ip6 saddr @addresses6 drop
		ip6 saddr . oifname @links6 drop
	}
}
`
	got := p.here.Run("nft", "--stateless", "list", "ruleset")
	if diff := cmp.Diff(want, strings.ReplaceAll(got, " counter", "")); diff != "" {
		t.Errorf("ruleset (-want +got):\n%s", diff)
	}
}

// Each list replaces the one before; there is no table while there is none, nor
// after the end.
func TestFilterLife(t *testing.T) {
	p := newPair(t)
	p.here.Run("nft", "add", "table", "inet", "theirs")
	dir := t.TempDir()
	h := startHost(t, p.here, dir)
	tables := func(want string) {
		t.Helper()
		if got := p.here.Run("nft", "list", "tables"); got != want {
			t.Errorf("tables\n%swant\n%s", got, want)
		}
	}
	const theirs, both = "table inet theirs\n", "table inet theirs\ntable inet sentinel\n"
	h.drop()
	tables(theirs)
	for _, address := range []string{"192.0.2.100", "192.0.2.101"} {
		h.drop(on("eth0", address+"/24"))
		tables(both)
		if got := p.here.Run("nft", "list", "set", "inet", "sentinel", "addresses4"); !strings.Contains(got, "{ "+address+" }") {
			t.Errorf("want %s in\n%s", address, got)
		}
	}
	if file := readRecord(t, dir); file == nil || !file.Filter {
		t.Errorf("record %+v", file)
	}
	h.drop()
	tables(theirs)
	if file := readRecord(t, dir); file != nil {
		t.Errorf("record %+v", file)
	}
	h.drop(on("eth0", "192.0.2.100/24"))
	tables(both)
	h.end()
	tables(theirs)
}

// A thousand addresses are more than one message to the kernel holds.
func TestFilterMany(t *testing.T) {
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	var many []Address
	for i := range 2000 {
		a := on("eth0", "10.0.0.0/32")
		b := a.Prefix.Addr().As4()
		b[2], b[3] = byte(i/250), byte(i%250)
		a.Prefix = hostPrefix(b)
		many = append(many, a)
	}
	h.drop(many...)
	if got := strings.Count(p.here.Run("nft", "list", "set", "inet", "sentinel", "addresses4"), "10.0."); got != len(many) {
		t.Errorf("%d elements, want %d", got, len(many))
	}
}

// Somebody flushes the rules, or the predecessor has left some.
func TestFilterIsRestored(t *testing.T) {
	p := newPair(t)
	for name, flush := range map[string][]string{
		"ruleset": {"flush", "ruleset"},
		"table":   {"flush", "table", "inet", "sentinel"},
		"chain":   {"flush", "chain", "inet", "sentinel", "output"},
	} {
		t.Run(name, func(t *testing.T) {
			f := filter{addresses: []Address{on("eth0", "192.0.2.100/24")}}
			p.here.Do(func() {
				if err := f.replace(); err != nil {
					t.Fatal(err)
				}
				if ok, err := f.intact(); !ok || err != nil {
					t.Fatalf("intact: %t, error %v", ok, err)
				}
			})
			p.here.Run("nft", flush...)
			p.here.Do(func() {
				if ok, err := f.intact(); ok || err != nil {
					t.Errorf("flushed, but intact: %t, error %v", ok, err)
				}
				if err := f.replace(); err != nil {
					t.Fatal(err)
				}
				if ok, err := f.intact(); !ok || err != nil {
					t.Errorf("restored, but intact: %t, error %v", ok, err)
				}
			})
		})
	}
}

func TestFilterIsWatched(t *testing.T) {
	t.Parallel() // it takes as long as the watch's interval
	n := netnstest.New(t)
	h := startHost(t, n, t.TempDir())
	h.drop(on("eth0", "192.0.2.100/24"))
	n.Run("nft", "flush", "ruleset")
	if r := await(h, any_[FilterReport]); r.Err != nil || !r.Restored {
		t.Errorf("report %+v", r)
	}
	if got := n.Run("nft", "list", "tables"); got != "table inet sentinel\n" {
		t.Errorf("tables: %s", got)
	}
}

func TestFilterOfAPredecessor(t *testing.T) {
	p := newPair(t)
	dir := t.TempDir()
	p.here.Do(func() {
		r, _, err := openRecord(dir)
		if err != nil {
			t.Fatal(err)
		}
		r.setFilter(true)
		if err := r.save(); err != nil {
			t.Fatal(err)
		}
		if err := (&filter{addresses: []Address{on("eth0", "192.0.2.1/24")}}).replace(); err != nil {
			t.Fatal(err)
		}
	})
	h := startHost(t, p.here, dir)
	h.Watch([]string{"eth0"})
	h.link("eth0", anyLink)
	if got := p.here.Run("nft", "list", "tables"); got != "" {
		t.Errorf("tables: %s", got)
	}
}
