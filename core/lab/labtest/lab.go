package labtest

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// Lab is a [lab.Lab] that belongs to a test.
type Lab struct {
	*lab.Lab
	t testing.TB
}

// New makes a lab that is closed when the test ends. It skips the test where
// there can be none.
func New(t testing.TB) *Lab {
	t.Helper()
	NeedLab(t)
	// Not the test's context, which ends before a failure can be looked into.
	opened, err := lab.New(context.Background())
	check(t, err)
	l := &Lab{opened, t}
	t.Cleanup(func() {
		if t.Failed() {
			l.report()
		}
		l.Close()
	})
	return l
}

// AddNode is [lab.Lab.AddNode].
func (l *Lab) AddNode(name string, options ...lab.NodeOption) *Node {
	l.t.Helper()
	n, err := l.Lab.AddNode(name, options...)
	check(l.t, err)
	return &Node{n, l.t}
}

// Holders is [lab.Lab.Holders].
func (l *Lab) Holders(addr string) []*lab.Node {
	l.t.Helper()
	holders, err := l.Lab.Holders(netip.MustParseAddr(addr))
	check(l.t, err)
	return holders
}

// WaitHolders is [lab.Lab.WaitHolders].
func (l *Lab) WaitHolders(addr string, timeout time.Duration, want ...*Node) {
	l.t.Helper()
	check(l.t, l.Lab.WaitHolders(netip.MustParseAddr(addr), timeout, unwrap(want)...))
}

// Partition is [lab.Lab.Partition].
func (l *Lab) Partition(segment string, groups ...[]*Node) {
	l.t.Helper()
	var plain [][]*lab.Node
	for _, group := range groups {
		plain = append(plain, unwrap(group))
	}
	check(l.t, l.Lab.Partition(segment, plain...))
}

// Unite is [lab.Lab.Unite].
func (l *Lab) Unite(segment string) {
	l.t.Helper()
	check(l.t, l.Lab.Unite(segment))
}

// HealAll is [lab.Lab.HealAll].
func (l *Lab) HealAll() {
	l.t.Helper()
	check(l.t, l.Lab.HealAll())
}

// WaitAddressChange is [lab.Lab.WaitAddressChange].
func (l *Lab) WaitAddressChange(timeout time.Duration, match func(lab.AddressChange) bool) lab.AddressChange {
	l.t.Helper()
	change, err := l.Lab.WaitAddressChange(timeout, match)
	check(l.t, err)
	return change
}

// reportLines is how much of each log a failed test prints.
const reportLines = 60

// report says what the nodes were doing when the test failed.
func (l *Lab) report() {
	for _, f := range l.Faults() {
		l.t.Logf("fault: %s", f)
	}
	for _, n := range l.Nodes() {
		addresses, err := n.Addresses("")
		if err != nil {
			l.t.Logf("%s: %v", n, err)
		}
		for _, a := range addresses {
			l.t.Logf("%s: %s %s", n, a.Interface, a.Prefix)
		}
		for _, p := range n.Processes() {
			lines := p.Log().Lines()
			l.t.Logf("%s (ended: %v), the last %d of %d lines:", p, p.State(), min(len(lines), reportLines), len(lines))
			for _, line := range lines[max(0, len(lines)-reportLines):] {
				l.t.Logf("    %s %s", line.At.Format("15:04:05.000000"), line.Text)
			}
		}
	}
}

// unwrap returns the nodes as the lab knows them.
func unwrap(nodes []*Node) []*lab.Node {
	list := make([]*lab.Node, len(nodes))
	for i, n := range nodes {
		list[i] = n.Node
	}
	return list
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
