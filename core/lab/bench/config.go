package main

import (
	"fmt"
	"strings"
)

func sentinelConfig(routers []router) string {
	var b strings.Builder
	for _, r := range routers {
		var names []string
		for _, t := range r.trackers {
			key := map[string]string{"process": "process", "file": "path", "interface": "interface"}[t.kind]
			fmt.Fprintf(&b, "tracker %q %q {\n  %s = %q\n  weight = %d\n}\n", t.kind, t.name, key, t.target, t.weight)
			names = append(names, "tracker."+t.kind+"."+t.name)
		}
		fmt.Fprintf(&b, "vrrp \"VI_%d\" {\n  interface = \"eth0\"\n  version = 3\n  virtual_router_id = %d\n"+
			"  priority = %d\n  advert_interval = %q\n  virtual_addresses = [\"%v/32\"]\n  track = [%s]\n}\n",
			r.vrid, r.vrid, r.priority, r.interval, r.address, strings.Join(names, ", "))
	}
	return b.String()
}

func keepalivedConfig(routers []router) string {
	var b strings.Builder
	b.WriteString("global_defs {\n  vrrp_version 3\n}\n")
	for _, r := range routers {
		for _, t := range r.trackers {
			switch t.kind {
			case "process":
				fmt.Fprintf(&b, "vrrp_track_process %s {\n  process %s\n  weight %d\n}\n", t.name, t.target, t.weight)
			case "file":
				fmt.Fprintf(&b, "vrrp_track_file %s {\n  file %s\n  weight %d\n}\n", t.name, t.target, t.weight)
			}
		}
		state := "BACKUP"
		if r.priority == 255 {
			state = "MASTER"
		}
		fmt.Fprintf(&b, "vrrp_instance VI_%d {\n  state %s\n  interface eth0\n  virtual_router_id %d\n"+
			"  priority %d\n  advert_int %g\n  virtual_ipaddress {\n    %v/32\n  }\n%s}\n",
			r.vrid, state, r.vrid, r.priority, r.interval.Seconds(), r.address, keepalivedTrack(r))
	}
	return b.String()
}

// keepalivedTrack returns what a keepalived's instance says about its trackers.
func keepalivedTrack(r router) string {
	var b strings.Builder
	for _, kind := range []string{"process", "file", "interface"} {
		if !tracks(kind, []router{r}) {
			continue
		}
		fmt.Fprintf(&b, "  track_%s {\n", kind)
		for _, t := range r.trackers {
			if t.kind == kind {
				name := t.name
				if kind == "interface" {
					name = t.target
				}
				fmt.Fprintf(&b, "    %s weight %d\n", name, t.weight)
			}
		}
		b.WriteString("  }\n")
	}
	return b.String()
}
