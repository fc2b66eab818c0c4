package main

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// daemon is a program under test.
type daemon struct {
	name    string
	version string
	start   func(n *lab.Node, routers []router) (*lab.Process, error)
}

// router is one virtual router, in words that every daemon understands.
type router struct {
	vrid     int
	priority int
	interval time.Duration
	address  netip.Addr
}

// several returns n routers that differ in identifier and address.
func several(n, priority int, interval time.Duration) []router {
	list := make([]router, n)
	for i := range list {
		list[i] = router{
			vrid: i + 1, priority: priority, interval: interval,
			address: netip.AddrFrom4([4]byte{10, 0, 1, byte(i)}),
		}
	}
	return list
}

// subjects returns Sentinel and keepalived.
func subjects(path string) ([]daemon, error) {
	program, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	version, err := lab.KeepalivedVersion()
	if err != nil {
		return nil, err
	}
	return []daemon{
		{"sentinel", "", func(n *lab.Node, routers []router) (*lab.Process, error) {
			if err := n.WriteFile("/run/ha.hcl", sentinelConfig(routers)); err != nil {
				return nil, err
			}
			return n.Start(lab.Command{Path: program, Args: []string{"agent", "-config", "/run/ha.hcl"}})
		}},
		{"keepalived", version, func(n *lab.Node, routers []router) (*lab.Process, error) {
			return n.Keepalived(keepalivedConfig(routers))
		}},
	}, nil
}

func sentinelConfig(routers []router) string {
	var b strings.Builder
	for _, r := range routers {
		fmt.Fprintf(&b, "vrrp \"VI_%d\" {\n  interface = \"eth0\"\n  version = 3\n  virtual_router_id = %d\n"+
			"  priority = %d\n  advert_interval = %q\n  virtual_addresses = [\"%v/32\"]\n}\n",
			r.vrid, r.vrid, r.priority, r.interval, r.address)
	}
	return b.String()
}

func keepalivedConfig(routers []router) string {
	var b strings.Builder
	b.WriteString("global_defs {\n  vrrp_version 3\n}\n")
	for _, r := range routers {
		state := "BACKUP"
		if r.priority == 255 {
			state = "MASTER"
		}
		fmt.Fprintf(&b, "vrrp_instance VI_%d {\n  state %s\n  interface eth0\n  virtual_router_id %d\n"+
			"  priority %d\n  advert_int %g\n  virtual_ipaddress {\n    %v/32\n  }\n}\n",
			r.vrid, state, r.vrid, r.priority, r.interval.Seconds(), r.address)
	}
	return b.String()
}
