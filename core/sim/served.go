package sim

import (
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// This file holds what is promised while something is wrong for good: invariant 1
// from the outside, by where the addresses are and not by what the engines say.
//
// A node serves a router if it is active and has all its addresses. Once nothing has
// changed for long enough (see world.quiet):
//
//   - A node that is able to serve does, or stands by and hears one that does.
//   - Of two nodes that serve, the one that loses the election does not hear the
//     other.
//
// Where all nodes hear each other it follows that the addresses are on exactly one,
// if any is able to serve. Where frames are lost one way only, or between some and not
// others, there is no more to be had. Who wins an election and is not heard cannot know
// that somebody else serves too. In a row of three whose ends do not hear each other
// both ends may serve, and the middle one must not.
//
// Neither holds at every moment. A node that could not add an address tries again
// after a while. If it wins the election, nobody serves until it has given up once
// more (see world.interruption).
//
// And neither is promised
//
//   - of a sync group whose segments differ, as it serves where all of them let it;
//   - while a node was not told what became of its interfaces, and speaks to nobody;
//   - of a router that has some of its addresses and never heard another, as it may be
//     alone: it keeps what it has;
//   - of what a process that is dead, frozen or stuck leaves on its interfaces
//     (invariant 8).

// The engine's rules of repair, as far as they take time.
const (
	repairWindow = 100 * time.Millisecond // or an interval if that is longer
	socketRetry  = time.Second
	answerLimit  = 5 * time.Second // for a machine that does nothing
	longestHold  = 5 * time.Minute // of a fault
)

// patience is since when something has been wrong that may be so for a moment, of
// each router.
type patience struct {
	unserved, aloof [maxNodes]time.Time
	doubled         [maxNodes][maxNodes]time.Time
}

// served checks both promises in a world that has been quiet for long enough.
func (c *checker) served() {
	if c.unaware() || c.world.grouped && !c.world.network.alike() {
		return
	}
	for r, name := range c.world.names {
		var serving [maxNodes]bool
		for i, n := range c.world.nodes {
			serving[i] = n.serves(name)
		}
		for i, n := range c.world.nodes {
			c.provided(r, n, serving)
			for j, other := range c.world.nodes {
				defies := serving[i] && serving[j] && c.defies(r, n, other)
				if c.tooLong(&c.patience[r].doubled[i][j], defies) {
					c.world.fail(1, "%s hears %s serve %s, loses to it and serves too", n.name, other.name, name)
				}
			}
		}
	}
}

// provided checks the first promise, of a router and a node.
func (c *checker) provided(r int, n *node, serving [maxNodes]bool) {
	name, segment := c.world.names[r], r%c.world.segments
	able, provided := n.able(name), serving[n.index]
	for i, other := range c.world.nodes {
		provided = provided || serving[i] && c.world.network.reaches(segment, other, n)
	}
	p := &c.patience[r]
	if c.tooLong(&p.unserved[n.index], able && !provided) {
		c.world.fail(1, "%s is able to serve %s, and neither does nor hears one that does for %v",
			n.name, name, c.world.now.Sub(p.unserved[n.index]))
	}
	if c.tooLong(&p.aloof[n.index], able && !n.takesPart(name)) {
		c.world.fail(1, "%s is able to serve %s, and is in %v", n.name, name, n.views[name].state)
	}
}

// defies reports whether n hears another that wins the election.
func (c *checker) defies(r int, n, other *node) bool {
	name, segment := c.world.names[r], r%c.world.segments
	ours, theirs := n.views[name].priority, other.views[name].priority
	loses := theirs > ours || theirs == ours && other.addresses[segment].Compare(n.addresses[segment]) > 0
	return loses && n != other && c.world.network.reaches(segment, other, n)
}

// tooLong reports whether something has been wrong for longer than it may be.
func (c *checker) tooLong(since *time.Time, wrong bool) bool {
	switch {
	case !wrong:
		*since = time.Time{}
	case since.IsZero():
		*since = c.world.now
	}
	return wrong && c.world.now.Sub(*since) > c.interruption
}

// serves reports whether the node is active with all addresses. Some are enough where
// it does not give them up: if the kernel refuses the rest and no other node was ever
// heard, or if the machine is stuck and would not remove them.
func (n *node) serves(name string) bool {
	if !n.running() {
		return false
	}
	v := n.views[name]
	count := 0
	for i := range v.config.Addresses {
		if n.kernel.has(&v.config.Addresses[i]) {
			count++
		}
	}
	clings := count > 0 && (n.kernel.refusing && v.nonZero.at.IsZero() || n.kernel.stuck)
	return v.state == vrrp.Active && n.kernel.ready(segmentOf(v.config.Interface)) &&
		(count == len(v.config.Addresses) || clings)
}

// takesPart reports whether the node serves or is ready to.
func (n *node) takesPart(name string) bool {
	state := n.views[name].state
	return state == vrrp.Active || state == vrrp.Backup
}

// able reports whether nothing keeps the node from serving a router: nor any other
// of its sync group.
func (n *node) able(name string) bool {
	if !n.running() || n.stopping || n.kernel.stuck {
		return false
	}
	for _, v := range n.inOrder {
		if (v.config.Name == name || n.world.grouped) && n.kept(v) {
			return false
		}
	}
	return true
}

// kept reports whether something that is not the engine's own fault keeps the node
// from serving this router, or did until lately.
func (n *node) kept(v *view) bool {
	k := &n.kernel
	segment := segmentOf(v.config.Interface)
	foreign := slices.ContainsFunc(v.config.Addresses, func(a vrrp.Address) bool { return k.foreign(&a) })
	holds := len(v.given) > 0 && n.world.now.Sub(v.gaveUp) <= longestHold+n.world.checker.interruption ||
		n.world.now.Sub(v.resumed) <= n.world.convergence
	refused := slices.ContainsFunc(v.config.Addresses, func(a vrrp.Address) bool { return k.refuses(&a) })
	closed := k.socketless && n.sockets[segment] == 0
	return !k.ready(segment) || closed || refused || v.illSoon || v.unsure || foreign || holds
}

// quiet is for how long nothing must have changed: the time to converge, which knows
// start-up and preemption delays, the wait for trackers and what sync groups need; a
// try of everybody who cannot serve; and the longest time to another try of who can.
// Weights change who wins, and preempt = false who stays, but not how long it takes.
func (w *world) quiet() time.Duration {
	quiet := w.convergence + w.attempts() + max(repairWindow, w.longestInterval)
	if w.socketless {
		quiet += socketRetry
	}
	if !w.network.whole() {
		// One yields to another, and who hears only the first takes over: one after
		// the other, if they are in a row.
		quiet += time.Duration(len(w.nodes)-1) * w.longestDown
	}
	return quiet
}

// interruption is for how long an election or one who wins it and cannot serve keeps
// everybody from serving.
func (w *world) interruption() time.Duration {
	handover := 2*(w.network.delay+w.network.jitter) + 4*w.maxLateness + 8*w.kernelTime
	return handover + w.attempts()
}

// attempts is how long those need to give up whose machines refuse or do nothing, if
// each of them tries once and the next then takes over.
func (w *world) attempts() time.Duration {
	refused := max(repairWindow, w.longestInterval) + 3*(w.maxLateness+4*w.kernelTime)
	var sum time.Duration
	for _, n := range w.nodes {
		switch {
		case n.kernel.stuck:
			sum += answerLimit + w.longestDown
		case n.kernel.refusing:
			sum += refused + w.longestDown
		}
	}
	return sum
}
