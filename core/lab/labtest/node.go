package labtest

import (
	"net/netip"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

// Node is a [lab.Node] that belongs to a test.
type Node struct {
	*lab.Node
	t testing.TB
}

// Start is [lab.Node.Start].
func (n *Node) Start(command lab.Command) *Process {
	n.t.Helper()
	p, err := n.Node.Start(command)
	check(n.t, err)
	return &Process{p, n.t}
}

// Keepalived is [lab.Node.Keepalived]. It skips the test if keepalived is not
// installed and the tests need not be complete.
func (n *Node) Keepalived(config string) *Process {
	n.t.Helper()
	need(n.t, lab.KeepalivedVersion)
	p, err := n.Node.Keepalived(config)
	check(n.t, err)
	return &Process{p, n.t}
}

// FRR is [lab.Node.FRR]. It skips the test if FRR is not installed and the tests
// need not be complete.
func (n *Node) FRR(config lab.FRR) *Process {
	n.t.Helper()
	need(n.t, lab.FRRVersion)
	p, err := n.Node.FRR(config)
	check(n.t, err)
	return &Process{p, n.t}
}

// need skips the test without a program, or fails it.
func need(t testing.TB, version func() (string, error)) {
	t.Helper()
	if _, err := version(); err != nil {
		netnstest.NotRun(t, err.Error())
	}
}

// Run is [lab.Node.Run].
func (n *Node) Run(path string, args ...string) string {
	n.t.Helper()
	output, err := n.Node.Run(path, args...)
	if err != nil {
		n.t.Fatalf("%v\n%s", err, output)
	}
	return output
}

// Do is [lab.Node.Do]. The function must not end the test itself.
func (n *Node) Do(f func() error) {
	n.t.Helper()
	check(n.t, n.Node.Do(f))
}

// WriteFile is [lab.Node.WriteFile].
func (n *Node) WriteFile(path, text string) {
	n.t.Helper()
	check(n.t, n.Node.WriteFile(path, text))
}

// Sysctl is [lab.Node.Sysctl].
func (n *Node) Sysctl(key, value string) {
	n.t.Helper()
	check(n.t, n.Node.Sysctl(key, value))
}

// Addresses is [lab.Node.Addresses].
func (n *Node) Addresses(iface string) []lab.Address {
	n.t.Helper()
	list, err := n.Node.Addresses(iface)
	check(n.t, err)
	return list
}

// AddAddress is [lab.Node.AddAddress].
func (n *Node) AddAddress(iface, prefix string) {
	n.t.Helper()
	check(n.t, n.Node.AddAddress(iface, netip.MustParsePrefix(prefix)))
}

// DeleteAddress is [lab.Node.DeleteAddress].
func (n *Node) DeleteAddress(addr string) {
	n.t.Helper()
	check(n.t, n.Node.DeleteAddress(netip.MustParseAddr(addr)))
}

// Probe is [lab.Node.Probe].
func (n *Node) Probe(target string, every time.Duration) *Probe {
	n.t.Helper()
	p, err := n.Node.Probe(netip.MustParseAddr(target), every)
	check(n.t, err)
	return &Probe{p, n.t}
}
