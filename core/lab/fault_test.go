package lab_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

// pair is two nodes that reach each other.
func pair(t *testing.T) (l *labtest.Lab, a, b *labtest.Node) {
	t.Helper()
	l = labtest.New(t)
	a = l.AddNode("a", lab.At("10.0.0.1/24"))
	b = l.AddNode("b", lab.At("10.0.0.2/24"))
	a.Probe("10.0.0.2", 5*time.Millisecond).WaitAnswer(b, reach)
	return l, a, b
}

// faults returns what is in force, as a person reads it.
func faults(l *labtest.Lab) []string {
	var list []string
	for _, f := range l.Faults() {
		list = append(list, f.String())
	}
	return list
}

func TestCut(t *testing.T) {
	t.Parallel()
	l, a, b := pair(t)
	for _, tt := range []struct {
		direction lab.Direction
		// Who is still heard: an ARP request or echo of a's own, and b's.
		fromA, toA bool
		want       string
	}{
		{lab.From, false, true, "a cut off from lan (from)"},
		{lab.To, true, false, "a cut off from lan (to)"},
		{lab.Both, false, false, "a cut off from lan (both ways)"},
	} {
		a.Cut(tt.direction)
		a.Cut(tt.direction) // changes nothing
		if diff := cmp.Diff([]string{tt.want}, faults(l)); diff != "" {
			t.Errorf("%v (-want +got)\n%s", tt.direction, diff)
		}
		if got := hears(t, b, a); got != tt.fromA {
			t.Errorf("%v: b hears a: %v, want %v", tt.direction, got, tt.fromA)
		}
		if got := hears(t, a, b); got != tt.toA {
			t.Errorf("%v: a hears b: %v, want %v", tt.direction, got, tt.toA)
		}
		a.Heal()
		if !hears(t, b, a) || !hears(t, a, b) {
			t.Errorf("%v: not healed", tt.direction)
		}
	}
	if got := faults(l); got != nil {
		t.Errorf("still in force: %v", got)
	}
}

func TestLoss(t *testing.T) {
	t.Parallel()
	l, a, b := pair(t)
	a.Loss(30, lab.From)
	if diff := cmp.Diff([]string{"a loses 30 % on lan (from)"}, faults(l)); diff != "" {
		t.Errorf("faults (-want +got)\n%s", diff)
	}
	// 1000 frames with 30 % loss: 5 standard deviations are 73.
	if got := receives(t, a, b, 1000); got < 627 || got > 773 {
		t.Errorf("%d of 1000 frames came through a loss of 30 %%", got)
	}
	if got := receives(t, b, a, 200); got != 200 {
		t.Errorf("%d of 200 frames came in the direction without loss", got)
	}
	a.Loss(0, lab.From)
	if got := receives(t, a, b, 200); got != 200 {
		t.Errorf("%d of 200 frames came after the loss was undone", got)
	}
}

func TestUnplug(t *testing.T) {
	t.Parallel()
	l, a, b := pair(t)
	b.Unplug()
	b.Unplug()
	if diff := cmp.Diff([]string{"b unplugged from lan"}, faults(l)); diff != "" {
		t.Errorf("faults (-want +got)\n%s", diff)
	}
	waitFile(t, b, "/sys/class/net/eth0/carrier", "0")
	if reaches(t, a, "10.0.0.2") {
		t.Error("a node without a carrier answers")
	}
	b.Plug()
	waitFile(t, b, "/sys/class/net/eth0/carrier", "1")
	a.Probe("10.0.0.2", 5*time.Millisecond).WaitAnswer(b, reach)
	if got := faults(l); got != nil {
		t.Errorf("still in force: %v", got)
	}
}

func TestPartition(t *testing.T) {
	t.Parallel()
	l := labtest.New(t)
	var nodes []*labtest.Node
	for i, name := range []string{"a", "b", "c", "observer"} {
		nodes = append(nodes, l.AddNode(name, lab.At(fmt.Sprintf("10.0.0.%d/24", i+1))))
	}
	a, b, c, observer := nodes[0], nodes[1], nodes[2], nodes[3]
	l.Partition(lab.DefaultSegment, []*labtest.Node{a, b}, []*labtest.Node{c})
	if diff := cmp.Diff([]string{"lan split into [a b] and [c]"}, faults(l)); diff != "" {
		t.Errorf("faults (-want +got)\n%s", diff)
	}
	for _, tt := range []struct {
		from, to *labtest.Node
		want     bool
	}{
		{a, b, true}, {b, a, true}, {a, c, false}, {c, b, false}, {observer, a, true}, {c, observer, true},
	} {
		if got := hears(t, tt.to, tt.from); got != tt.want {
			t.Errorf("%s hears %s: %v, want %v", tt.to, tt.from, got, tt.want)
		}
	}
	l.Unite(lab.DefaultSegment)
	if !hears(t, c, a) {
		t.Error("not united")
	}
}

func TestHealAllAndMistakes(t *testing.T) {
	t.Parallel()
	l, a, b := pair(t)
	sleeper := a.Start(lab.Command{Path: "sleep", Args: []string{"60"}})
	a.Cut(lab.Both)
	a.Loss(12.5, lab.Both)
	b.Unplug()
	sleeper.Freeze()
	b.Freeze()
	l.Partition(lab.DefaultSegment, []*labtest.Node{a}, []*labtest.Node{b})
	want := []string{
		"sleep on a frozen", "a cut off from lan (both ways)", "a loses 12.5 % on lan (both ways)",
		"b frozen", "b unplugged from lan", "lan split into [a] and [b]",
	}
	if diff := cmp.Diff(want, faults(l)); diff != "" {
		t.Errorf("faults (-want +got)\n%s", diff)
	}
	l.HealAll()
	if got := faults(l); got != nil {
		t.Errorf("still in force: %v", got)
	}
	a.Probe("10.0.0.2", 5*time.Millisecond).WaitAnswer(b, reach)

	for name, err := range map[string]error{
		"cut elsewhere":       a.Node.Cut(lab.Both, "wan"),
		"loss of 101 %":       a.Node.Loss(101, lab.Both),
		"partition elsewhere": l.Lab.Partition("wan"),
		"delete nothing":      a.Node.DeleteAddress(mustAddr("10.9.9.9")),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
