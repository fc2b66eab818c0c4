package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// keepalivedInstance returns a keepalived.conf with one instance with these
// settings, each a line or a block, in the place of the defaults of the same name.
func keepalivedInstance(t testing.TB, version int, settings ...string) string {
	t.Helper()
	defaults := []string{
		"interface eth0",
		fmt.Sprintf("virtual_router_id %d", vrid),
		"state BACKUP",
	}
	if version == 3 {
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
