package sim

import (
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// This file holds what is promised while something is wrong for good: invariant 1
// from the outside, by where the addresses are and not by what the engines say.
//
// To serve is to run, to be active and to have all addresses. Once nothing has
// changed for long enough:
//
//   - A node that is able to serve does, or hears one that does and stands by.
//   - Of two nodes that serve, the one that loses the election does not hear the
//     other.
//
// Where all nodes hear each other it follows that the addresses are on exactly one
// if any is able to serve. Where some hear others and are not heard it follows that
// nobody who hears a better one insists, and more cannot be had: the better one
// hears nothing of whoever is deaf to it, and both must serve. The first promise is
// of nodes and not of networks for the same reason. In a row of three whose ends do
// not hear each other the ends may both serve, and the middle one must not.
//
// Neither holds at every moment. Who has given up an address that could not be added
// tries again after a while, and if it wins the election, nobody serves until it has
// given up again: see world.interruption. A sync group serves where all its segments
// let it, so nothing is promised of it where they differ.
//
// Of what a dead or frozen process leaves on its interfaces nothing is promised
// (invariant 8).

// The engine's rules of repair, as far as they take time.
const (
	repairWindow = 100 * time.Millisecond // or an interval if that is longer
	answerLimit  = 5 * time.Second        // for a machine that does nothing
	longestHold  = 5 * time.Minute        // of a fault
)

// patience is since when something has been wrong that may be so for a moment, of
// each router.
type patience struct {
	unserved, aloof [maxNodes]time.Time
	doubled         [maxNodes][maxNodes]time.Time
}

// served checks both promises in a world that has been quiet for long enough.
func (c *checker) served() {
	blind := slices.ContainsFunc(c.world.nodes, func(n *node) bool { return n.lost > 0 })
	if blind || c.world.grouped && !c.world.network.alike() {
		return
	}
	for r, name := range c.world.names {
		segment := r % c.world.segments
		for i, n := range c.world.nodes {
			if c.tooLong(&c.patience[r].unserved[i], n.able(name) && !c.provided(segment, n, name)) {
				c.world.fail(1, "%s is able to serve %s, and neither does nor hears one that does for %v",
					n.name, name, c.world.now.Sub(c.patience[r].unserved[i]))
			}
			if c.tooLong(&c.patience[r].aloof[i], n.able(name) && !n.takesPart(name)) {
				c.world.fail(1, "%s is able to serve %s, and is in %v", n.name, name, n.views[name].state)
			}
			for j, other := range c.world.nodes {
				if c.tooLong(&c.patience[r].doubled[i][j], c.defies(segment, n, other, name)) {
					c.world.fail(1, "%s hears %s serve %s, loses to it and serves too", n.name, other.name, name)
				}
			}
		}
	}
}

// tooLong reports whether something has been wrong for longer than it may be.
func (c *checker) tooLong(since *time.Time, wrong bool) bool {
	switch {
	case !wrong:
		*since = time.Time{}
	case since.IsZero():
		*since = c.world.now
	}
	return wrong && c.world.now.Sub(*since) > c.world.interruption()
}

// provided reports whether n serves or hears one that does.
func (c *checker) provided(segment int, n *node, name string) bool {
	return n.serves(name) || slices.ContainsFunc(c.world.nodes, func(other *node) bool {
		return other != n && other.serves(name) && c.world.network.reaches(segment, other, n)
	})
}

// defies reports whether n serves though it hears another serve that wins.
func (c *checker) defies(segment int, n, other *node, name string) bool {
	if n == other || !c.world.network.reaches(segment, other, n) || !n.serves(name) || !other.serves(name) {
		return false
	}
	ours, theirs := n.views[name].priority, other.views[name].priority
	return theirs > ours || theirs == ours && other.addresses[segment].Compare(n.addresses[segment]) > 0
}

// serves reports whether the node is active with all addresses: or with some, if the
// kernel refuses the rest and no other node was ever heard, so that it may be alone; or
// if the machine is stuck, which would not remove those either.
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
	holds := len(v.given) > 0 && n.world.now.Sub(v.gaveUp) <= longestHold+n.world.interruption() ||
		n.world.now.Sub(v.resumed) <= n.world.convergence
	refused := slices.ContainsFunc(v.config.Addresses, func(a vrrp.Address) bool { return k.refuses(&a) })
	return !k.ready(segment) || refused || v.illSoon || v.unsure || foreign || holds
}

// quiet is for how long nothing must have changed.
func (w *world) quiet() time.Duration {
	quiet := w.convergence + w.attempts() + max(repairWindow, w.longestInterval)
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
