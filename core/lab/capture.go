package lab

import (
	"fmt"
	"net/netip"
	"time"
)

// captureLimit is how many events a capture remembers: at 1000 a second, those of
// the last two minutes at least.
const captureLimit = 1 << 17

// Capture records what the nodes say about addresses: see [Event]. It hears a
// node even when the switch then drops the frame, so that what a cut-off node
// does can be seen.
type Capture struct {
	tap    *tap
	events *journal[Event]
}

// Capture starts to record on all segments, until Close or the lab's end. Frames
// sent after it has returned are in it.
func (l *Lab) Capture() (*Capture, error) {
	c := &Capture{events: newJournal[Event](captureLimit)}
	t, err := l.openTap(speechFilter(), true, func(f *frame) {
		if e, ok := decode(f); ok {
			c.events.add(e)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("capture: %w", err)
	}
	c.tap = t
	return c, nil
}

// Close ends the recording. What was recorded can still be read.
func (c *Capture) Close() { c.tap.close() }

// Lost returns how many frames were missed since the last call, because they came
// faster than they could be recorded. Statistics with losses are worth nothing.
func (c *Capture) Lost() (int, error) { return c.tap.lost() }

// Events returns what was recorded, oldest first.
func (c *Capture) Events() []Event { return c.events.all() }

// Match picks events.
type Match func(Event) bool

// AdvertFrom picks the advertisements of a node for a virtual router, whatever
// their priority.
func AdvertFrom(n *Node, vrid uint8) Match {
	return func(e Event) bool { return e.Node == n && e.Advert != nil && e.Advert.VRID == vrid }
}

// AnnouncementFrom picks the gratuitous ARPs and neighbour advertisements by which
// a node claims an address.
func AnnouncementFrom(n *Node, addr netip.Addr) Match {
	return func(e Event) bool { return e.Node == n && e.Address == addr }
}

// Wait returns the first event that matches, among those there are and those to
// come.
func (c *Capture) Wait(timeout time.Duration, match Match) (Event, error) {
	ctx, cancel := c.tap.lab.until(timeout)
	defer cancel()
	e, err := c.events.wait(ctx, match)
	return e, c.tap.lab.waitError(err, timeout, "such frame")
}

// Last returns the newest event that matches, or false.
func (c *Capture) Last(match Match) (Event, bool) {
	events := c.Events()
	for i := len(events) - 1; i >= 0; i-- {
		if match(events[i]) {
			return events[i], true
		}
	}
	return Event{}, false
}
