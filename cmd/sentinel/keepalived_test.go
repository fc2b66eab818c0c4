package main

import (
	"fmt"
	"slices"
	"strings"
)

// keepalivedConfig returns a keepalived.conf with one instance with these settings,
// each a line or a block, in the place of the defaults of the same name.
func keepalivedConfig(version uint8, settings ...string) string {
	defaults := []string{
		"interface eth0",
		fmt.Sprintf("virtual_router_id %d", vrid),
	}
	if version == 3 { // version 2 counts seconds, and has one by default
		defaults = append(defaults, fmt.Sprintf("advert_int %g", interval.Seconds()))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "global_defs {\n  vrrp_version %d\n}\nvrrp_instance VI_1 {\n", version)
	for _, line := range defaults {
		key, _, _ := strings.Cut(line, " ")
		if !slices.ContainsFunc(settings, func(s string) bool { return strings.HasPrefix(s, key+" ") }) {
			settings = append(settings, line)
		}
	}
	for _, line := range settings {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	b.WriteString("}\n")
	return b.String()
}

// keepalivedList returns a block with a line for each address.
func keepalivedList(name string, addresses ...string) string {
	return fmt.Sprintf("%s {\n    %s\n  }", name, strings.Join(addresses, "\n    "))
}
