package lab

import (
	"net/netip"
	"slices"
	"time"
)

// Gaps are the times between one event and the next.
type Gaps struct {
	Count         int
	P50, P99, Max time.Duration
}

// Gaps measures the times between the events that match.
func (c *Capture) Gaps(match Match) Gaps {
	var gaps []time.Duration
	var last time.Time
	for _, e := range c.Events() {
		if !match(e) {
			continue
		}
		if !last.IsZero() {
			gaps = append(gaps, e.At.Sub(last))
		}
		last = e.At
	}
	if len(gaps) == 0 {
		return Gaps{}
	}
	slices.Sort(gaps)
	return Gaps{
		Count: len(gaps),
		P50:   gaps[(len(gaps)-1)*50/100],
		P99:   gaps[(len(gaps)-1)*99/100],
		Max:   gaps[len(gaps)-1],
	}
}

// Takeover is another node that advertises for a virtual router than before.
type Takeover struct {
	At       time.Time // of the first advertisement of the new one
	Segment  string
	VRID     uint8
	IPv6     bool
	From, To *Node
	// Silence is how long From had been silent.
	Silence time.Duration
	// Resigned is whether From's last word was priority 0.
	Resigned bool
}

// Takeovers returns every change of the node that advertises for a virtual router.
// Two nodes that do so at once show as one that takes over from the other at
// every advertisement.
func (c *Capture) Takeovers() []Takeover {
	type router struct {
		segment string
		vrid    uint8
		ipv6    bool
	}
	var takeovers []Takeover
	active := make(map[router]Event) // the last advertisement of the active node
	for _, e := range c.Events() {
		if e.Advert == nil {
			continue
		}
		r := router{e.Segment, e.Advert.VRID, isIPv6(e.Advert.Source)}
		last, known := active[r]
		switch {
		case !known && e.Advert.Priority == 0, known && e.Node != last.Node && e.Advert.Priority == 0:
			continue // a bystander says that it stops
		case known && e.Node != last.Node:
			takeovers = append(takeovers, Takeover{
				At: e.At, Segment: r.segment, VRID: r.vrid, IPv6: r.ipv6, From: last.Node, To: e.Node,
				Silence: e.At.Sub(last.At), Resigned: last.Advert.Priority == 0,
			})
		}
		active[r] = e
	}
	return takeovers
}

func isIPv6(a netip.Addr) bool { return a.Is6() && !a.Is4In6() }
