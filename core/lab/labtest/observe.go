package labtest

import (
	"net/netip"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// Capture is a [lab.Capture] that belongs to a test.
type Capture struct {
	*lab.Capture
	t testing.TB
}

// Capture is [lab.Lab.Capture].
func (l *Lab) Capture() *Capture {
	l.t.Helper()
	c, err := l.Lab.Capture()
	check(l.t, err)
	return &Capture{c, l.t}
}

// Wait is [lab.Capture.Wait].
func (c *Capture) Wait(timeout time.Duration, match lab.Match) lab.Event {
	c.t.Helper()
	e, err := c.Capture.Wait(timeout, match)
	check(c.t, err)
	return e
}

// WaitAdvert waits for the first advertisement of a node for a virtual router.
func (c *Capture) WaitAdvert(from *Node, vrid uint8, timeout time.Duration) lab.Event {
	c.t.Helper()
	e, err := c.Capture.Wait(timeout, lab.AdvertFrom(from.Node, vrid))
	if err != nil {
		c.t.Fatalf("advertisement of %s for virtual router %d: %v", from, vrid, err)
	}
	return e
}

// WaitAnnouncement waits for the first gratuitous ARP or neighbour advertisement
// by which a node claims an address.
func (c *Capture) WaitAnnouncement(addr string, from *Node, timeout time.Duration) lab.Event {
	c.t.Helper()
	e, err := c.Capture.Wait(timeout, lab.AnnouncementFrom(from.Node, netip.MustParseAddr(addr)))
	if err != nil {
		c.t.Fatalf("announcement of %s by %s: %v", addr, from, err)
	}
	return e
}

// Probe is a [lab.Probe] that belongs to a test.
type Probe struct {
	*lab.Probe
	t testing.TB
}

// WaitAnswer is [lab.Probe.WaitAnswer]; a nil node means any.
func (p *Probe) WaitAnswer(from *Node, timeout time.Duration) {
	p.t.Helper()
	var node *lab.Node
	if from != nil {
		node = from.Node
	}
	check(p.t, p.Probe.WaitAnswer(node, timeout))
}
