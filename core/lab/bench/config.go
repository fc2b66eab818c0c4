package main

import (
	"fmt"
	"strings"
)

func sentinelConfig(routers []router) string {
	var b strings.Builder
	for _, r := range routers {
		var trackers, hooks []string
		for _, t := range r.trackers {
			b.WriteString(sentinelTracker(t))
			trackers = append(trackers, "tracker."+t.kind+"."+t.name)
		}
		for i, command := range r.hooks {
			name := fmt.Sprintf("H_%d_%d", r.vrid, i)
			fmt.Fprintf(&b, "notify \"exec\" %q {\n  command = %s\n}\n", name, words(command))
			hooks = append(hooks, "notify.exec."+name)
		}
		fmt.Fprintf(&b, "vrrp \"VI_%d\" {\n  interface = \"eth0\"\n  version = 3\n  virtual_router_id = %d\n"+
			"  priority = %d\n  advert_interval = %q\n  virtual_addresses = [\"%v/32\"]\n  track = [%s]\n  notify = [%s]\n}\n",
			r.vrid, r.vrid, r.priority, r.interval, r.address, strings.Join(trackers, ", "), strings.Join(hooks, ", "))
	}
	return b.String()
}

func sentinelTracker(t tracker) string {
	setting := ""
	switch t.kind {
	case "process", "interface":
		setting = fmt.Sprintf("%s = %q", t.kind, t.target)
	case "file":
		setting = fmt.Sprintf("path = %q", t.target)
	case "script":
		setting = fmt.Sprintf("command = %s\n  interval = %q", words(t.target), t.interval)
	}
	return fmt.Sprintf("tracker %q %q {\n  %s\n  weight = %d\n}\n", t.kind, t.name, setting, t.weight)
}

// words writes a program and its arguments as a list.
func words(command string) string {
	return `["` + strings.Join(strings.Fields(command), `", "`) + `"]`
}

func keepalivedConfig(routers []router) string {
	var b strings.Builder
	b.WriteString("global_defs {\n  vrrp_version 3\n  script_user root\n}\n")
	for _, r := range routers {
		for _, t := range r.trackers {
			b.WriteString(keepalivedTracker(t))
		}
		state := "BACKUP"
		if r.priority == 255 {
			state = "MASTER"
		}
		fmt.Fprintf(&b, "vrrp_instance VI_%d {\n  state %s\n  interface eth0\n  virtual_router_id %d\n"+
			"  priority %d\n  advert_int %g\n  virtual_ipaddress {\n    %v/32\n  }\n%s",
			r.vrid, state, r.vrid, r.priority, r.interval.Seconds(), r.address, keepalivedTrack(r))
		for _, command := range r.hooks {
			fmt.Fprintf(&b, "  notify %q\n", command)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func keepalivedTracker(t tracker) string {
	switch t.kind {
	case "process":
		return fmt.Sprintf("vrrp_track_process %s {\n  process %s\n  weight %d\n}\n", t.name, t.target, t.weight)
	case "file":
		return fmt.Sprintf("vrrp_track_file %s {\n  file %s\n  weight %d\n}\n", t.name, t.target, t.weight)
	case "script":
		return fmt.Sprintf("vrrp_script %s {\n  script %q\n  interval %g\n  weight %d\n}\n",
			t.name, t.target, t.interval.Seconds(), t.weight)
	}
	return "" // an interface is only named
}

// keepalivedTrack returns what a keepalived's instance says about its trackers.
func keepalivedTrack(r router) string {
	var b strings.Builder
	for _, kind := range []string{"process", "file", "interface", "script"} {
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
