package netio

import (
	"os"
	"path/filepath"
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
	dir := t.TempDir()
	h := startHost(t, p.here, dir)
	h.drop(on("eth0", "192.0.2.100/24"), on("eth1", "192.0.2.100/24"), on("eth0", "2001:db8::100/64"),
		on("eth0", "fe80::100/64"), on("eth1", "fe80::100/64"))
	want := "table inet " + tableName(dir) + ` {
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
	const theirs = "table inet theirs\n"
	both := theirs + "table inet " + tableName(dir) + "\n"
	h.drop()
	tables(theirs)
	for _, address := range []string{"192.0.2.100", "192.0.2.101"} {
		h.drop(on("eth0", address+"/24"))
		tables(both)
		if got := p.here.Run("nft", "list", "set", "inet", tableName(dir), "addresses4"); !strings.Contains(got, "{ "+address+" }") {
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

// Two hosts in one namespace do not touch each other's rules.
func TestFiltersOfTwo(t *testing.T) {
	p := newPair(t)
	first, second := t.TempDir(), t.TempDir()
	a, b := startHost(t, p.here, first), startHost(t, p.here, second)
	holds := func(dir, want string) {
		t.Helper()
		if got := p.here.Run("nft", "list", "set", "inet", tableName(dir), "addresses4"); !strings.Contains(got, "{ "+want+" }") {
			t.Errorf("want %s in\n%s", want, got)
		}
	}
	a.drop(on("eth0", "192.0.2.100/24"))
	b.drop(on("eth0", "192.0.2.101/24"))
	holds(first, "192.0.2.100")
	holds(second, "192.0.2.101")
	b.end()
	holds(first, "192.0.2.100")
	if got := p.here.Run("nft", "list", "tables"); got != "table inet "+tableName(first)+"\n" {
		t.Errorf("tables: %s", got)
	}
}

// A directory has one table, by whichever path, and the default one that which
// people expect.
func TestTableName(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if got := tableName("/run/sentinel"); got != "sentinel" {
		t.Errorf("default: %s", got)
	}
	name := tableName(dir)
	if !strings.HasPrefix(name, "sentinel-") || len(name) > 20 {
		t.Errorf("another: %s", name)
	}
	for path, same := range map[string]bool{dir + "/": true, link: true, filepath.Dir(dir): false} {
		if got := tableName(path); got == name != same {
			t.Errorf("%s: %s, and %s of %s", path, got, name, dir)
		}
	}
}

// A thousand addresses are more than one message to the kernel holds.
func TestFilterMany(t *testing.T) {
	p := newPair(t)
	dir := t.TempDir()
	h := startHost(t, p.here, dir)
	var many []Address
	for i := range 2000 {
		a := on("eth0", "10.0.0.0/32")
		b := a.Prefix.Addr().As4()
		b[2], b[3] = byte(i/250), byte(i%250)
		a.Prefix = hostPrefix(b)
		many = append(many, a)
	}
	h.drop(many...)
	if got := strings.Count(p.here.Run("nft", "list", "set", "inet", tableName(dir), "addresses4"), "10.0."); got != len(many) {
		t.Errorf("%d elements, want %d", got, len(many))
	}
	p.here.Do(func() {
		if ok, err := (&filter{table: tableName(dir), addresses: many}).intact(); !ok || err != nil {
			t.Errorf("intact: %t, error %v", ok, err)
		}
	})
}

// Somebody flushes the rules, or the predecessor has left some.
func TestFilterIsRestored(t *testing.T) {
	p := newPair(t)
	for name, flush := range map[string][]string{
		"ruleset": {"flush", "ruleset"},
		"table":   {"flush", "table", "inet", "sentinel"},
		"chain":   {"flush", "chain", "inet", "sentinel", "output"},
		"set":     {"flush", "set", "inet", "sentinel", "addresses4"},
		"added":   {"add", "element", "inet", "sentinel", "addresses6", "{ 2001:db8::101 }"},
		"another": {"delete element inet sentinel links6 { fe80::100 . eth0 }; add element inet sentinel links6 { fe80::100 . eth1 }"},
	} {
		t.Run(name, func(t *testing.T) {
			f := filter{table: "sentinel", addresses: []Address{
				on("eth0", "192.0.2.100/24"), on("eth0", "192.0.2.1/24"), on("eth0", "2001:db8::100/64"), on("eth0", "fe80::100/64"),
			}}
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
	dir := t.TempDir()
	h := startHost(t, n, dir)
	h.drop(on("eth0", "192.0.2.100/24"))
	n.Run("nft", "flush", "ruleset")
	if r := await(h, any_[FilterReport]); r.Err != nil || !r.Restored {
		t.Errorf("report %+v", r)
	}
	if got := n.Run("nft", "list", "tables"); got != "table inet "+tableName(dir)+"\n" {
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
		if err := (&filter{table: tableName(dir), addresses: []Address{on("eth0", "192.0.2.1/24")}}).replace(); err != nil {
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
