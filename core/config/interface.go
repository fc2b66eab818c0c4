package config

import (
	"strings"
	"unicode"
)

// interfaceName takes what Linux takes for a name: 1 to 15 bytes, no slash,
// colon, space, or %, and neither "." nor ".." (dev_valid_name in
// net/core/dev.c, and dev_alloc_name, where % would be a pattern).
func interfaceName(v value) (string, complaint) {
	name, wrong := text(v)
	if wrong != "" {
		return "", complaintf(`%s is not an interface's name. Write it in quotes: "eth0".`, v)
	}
	forbidden := func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("/:%\ufffd", r)
	}
	switch before, _, alias := strings.Cut(name, ":"); {
	case name == "":
		return "", `The name is empty. Write an interface's name, such as "eth0".`
	case alias && !v.hidden && before != "" && !strings.ContainsFunc(before, forbidden):
		return "", complaintf("%s is a label, and not an interface. Write %q; a label belongs in a virtual_address block.", v, before)
	case name == "." || name == ".." || strings.ContainsFunc(name, forbidden):
		return "", complaintf("%s cannot be an interface's name. It has no spaces, slashes, colons, or percent signs.", v)
	case len(name) > maxLabel:
		return "", complaintf("%s has %d bytes. An interface's name has at most %d.", v, len(name), maxLabel)
	}
	return name, ""
}

// routerInterface takes the interface that advertisements are sent on.
func routerInterface(v value) (string, complaint) {
	name, wrong := interfaceName(v)
	if wrong == "" && name == "lo" {
		return "", `"lo" never reaches another machine. Write the interface that the other routers are on; an address can be on "lo" with a virtual_address block.`
	}
	return name, wrong
}
