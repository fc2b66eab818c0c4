package config_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// load loads a configuration that must be valid, and returns its directory too.
func load(t *testing.T, content string, opts config.Options) (*config.Config, string) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "ha.hcl")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, report := config.Load([]string{path}, opts)
	if loaded == nil {
		t.Fatalf("not valid:\n%s", texts(t, report)["text"])
	}
	return loaded, dir
}

var compareAddresses = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})

// TestDefaults: what a configuration that says as little as possible means.
func TestDefaults(t *testing.T) {
	got, dir := load(t, `
vrrp "VI_1" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
}`, config.Options{Node: "server1"})
	announce := vrrp.Announce{Repeat: 5, Delay: 5 * time.Second, Refresh: time.Minute}
	want := &config.Config{
		Node: "server1",
		Agent: config.Agent{
			RuntimeDir: "/run/sentinel", Realtime: true,
			PluginDir: filepath.Join(dir, "plugins"),
			Log:       config.Log{Level: "info", Format: "text"},
			Announce:  announce,
		},
		Routers: []vrrp.Config{{
			Name: "VI_1", Interface: "eth0", Family: packet.IPv4, Version: 3, VRID: 51, Priority: 100,
			AdvertInterval: time.Second, Preempt: true, Accept: true, TrackLink: true,
			Checksums: []packet.ChecksumForm{packet.ChecksumRFC5798}, Announce: announce,
		}},
	}
	if diff := cmp.Diff(want, got, compareAddresses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEverything: every setting arrives where it belongs.
func TestEverything(t *testing.T) {
	text, err := os.ReadFile("testdata/valid.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, files := sections(string(text))
	t.Chdir(t.TempDir())
	write(t, files)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	got, report := config.Load([]string{"conf"}, config.Options{Node: "server2", Vars: []string{"password=1066"}})
	if got == nil {
		t.Fatalf("not valid:\n%s", texts(t, report)["text"])
	}
	announce := vrrp.Announce{Repeat: 5, Delay: 5 * time.Second, Refresh: 30 * time.Second}
	thrice := announce
	thrice.Repeat = 3
	rfc5798 := []packet.ChecksumForm{packet.ChecksumRFC5798}
	want := &config.Config{
		Node: "server2",
		Agent: config.Agent{
			RuntimeDir: "/run/sentinel", Realtime: true, PluginDir: filepath.Join(here, "conf", "plugins"), HTTP: "127.0.0.1:9650",
			Log: config.Log{Level: "info", Format: "text"}, Announce: announce,
		},
		Routers: []vrrp.Config{
			{
				Name: "VI_1", Interface: "eth0", Family: packet.IPv4, Version: 3, VRID: 51, Priority: 100,
				AdvertInterval: 40950 * time.Millisecond, Preempt: true, PreemptDelay: 90 * time.Second, Adopt: true, Strict: true,
				Checksums: []packet.ChecksumForm{packet.ChecksumRFC5798, packet.ChecksumRFC9568}, Announce: thrice,
				Addresses: []vrrp.Address{
					{Prefix: netip.MustParsePrefix("192.0.2.100/24"), Interface: "eth0", Advertise: true, TrackLink: true},
					{Prefix: netip.MustParsePrefix("192.0.2.101/32"), Interface: "eth0", Advertise: true, TrackLink: true},
				},
			},
			{
				Name: "VI_2", Interface: "eth1", Family: packet.IPv4, Version: 2, VRID: 52, Priority: 100,
				AdvertInterval: time.Second, Preempt: true, Accept: true, TrackLink: true,
				Source: netip.MustParseAddr("192.0.2.11"), Checksums: rfc5798, Announce: announce,
				Addresses: []vrrp.Address{
					{Prefix: netip.MustParsePrefix("192.0.2.1/24"), Interface: "eth2", Label: "eth2:web", Scope: vrrp.ScopeHost, Advertise: true},
					{Prefix: netip.MustParsePrefix("2001:db8::1/64"), Interface: "eth1", TrackLink: true},
				},
				Unicast:  &vrrp.Unicast{Peers: []netip.Addr{netip.MustParseAddr("192.0.2.12")}, TTL: 64, MinTTL: 1},
				AuthType: packet.AuthSimpleText, Password: packet.Password{'1', '0', '6', '6'},
			},
			{
				Name: "owner", Interface: "eth0", Family: packet.IPv4, Version: 3, VRID: 53, Priority: 255,
				AdvertInterval: time.Second, Preempt: true, Accept: true, TrackLink: true,
				Source: netip.MustParseAddr("192.0.2.53"), Checksums: rfc5798, Announce: announce,
				Addresses: []vrrp.Address{
					{Prefix: netip.MustParsePrefix("192.0.2.53/24"), Interface: "eth0", Advertise: true, TrackLink: true},
				},
			},
			{
				Name: "VI_6", Interface: "eth0", Family: packet.IPv6, Version: 3, VRID: 51, Priority: 100,
				AdvertInterval: time.Second, Preempt: true, Accept: true, TrackLink: true,
				Checksums: rfc5798, Announce: announce,
				Unicast: &vrrp.Unicast{Peers: []netip.Addr{netip.MustParseAddr("2001:db8::12")}, TTL: 255, MinTTL: 1},
			},
		},
	}
	if diff := cmp.Diff(want, got, compareAddresses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSettings: what a setting that is written in a certain way comes to.
func TestSettings(t *testing.T) {
	tests := []struct {
		name, body string
		read       func(vrrp.Config) any
		want       any
	}{
		{"text for a number", `priority = "150"`, func(c vrrp.Config) any { return c.Priority }, uint8(150)},
		{"computed number", `priority = 100 + 2 * 5`, func(c vrrp.Config) any { return c.Priority }, uint8(110)},
		{"text for a truth", `preempt = "false"`, func(c vrrp.Config) any { return c.Preempt }, false},
		{"owner's default source", `priority = 255`, func(c vrrp.Config) any { return c.Owner() }, true},
		{"shortest interval", `advert_interval = "10ms"`, func(c vrrp.Config) any { return c.AdvertInterval }, 10 * time.Millisecond},
		{"interval with decimals", `advert_interval = "0.25s"`, func(c vrrp.Config) any { return c.AdvertInterval }, 250 * time.Millisecond},
		{"delay of several units", `preempt_delay = "59m59s"`, func(c vrrp.Config) any { return c.PreemptDelay }, time.Hour - time.Second},
		{"other checksum", `checksum = "rfc9568"`, func(c vrrp.Config) any { return c.Checksums }, []packet.ChecksumForm{packet.ChecksumRFC9568}},
		{"unicast defaults", `unicast { peers = ["192.0.2.12"] }`, func(c vrrp.Config) any { return *c.Unicast },
			vrrp.Unicast{Peers: []netip.Addr{netip.MustParseAddr("192.0.2.12")}, TTL: 255, MinTTL: 255}},
		{"list from a function", `virtual_addresses = split(",", "192.0.2.1/24,192.0.2.2")`, func(c vrrp.Config) any { return c.Advertised() },
			[]netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")}},
		{"empty list", `virtual_addresses = []`, func(c vrrp.Config) any { return len(c.Addresses) }, 0},
		{"list before blocks", "virtual_address \"192.0.2.2\" {}\nvirtual_addresses = [\"192.0.2.1\"]", func(c vrrp.Config) any { return c.Advertised() },
			[]netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")}},
		{"label is the interface", "virtual_address \"192.0.2.2\" { label = \"eth0\" }", func(c vrrp.Config) any { return c.Addresses[0].Label }, "eth0"},
		{"announce nothing again", "announce {\n delay = \"0s\"\n refresh = \"0s\"\n}", func(c vrrp.Config) any { return c.Announce },
			vrrp.Announce{Repeat: 5}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := "interface = \"eth0\"\nversion = 3\nvirtual_router_id = 1\n"
			loaded, _ := load(t, "vrrp \"a\" {\n"+header+tt.body+"\n}", config.Options{})
			if diff := cmp.Diff(tt.want, tt.read(loaded.Routers[0]), compareAddresses); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestOn: what a hook is for, said or not.
func TestOn(t *testing.T) {
	for body, want := range map[string][]string{
		`command = ["/bin/true"]`:                                                           {"active", "backup", "fault", "stopped"},
		"command = [\"/bin/true\"]\non = [\"conflict\"]":                                    {"conflict"},
		`commands = { conflict = ["/bin/true"], active = ["/bin/true"] }`:                   {"active", "conflict"},
		"commands = { active = [\"/bin/true\"] }\non = [\"active\"]":                        {"active"},
		`commands = { for state in ["tracker", "backup"] : state => ["/bin/echo", state] }`: {"backup", "tracker"},
	} {
		loaded, _ := load(t, "notify \"exec\" \"x\" {\nfor_all = true\n"+body+"\n}", everything())
		if diff := cmp.Diff(want, loaded.Hooks[0].On); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
}

// TestNode: without a name of its own, the node has the host's, up to the first
// dot.
func TestNode(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	want, _, _ := strings.Cut(host, ".")
	if got, _ := load(t, "", config.Options{}); got.Node != want {
		t.Errorf("node %q, want %q", got.Node, want)
	}
}

// TestPasswordIsNotPrinted: not even by printing the whole configuration.
func TestPasswordIsNotPrinted(t *testing.T) {
	for _, assignment := range []string{`password = "hunter2"`, `password_file = "vrrp.password"`} {
		dir := t.TempDir()
		t.Chdir(dir)
		write(t, []section{
			{"vrrp.password", "hunter2\n"},
			{"ha.hcl", "vrrp \"a\" {\ninterface = \"eth0\"\nversion = 2\nvirtual_router_id = 1\nauthentication {\ntype = \"simple_text\"\n" + assignment + "\n}\n}"},
		})
		loaded, report := config.Load([]string{filepath.Join(dir, "ha.hcl")}, config.Options{})
		if loaded == nil {
			t.Fatal(texts(t, report)["text"])
		}
		if want := (packet.Password{'h', 'u', 'n', 't', 'e', 'r', '2'}); loaded.Routers[0].Password != want {
			t.Errorf("%s: another password", assignment)
		}
		if got := cmp.Diff(loaded.Routers[0].Password, packet.Password{}); strings.Contains(got, "hunter") {
			t.Errorf("%s is printed", assignment)
		}
	}
}
