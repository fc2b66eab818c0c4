package netio

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

const keepalivedConfig = `
global_defs {
	vrrp_version 3
}
vrrp_instance v1 {
	interface eth0
	version 2
	virtual_router_id 1
	priority 100
	virtual_ipaddress {
		10.9.0.101
	}
}
vrrp_instance v2 {
	interface eth0
	version 2
	virtual_router_id 2
	priority 150
	authentication {
		auth_type PASS
		auth_pass secret42
	}
	virtual_ipaddress {
		10.9.0.102
		10.9.0.112
		10.9.0.122
	}
}
vrrp_instance v4 {
	interface eth0
	virtual_router_id 4
	priority 100
	advert_int 0.5
	virtual_ipaddress {
		10.9.0.104
		10.9.0.114
	}
}
vrrp_instance v5 {
	interface eth0
	virtual_router_id 5
	priority 100
	advert_int 0.5
	virtual_ipaddress {
		fe80::5
		fd09::105
		fd09::115
	}
}
vrrp_instance v7 {
	interface eth0
	virtual_router_id 7
	priority 100
	unicast_peer {
		10.9.0.3
	}
	virtual_ipaddress {
		10.9.0.107
	}
}
vrrp_instance v8 {
	interface eth0
	virtual_router_id 8
	priority 100
	unicast_src_ip fd09::1
	unicast_peer {
		fd09::3
	}
	virtual_ipaddress {
		fd09::108
	}
}
`

// startKeepalived starts keepalived with files of its own.
func startKeepalived(t *testing.T, n *netnstest.Namespace, config string) *exec.Cmd {
	t.Helper()
	if _, err := exec.LookPath("keepalived"); err != nil {
		netnstest.NotRun(t, "keepalived is not installed")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "keepalived.conf")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return n.Start("keepalived", "-n", "-l", "-P", "-f", path,
		"-p", filepath.Join(dir, "pid"), "-r", filepath.Join(dir, "vrrp.pid"))
}

// What keepalived sends is received, byte for byte what was captured of it
// before.
func TestReceiveKeepalived(t *testing.T) {
	t.Parallel() // it waits until keepalived is active
	p := pair{netnstest.New(t), netnstest.New(t)}
	netnstest.Connect(t, p.here, "eth0", p.there, "eth0")
	p.there.Run("ip", "link", "set", "eth0", "down") // and with it the link-local address
	p.there.Run("ip", "link", "set", "eth0", "up", "address", "a6:45:4c:8f:c6:66")
	for host, n := range map[string]*netnstest.Namespace{"1": p.there, "3": p.here} {
		n.Run("ip", "addr", "add", "10.9.0."+host+"/24", "dev", "eth0")
		n.Run("ip", "addr", "add", "fd09::"+host+"/64", "dev", "eth0")
	}
	netnstest.Eventually(t, func() bool { return linkLocal(t, p.there, "eth0").String() == "fe80::a445:4cff:fe8f:c666" },
		"the link-local address")
	e := p.open(t, p.here, IPv4)
	openIn(t, p.here, e.sockets, Socket{ID: theSocket + 1, Index: p.here.Index("eth0"), Family: IPv6})
	startKeepalived(t, p.there, keepalivedConfig)

	type advert struct {
		TTL                          uint8
		Source, Destination, Payload string
	}
	const ours, group = "10.9.0.3", "224.0.0.18"
	want := map[byte]advert{
		1: {255, "10.9.0.1", group, "210164010001708e0a0900650000000000000000"},
		2: {255, "10.9.0.1", group, "210296030101b80f0a0900660a0900700a09007a7365637265743432"},
		4: {255, "10.9.0.1", group, "3104640200326b3e0a0900680a090072"},
		5: {255, "fe80::a445:4cff:fe8f:c666", "ff02::12", "310564030032bb97fe800000000000000000000000000005" +
			"fd090000000000000000000000000105fd090000000000000000000000000115"},
		7: {255, "10.9.0.1", ours, "3107640100644b8d0a09006b"},
		8: {64, "fd09::1", "fd09::3", "31086401006471e0fd090000000000000000000000000108"},
	}
	got := map[byte]advert{}
	for start := time.Now(); len(got) < len(want) && time.Since(start) < patience; {
		d := e.receive(patience)
		if d == nil || len(d.Payload) < 2 {
			t.Fatalf("received %+v", d)
		}
		got[d.Payload[1]] = advert{d.TTL, d.Source.String(), d.Destination.String(), hex.EncodeToString(d.Payload)}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("advertisements by virtual router (-want +got):\n%s", diff)
	}
}

func TestOtherVRRP(t *testing.T) {
	p := newPair(t)
	others := func() (list []Process) {
		p.here.Do(func() {
			var err error
			if list, err = OtherVRRP(); err != nil {
				t.Fatal(err)
			}
		})
		return list
	}
	p.open(t, p.here, IPv4) // this process's own do not count
	p.open(t, p.here, IPv6)
	if got := others(); got != nil {
		t.Errorf("nobody else: %v", got)
	}
	// Another namespace's do not count either.
	const anInstance = `
vrrp_instance v {
	interface eth0
	virtual_router_id 1
	virtual_ipaddress {
		192.0.2.100
	}
}
`
	startKeepalived(t, p.there, anInstance)
	p.there.Do(func() {
		netnstest.Eventually(t, func() bool { list, _ := OtherVRRP(); return len(list) > 0 }, "keepalived there")
	})
	if got := others(); got != nil {
		t.Errorf("nobody else here: %v", got)
	}
	cmd := startKeepalived(t, p.here, anInstance)
	var got []Process
	netnstest.Eventually(t, func() bool { got = others(); return len(got) > 0 }, "keepalived here")
	if !slices.ContainsFunc(got, func(p Process) bool { return p.Name == "keepalived" && p.PID >= cmd.Process.Pid }) {
		t.Errorf("got %v", got)
	}
}

func TestRawSockets(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  112: 00000000:0070 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 81231 2 0000000000000000 0
  112: 010200C0:0070 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 81232 2 0000000000000000 0
  58: 00000000000000000000000000000000:003A 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 81233 2 0000000000000000 0
  112: 00000000000000000000000000000000:0070 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 81234 2 0000000000000000 0
`
	if diff := cmp.Diff([]string{"81231", "81232", "81234"}, rawSockets(table, Protocol)); diff != "" {
		t.Errorf("inodes (-want +got):\n%s", diff)
	}
	// What /proc does not tell is still somebody.
	if got := owners(map[string]bool{"socket:[1]": true}); len(got) != 1 || got[0].String() != "another process" {
		t.Errorf("got %v", got)
	}
	if got := (Process{PID: 4711, Name: "keepalived"}).String(); got != "keepalived (pid 4711)" {
		t.Errorf("got %s", got)
	}
}
