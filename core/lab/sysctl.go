package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Sysctl changes a kernel setting of the node, such as "net.ipv4.ip_forward". A
// key with slashes instead of dots may hold interface names with dots.
func (n *Node) Sysctl(key, value string) error {
	err := n.Do(func() error { return writeSysctl(key, value) })
	return n.wrap("set "+key, err)
}

// writeSysctl changes a setting in the namespace of the calling thread.
func writeSysctl(key, value string) error {
	return os.WriteFile(sysctlPath(key), []byte(value), 0)
}

// setting is one kernel setting.
type setting struct{ key, value string }

// nodeSettings make a node the same on every machine, since a new namespace
// takes over some of the machine's own settings, and let an IPv6 address be
// used at once.
var nodeSettings = []setting{
	{"net.ipv4.conf.all.rp_filter", "0"},
	{"net.ipv4.conf.default.rp_filter", "0"},
	{"net.ipv6.conf.all.accept_dad", "0"},
	{"net.ipv6.conf.default.accept_dad", "0"},
	{"net.ipv6.conf.default.dad_transmits", "0"},
	{"net.ipv6.conf.default.router_solicitations", "0"},
}

// switchSettings keep the switch from speaking itself, and the machine's
// firewall hooks out of its bridges.
var switchSettings = []setting{
	{"net.ipv6.conf.all.disable_ipv6", "1"},
	{"net.ipv6.conf.default.disable_ipv6", "1"},
	{"net.bridge.bridge-nf-call-arptables", "0"},
	{"net.bridge.bridge-nf-call-iptables", "0"},
	{"net.bridge.bridge-nf-call-ip6tables", "0"},
}

// applyDefaults changes settings, in the namespace of the calling thread. Those
// that the kernel does not have do not matter.
func applyDefaults(settings []setting) error {
	for _, s := range settings {
		if err := s.apply(); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (s setting) apply() error {
	if err := writeSysctl(s.key, s.value); err != nil {
		return fmt.Errorf("set %s: %w", s.key, err)
	}
	return nil
}
