package main

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

// dialect is a way to speak VRRP that another implementation understands.
type dialect struct {
	name      string
	version   uint8
	addresses []string // with their prefix lengths
	password  string
	unicast   bool
	// listFromGlobal: the list begins with no link-local address, over IPv6.
	listFromGlobal bool
	// start starts the other implementation on the server theirs.
	start func(d *duel, priority int) *labtest.Process
}

var (
	ipv4List    = []string{"192.0.2.100/24", "192.0.2.101/24"}
	ipv6List    = []string{"fe80::100/64", "2001:db8::100/64"}
	ipv6Globals = []string{"2001:db8::100/64", "2001:db8::101/64"}
)

// dialects are all of them.
var dialects = []dialect{
	{name: "keepalived v2", version: 2, addresses: ipv4List, start: startKeepalived},
	{name: "keepalived v2 password", version: 2, addresses: ipv4List, password: "seekrit1", start: startKeepalived},
	{name: "keepalived v2 unicast", version: 2, addresses: ipv4List, unicast: true, start: startKeepalived},
	{name: "keepalived v3 IPv4", version: 3, addresses: ipv4List, start: startKeepalived},
	{name: "keepalived v3 IPv4 unicast", version: 3, addresses: ipv4List, unicast: true, start: startKeepalived},
	{name: "keepalived v3 IPv6", version: 3, addresses: ipv6List, start: startKeepalived},
	// keepalived 2.2.7 sends this one with hop limit 64.
	{name: "keepalived v3 IPv6 unicast", version: 3, addresses: ipv6Globals, unicast: true, listFromGlobal: true,
		start: startKeepalived},
	{name: "FRR v3 IPv4", version: 3, addresses: ipv4List, start: startFRR},
	{name: "FRR v3 IPv6", version: 3, addresses: ipv6Globals, listFromGlobal: true, start: startFRR},
}

// interval is the shortest that the version has, or sanity.
func (d dialect) interval() time.Duration {
	if d.version == 2 {
		return time.Second
	}
	return interval
}

// hosts returns the addresses without their prefix lengths.
func (d dialect) hosts() []string {
	var list []string
	for _, address := range d.addresses {
		list = append(list, netip.MustParsePrefix(address).Addr().String())
	}
	return list
}

// endpoints returns between which addresses of two servers unicast goes.
func (d dialect) endpoints(from, to *server) (source, destination string) {
	if netip.MustParsePrefix(d.addresses[0]).Addr().Is6() {
		return from.ip6, to.ip6
	}
	return from.ip, to.ip
}

// settings returns those of Sentinel, on the first server.
func (d dialect) settings(ours, theirs *server) []string {
	list := []string{
		fmt.Sprintf(`version = %d`, d.version),
		fmt.Sprintf(`advert_interval = "%v"`, d.interval()),
		fmt.Sprintf(`virtual_addresses = ["%s"]`, strings.Join(d.addresses, `", "`)),
	}
	if d.password != "" {
		list = append(list, password(d.password))
	}
	if d.unicast {
		source, destination := d.endpoints(ours, theirs)
		list = append(list, fmt.Sprintf(`unicast { peers = [%q, %q] }`, source, destination))
	}
	return list
}

func startKeepalived(d *duel, priority int) *labtest.Process {
	d.t.Helper()
	list := []string{fmt.Sprintf("priority %d", priority), keepalivedList("virtual_ipaddress", d.addresses...)}
	if d.password != "" {
		list = append(list, keepalivedList("authentication", "auth_type PASS", "auth_pass "+d.password))
	}
	if d.unicast {
		source, destination := d.endpoints(d.theirs, d.ours)
		list = append(list, "unicast_src_ip "+source, keepalivedList("unicast_peer", destination))
	}
	return d.theirs.Keepalived(keepalivedConfig(d.version, list...))
}

func startFRR(d *duel, priority int) *labtest.Process {
	d.t.Helper()
	config := lab.FRR{VRID: vrid, Priority: uint8(priority), Interval: d.interval()}
	for _, address := range d.addresses {
		config.Addresses = append(config.Addresses, netip.MustParsePrefix(address))
	}
	return d.theirs.FRR(config)
}
