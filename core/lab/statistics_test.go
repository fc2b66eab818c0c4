package lab

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// heard is a capture of adverts, one every so many milliseconds after the start.
func heard(start time.Time, list ...Event) *Capture {
	c := &Capture{events: newJournal[Event](100)}
	for _, e := range list {
		e.At = start.Add(time.Duration(e.At.Nanosecond()))
		c.events.add(e)
	}
	return c
}

func advertAt(milliseconds int, n *Node, priority uint8) Event {
	return Event{
		At: time.Unix(0, int64(milliseconds)*1e6), Kind: Advertisement, Node: n, Segment: "lan",
		Advert: &Advert{Source: netip.MustParseAddr("10.0.0.1"), VRID: 1, Priority: priority},
	}
}

func TestGaps(t *testing.T) {
	a, b := &Node{name: "a"}, &Node{name: "b"}
	c := heard(time.Now(), advertAt(0, a, 100), advertAt(10, a, 100), advertAt(15, b, 50), advertAt(21, a, 100), advertAt(61, a, 100))
	want := Gaps{Count: 3, P50: 11 * time.Millisecond, P99: 11 * time.Millisecond, Max: 40 * time.Millisecond}
	if diff := cmp.Diff(want, c.Gaps(AdvertFrom(a, 1))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := c.Gaps(AdvertFrom(b, 1)); got != (Gaps{}) {
		t.Errorf("gaps of a single advert: %+v", got)
	}
}

func TestTakeovers(t *testing.T) {
	a, b := &Node{name: "a"}, &Node{name: "b"}
	start := time.Now()
	c := heard(start,
		advertAt(0, b, 0), // stops before it was anything
		advertAt(10, a, 200), advertAt(20, a, 200),
		advertAt(25, b, 0), // a bystander
		advertAt(80, b, 100), advertAt(90, b, 0),
		advertAt(91, a, 200),
	)
	want := []Takeover{
		{At: start.Add(80 * time.Millisecond), Segment: "lan", VRID: 1, From: a, To: b, Silence: 60 * time.Millisecond},
		{At: start.Add(91 * time.Millisecond), Segment: "lan", VRID: 1, From: b, To: a, Silence: time.Millisecond, Resigned: true},
	}
	if diff := cmp.Diff(want, c.Takeovers(), cmp.Comparer(func(x, y *Node) bool { return x == y })); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
