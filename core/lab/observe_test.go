package lab_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

// names returns the names of nodes.
func names(nodes []*lab.Node) []string {
	var list []string
	for _, n := range nodes {
		list = append(list, n.Name())
	}
	return list
}

func TestHolders(t *testing.T) {
	t.Parallel()
	l := labtest.New(t)
	a := l.AddNode("a", lab.At("10.0.0.1/24", "fd00::1/64"))
	b := l.AddNode("b", lab.At("10.0.0.2/24"))
	l.WaitHolders("10.0.0.100", reach)
	before := time.Now()
	a.AddAddress("eth0", "10.0.0.100/24")
	b.AddAddress("lo", "10.0.0.100/32")
	a.AddAddress("eth0", "fd00::100/128")
	if diff := cmp.Diff([]string{"a", "b"}, names(l.Holders("10.0.0.100"))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	l.WaitHolders("10.0.0.100", reach, b, a)
	l.WaitHolders("fd00::100", reach, a)
	if err := l.Lab.WaitHolders(mustAddr("fd00::100"), 10*time.Millisecond, b.Node); err == nil {
		t.Error("b is said to hold what a holds")
	}
	a.DeleteAddress("10.0.0.100")
	l.WaitHolders("10.0.0.100", reach, b)
	gone := l.WaitAddressChange(reach, func(c lab.AddressChange) bool {
		return c.Node == a.Node && c.Prefix.String() == "10.0.0.100/24" && !c.Added
	})
	if gone.Interface != "eth0" || gone.At.Before(before) || time.Since(gone.At) > reach {
		t.Errorf("%+v, began at %v", gone, before)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	a := labtest.New(t).AddNode("a", lab.At("10.0.0.1/24", "fd00::1/64"))
	a.Run("ip", "address", "add", "10.0.0.9/32", "dev", "eth0", "label", "eth0:web", "scope", "link")
	a.Run("ip", "address", "add", "fd00::9/128", "dev", "eth0", "preferred_lft", "0", "nodad")
	want := map[string]lab.Address{
		"10.0.0.1/24":          {Label: "eth0"},
		"10.0.0.9/32":          {Label: "eth0:web", Scope: 253},
		"fd00::1/64":           {},
		"fd00::9/128":          {Deprecated: true},
		"fe80::ff:fe00:100/64": {Scope: 253},
	}
	got := make(map[string]lab.Address)
	for _, found := range a.Addresses("eth0") {
		if found.Interface != "eth0" {
			t.Errorf("%s is on %s", found.Prefix, found.Interface)
		}
		got[found.Prefix.String()] = lab.Address{Label: found.Label, Scope: found.Scope, Deprecated: found.Deprecated}
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(x, y lab.Address) bool { return x == y })); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func last(outages []lab.Outage) lab.Outage { return outages[len(outages)-1] }

func TestProbeMeasuresAnOutage(t *testing.T) {
	t.Parallel()
	l := labtest.New(t)
	a := l.AddNode("a", lab.At("10.0.0.1/24"))
	b := l.AddNode("b", lab.At("10.0.0.2/24"))
	client := l.AddNode("client", lab.At("10.0.0.250/24"))
	const vip = "10.0.0.100"
	a.AddAddress("eth0", vip+"/24")
	p := client.Probe(vip, 5*time.Millisecond)
	p.WaitAnswer(a, reach)

	before := time.Now()
	a.Cut(lab.Both)
	cut := time.Now()
	eventually(t, "the outage shows", func() bool { return len(p.Outages()) > 0 })
	time.Sleep(200 * time.Millisecond)
	if o := last(p.Outages()); !o.To.IsZero() || o.After != nil || o.Before != a.Node || o.Duration() < 200*time.Millisecond {
		t.Errorf("an outage that goes on: %+v", o)
	}
	healed := time.Now()
	a.Heal()
	p.WaitAnswer(a, reach)
	o := last(p.Outages())
	// The last answer before came some intervals before the cut, or just when it
	// was made.
	if before.Sub(o.From) > 300*time.Millisecond || o.From.Sub(cut) > 300*time.Millisecond {
		t.Errorf("the outage began at %v, the cut was made from %v to %v", o.From, before, cut)
	}
	if late := o.To.Sub(healed); late < 0 || late > reach/2 {
		t.Errorf("the outage ended %v after the healing", late)
	}
	if o.Before != a.Node || o.After != a.Node || o.Duration() != o.To.Sub(o.From) {
		t.Errorf("%v, before %v, after %v", o.Duration(), o.Before, o.After)
	}

	// The address moves without a word: the client's cache still points to a.
	a.DeleteAddress(vip)
	b.AddAddress("eth0", vip+"/24")
	client.Run("ip", "neighbour", "flush", "dev", "eth0")
	p.WaitAnswer(b, reach)
	if sent, answered := p.Counts(); sent < answered || answered == 0 {
		t.Errorf("%d sent, %d answered", sent, answered)
	}
	node, _ := p.Answering()
	if node != b.Node {
		t.Errorf("%v answers, want b", node)
	}
}

func TestCaptureTimesAreExact(t *testing.T) {
	t.Parallel()
	l := labtest.New(t)
	a := l.AddNode("a", lab.At("10.0.0.1/24"))
	l.AddNode("b", lab.At("10.0.0.2/24"))
	capture := l.Capture()
	const frames = 50
	var worst time.Duration
	for i := range frames {
		before, after := announce(t, a, i)
		addr := mustAddr("10.0.1.0").As4()
		addr[3] = byte(i)
		e := capture.Wait(reach, lab.AnnouncementFrom(a.Node, addrFrom(addr)))
		if e.At.Before(before.Add(-50*time.Microsecond)) || e.At.After(after.Add(50*time.Microsecond)) {
			t.Errorf("frame %d of %v..%v was stamped %v after its end", i, before, after, e.At.Sub(after))
		}
		worst = max(worst, e.At.Sub(before).Abs())
		if e.Source.String() != "02:00:00:00:01:00" || e.Segment != "lan" {
			t.Errorf("%+v", e)
		}
	}
	t.Logf("worst distance to the start of the system call: %v", worst)
	if lost, err := capture.Lost(); lost != 0 || err != nil {
		t.Errorf("lost %d, %v", lost, err)
	}
}
