package lab_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

// reach bounds the wait for an answer that must come.
const reach = 15 * time.Second

// reaches reports whether a ping is answered at once.
func reaches(t *testing.T, from *labtest.Node, target string) bool {
	t.Helper()
	p := from.Probe(target, 5*time.Millisecond)
	defer p.Close()
	return p.Probe.WaitAnswer(nil, 200*time.Millisecond) == nil
}

func TestNodesReachEachOther(t *testing.T) {
	t.Parallel()
	l := labtest.New(t)
	start := time.Now()
	a := l.AddNode("a", lab.At("10.0.0.71/24", "fd00::71/64"))
	b := l.AddNode("b", lab.At("10.0.0.72/24", "fd00::72/64"))
	t.Logf("two nodes in %v", time.Since(start))
	for _, target := range []string{"10.0.0.72", "fd00::72", "fe80::ff:fe00:200%eth0"} {
		a.Probe(target, 5*time.Millisecond).WaitAnswer(b, reach)
	}
	if reaches(t, a, "10.0.0.99") {
		t.Error("an address that nobody has answers")
	}
}

func TestTwoSegments(t *testing.T) {
	t.Parallel()
	l := labtest.New(t)
	a := l.AddNode("a", lab.At("10.0.0.1/24"), lab.On("wan", "10.8.0.1/24"))
	b := l.AddNode("b", lab.On("wan", "10.8.0.2/24"))
	c := l.AddNode("c", lab.At("10.0.0.3/24"))
	a.Probe("10.8.0.2", 5*time.Millisecond).WaitAnswer(b, reach)
	a.Probe("10.0.0.3", 5*time.Millisecond).WaitAnswer(c, reach)
	if reaches(t, b, "10.0.0.3") {
		t.Error("a frame has crossed from one segment to the other")
	}
	a.Cut(lab.Both, "wan")
	if reaches(t, a, "10.8.0.2") || !reaches(t, a, "10.0.0.3") {
		t.Error("a cut of wan must cut wan and nothing else")
	}
}

func TestNodeIsAMachineOfItsOwn(t *testing.T) {
	t.Parallel()
	l := labtest.New(t)
	a := l.AddNode("a", lab.At("10.0.0.1/24"), lab.WithSysctl("net.ipv4.ip_nonlocal_bind", "1"))
	b := l.AddNode("b", lab.At("10.0.0.2/24"))
	a.WriteFile("/run/deep/file", "a's")
	b.Sysctl("net.ipv4.conf.eth0.arp_ignore", "1")
	for _, tt := range []struct {
		node *labtest.Node
		path string
		want string
	}{
		{a, "/run/deep/file", "a's"},
		{a, "/proc/sys/kernel/hostname", "a"},
		{b, "/proc/sys/kernel/hostname", "b"},
		{a, "/proc/sys/net/ipv4/ip_nonlocal_bind", "1"},
		{b, "/proc/sys/net/ipv4/ip_nonlocal_bind", "0"},
		{b, "/proc/sys/net/ipv4/conf/eth0/arp_ignore", "1"},
		{a, "/sys/class/net/eth0/address", "02:00:00:00:01:00"},
		{b, "/sys/class/net/eth0/address", "02:00:00:00:02:00"},
	} {
		if got := strings.TrimSpace(tt.node.Run("cat", tt.path)); got != tt.want {
			t.Errorf("%s on %s: got %q, want %q", tt.path, tt.node, got, tt.want)
		}
	}
	if _, err := b.Node.Run("cat", "/run/deep/file"); err == nil {
		t.Error("b sees a file of a's /run")
	}
}

func TestAddNodeRefuses(t *testing.T) {
	t.Parallel()
	l := labtest.New(t)
	l.AddNode("a")
	for _, tt := range []struct {
		name    string
		node    string
		options []lab.NodeOption
		want    string
	}{
		{"a name twice", "a", nil, "there is one already"},
		{"a long name", "eleven-long", nil, "1 to 10 lower-case letters"},
		{"an address without prefix", "b", []lab.NodeOption{lab.At("10.0.0.1")}, `eth0: address "10.0.0.1"`},
		{"a bad segment", "c", []lab.NodeOption{lab.On("W A N")}, `segment "W A N"`},
		{"an unknown setting", "d", []lab.NodeOption{lab.WithSysctl("net.ipv4.nonsense", "1")}, "net.ipv4.nonsense"},
	} {
		_, err := l.Lab.AddNode(tt.node, tt.options...)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want something with %q", tt.name, err, tt.want)
		}
	}
	if got := len(l.Nodes()); got != 1 {
		t.Errorf("%d nodes, want the first one only", got)
	}
	l.AddNode("b", lab.At("10.0.0.1/24")) // nothing is left of the attempt
}
