package main

import (
	"fmt"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// many is how many trackers of a kind are measured at once.
const many = 100

// trackers measures what trackers cost while nothing changes.
func (s *session) trackers() error {
	for _, c := range []struct {
		label string
		kind  string
		begin func(n *lab.Node) error
	}{
		{"processes", "process", beginProcesses},
		{"files", "file", beginFiles},
		{"interfaces", "interface", beginInterfaces},
	} {
		routers := several(1, 200, time.Second)
		for i := range many {
			routers[0].trackers = append(routers[0].trackers, nth(c.kind, i))
		}
		var notes []string
		if c.kind == "process" {
			notes = append(notes, eventless)
		}
		if err := s.costs(fmt.Sprintf("%d %s", many, c.label), routers, c.begin, notes...); err != nil {
			return err
		}
	}
	return nil
}

// nth is a tracker of weight 0: a router is active only if all of them are well.
func nth(kind string, i int) tracker {
	target := map[string]string{"process": "watched-%d", "file": "/run/watched/%d", "interface": "dev%d"}[kind]
	if kind == "script" {
		return tracker{kind: kind, name: fmt.Sprintf("T%d", i), target: "/usr/bin/true", interval: time.Second}
	}
	return tracker{kind: kind, name: fmt.Sprintf("T%d", i), target: fmt.Sprintf(target, i)}
}

func beginProcesses(n *lab.Node) error {
	for i := range many {
		if _, err := sleeper(n, nth("process", i).target); err != nil {
			return err
		}
	}
	return nil
}

func beginFiles(n *lab.Node) error {
	for i := range many {
		if err := n.WriteFile(nth("file", i).target, "0\n"); err != nil {
			return err
		}
	}
	return nil
}

// beginInterfaces makes pairs whose ends are both tracked.
func beginInterfaces(n *lab.Node) error {
	return links(n, func(h *netlink.Handle) error {
		for i := 0; i < many; i += 2 {
			one, other := nth("interface", i).target, nth("interface", i+1).target
			attributes := netlink.NewLinkAttrs()
			attributes.Name = one
			if err := h.LinkAdd(&netlink.Veth{LinkAttrs: attributes, PeerName: other}); err != nil {
				return fmt.Errorf("make %s and %s: %w", one, other, err)
			}
			for _, name := range []string{one, other} {
				link, err := h.LinkByName(name)
				if err == nil {
					err = h.LinkSetUp(link)
				}
				if err != nil {
					return fmt.Errorf("set %s up: %w", name, err)
				}
			}
		}
		return nil
	})
}
