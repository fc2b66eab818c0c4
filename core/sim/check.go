package sim

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// Violation is a broken invariant.
type Violation struct {
	// Seed is what to run again.
	Seed uint64
	// Invariant is its number in the design; 0 is none of them but a bug all the
	// same.
	Invariant int
	// At is when, since the beginning of the schedule.
	At time.Duration
	// Text says what was wrong.
	Text string
	// Trace is the story up to there.
	Trace []string
}

// Error makes a violation an error that says how to see it again.
func (v *Violation) Error() string {
	return fmt.Sprintf("seed %d: invariant %d broken at +%v: %s", v.Seed, v.Invariant, v.At, v.Text)
}

// checker watches a world from the outside: the frames, the kernels and what the
// engines say of themselves.
type checker struct {
	world    *world
	change   time.Time // the last change of anything that decides an election
	upset    time.Time // the last thing that happened and that they did not do themselves
	patience [maxSegments]patience
	// What follows from how the world is, until it changes; zero if it was not worked
	// out again.
	parts               [maxSegments][][]*node // see components
	quiet, interruption time.Duration          // see world.quiet, world.interruption
}

// changed notes that the world is not as it was; convergence starts anew.
func (c *checker) changed() {
	c.change = c.world.now
	c.parts, c.quiet = [maxSegments][][]*node{}, 0
	c.disturbed()
}

// disturbed notes that something happened from which the engines must recover.
func (c *checker) disturbed() {
	c.upset = c.world.now
	c.patience = [maxSegments]patience{}
}

// Observe implements [engine.Observer].
func (n *node) Observe(e engine.Event) {
	c := &n.world.checker
	switch e := e.(type) {
	case engine.Transition:
		n.logf("%s %v -> %v: %v", e.Router, e.From, e.To, e.Cause)
		c.transition(n, e)
	case engine.FaultRaised:
		n.logf("%T %+v", e, e)
		c.change = c.world.now
		n.views[e.Router].gives(e.Fault, c.world.now)
	case engine.FaultCleared:
		n.logf("%T %+v", e, e)
		c.change = c.world.now
		n.views[e.Router].resumes(e.Fault, c.world.now)
	case engine.Announced:
		n.logf("%s announces: %v", e.Router, e.Why)
	case engine.AddressLost:
		n.logf("%s lost %v, %d times", e.Router, e.Address.Prefix, e.Times)
	}
}

// transition checks what a change of state is allowed to be.
func (c *checker) transition(n *node, e engine.Transition) {
	v := n.views[e.Router]
	if v.state != e.From {
		c.world.fail(0, "%s %s: transition from %v, but it was %v", n.name, e.Router, e.From, v.state)
	}
	v.state, v.since = e.To, c.world.now
	v.goodbyes = nil
	switch {
	case e.To == vrrp.Active:
		v.lastSent = c.world.now
		if e.From != vrrp.Backup && v.config.Priority != packet.PriorityOwner {
			c.world.fail(3, "%s %s becomes active out of %v", n.name, e.Router, e.From)
		}
		if !v.config.Preempt {
			c.noPreemption(n, v, e)
		}
	case e.From == vrrp.Active && (e.To == vrrp.Fault || e.To == vrrp.Stopped):
		v.goodbyes = destinations(v.config)
	case e.From == vrrp.Active && e.To == vrrp.Backup:
		c.yielding(n, v, e)
	}
}

// yielding checks that an active router gives way only to one that wins the
// election, or to one that took over while it was stalled.
func (c *checker) yielding(n *node, v *view, e engine.Transition) {
	if e.Cause.Kind == vrrp.CauseSync {
		if len(n.setup.Groups) == 0 {
			c.world.fail(6, "%s %s steps down for a group that there is not", n.name, e.Router)
		}
		v.goodbyes = destinations(v.config)
		return
	}
	ours, theirs := e.Priority, e.Cause.PeerPriority
	won := theirs > ours || theirs == ours && e.Cause.Peer.Compare(n.addresses[segmentOf(v.config.Interface)]) > 0
	stalled := !v.config.Preempt && e.Cause.Silence >= 3*v.config.AdvertInterval
	if theirs == packet.PriorityRelease || !won && !stalled {
		c.world.fail(0, "%s %s with priority %d yields: %v", n.name, e.Router, ours, e.Cause)
	}
}

func destinations(config *vrrp.Config) []netip.Addr {
	if config.Unicast != nil {
		return slices.Clone(config.Unicast.Peers)
	}
	return []netip.Addr{config.Family.Group()}
}

// noPreemption is invariant 4: without preemption a backup never takes over from
// a live active router.
func (c *checker) noPreemption(n *node, v *view, e engine.Transition) {
	if e.From != vrrp.Backup || v.nonZero.at.IsZero() {
		return
	}
	silence := c.world.now.Sub(v.nonZero.at)
	switch e.Cause.Kind {
	case vrrp.CauseResigned:
		if v.nonZero.at.After(v.zero.at) {
			c.world.fail(4, "%s %s takes over after a priority 0 though another router spoke %v ago",
				n.name, e.Router, silence)
		}
	case vrrp.CauseSilence:
		if silence < 3*v.nonZero.interval {
			c.world.fail(4, "%s %s takes over after only %v of silence", n.name, e.Router, silence)
		}
	default:
		c.world.fail(4, "%s %s takes over because: %v", n.name, e.Router, e.Cause)
	}
}

// received sees a datagram on its way from the kernel to the engine.
func (c *checker) received(n *node, d waiting) {
	if !d.genuine {
		return
	}
	for _, v := range n.inOrder {
		if v.config.VRID != d.datagram.Payload[1] {
			continue
		}
		priority := d.datagram.Payload[2]
		heard := lastHeard{
			at: d.arrived, read: c.world.now, interval: interval(v.config.Version, d.datagram.Payload),
		}
		n.logf("%s hears priority %d from %v, %v old", v.config.Name, priority, d.datagram.Source, c.world.now.Sub(d.arrived))
		if priority == packet.PriorityRelease {
			v.zero = heard
		} else {
			v.nonZero = heard
			silence := c.world.now.Sub(v.lastSent)
			v.overruled = v.overruled || v.state == vrrp.Active && !v.config.Preempt && silence >= 3*v.config.AdvertInterval
		}
	}
}

func interval(version uint8, payload []byte) time.Duration {
	if version == packet.Version2 {
		return time.Duration(payload[5]) * time.Second
	}
	return time.Duration(int(payload[4]&0x0f)<<8|int(payload[5])) * packet.Centisecond
}

// sent is invariant 3: who may say what.
func (c *checker) sent(n *node, m *engine.Message) {
	vrid, priority := m.Payload[1], m.Payload[2]
	for _, v := range n.inOrder {
		if v.config.VRID != vrid {
			continue
		}
		n.logf("%s sends priority %d to %v", v.config.Name, priority, m.Destination)
		if priority != packet.PriorityRelease {
			switch {
			case v.state != vrrp.Active:
				c.world.fail(3, "%s %s sends priority %d while in %v", n.name, v.config.Name, priority, v.state)
			case priority != v.priority && !slices.Contains(v.was, priority):
				c.world.fail(0, "%s %s sends priority %d instead of %d", n.name, v.config.Name, priority, v.priority)
			}
			c.afterStall(n, v)
			v.lastSent = c.world.now
			return
		}
		i := slices.Index(v.goodbyes, m.Destination)
		if i < 0 {
			c.world.fail(3, "%s %s sends priority 0 to %v in %v, where it owes none", n.name, v.config.Name, m.Destination, v.state)
			return
		}
		v.goodbyes = slices.Delete(v.goodbyes, i, i+1)
		return
	}
}

// afterStall checks the stall rule: a router that was silent for more than four
// intervals listens before it speaks, unless somebody has been heard.
func (c *checker) afterStall(n *node, v *view) {
	silence := c.world.now.Sub(v.lastSent)
	listened := c.world.now.Sub(v.awake) >= max(min(v.config.AdvertInterval, v.listens), listening)
	heard := v.nonZero.read.After(v.lastSent) || v.zero.read.After(v.lastSent)
	if silence > 4*v.config.AdvertInterval && !listened && !heard {
		c.world.fail(0, "%s %s speaks without listening, after a silence of %v", n.name, v.config.Name, silence)
	}
}

// releasing is invariant 3's order: priority 0 before anything slow.
func (c *checker) releasing(n *node, router string) {
	if v := n.views[router]; v != nil && len(v.goodbyes) > 0 {
		c.world.fail(3, "%s %s releases its addresses before it says priority 0 to %v", n.name, router, v.goodbyes)
	}
}

// turned checks a node after its loop has run.
func (c *checker) turned(n *node) {
	for _, v := range n.inOrder {
		if len(v.goodbyes) > 0 {
			c.world.fail(3, "%s %s is in %v and did not say priority 0 to %v", n.name, v.config.Name, v.state, v.goodbyes)
		}
		if v.overruled && v.state == vrrp.Active && v.since.Before(c.world.now) {
			c.world.fail(4, "%s %s took the addresses back from the router that relieved it during a stall", n.name, v.config.Name)
		}
		v.overruled = false
		// While the socket is opened anew the fault waits, or its priority 0 could not
		// be sent.
		opened := n.sockets[segmentOf(v.config.Interface)] != 0
		if v.ill && opened && (v.state == vrrp.Active || v.state == vrrp.Backup) {
			c.world.fail(3, "%s %s is in %v though a tracker says that it must not serve", n.name, v.config.Name, v.state)
		}
	}
	c.together(n)
}

// together is invariant 6: the members of a sync group are active together.
func (c *checker) together(n *node) {
	if len(n.setup.Groups) == 0 {
		return
	}
	active := 0
	for _, v := range n.inOrder {
		if v.state == vrrp.Active {
			active++
		}
	}
	if active != 0 && active != len(n.inOrder) && !n.stopping {
		c.world.fail(6, "%d of %d members of a sync group are active on %s", active, len(n.views), n.name)
	}
}

// step checks the whole world after every event.
func (c *checker) step() {
	for _, n := range c.world.nodes {
		if n.running() {
			c.addresses(n)
			c.schedule(n)
		}
	}
	if c.world.now.Sub(c.change) > c.world.convergence && c.world.network.perfect() {
		c.elected()
	}
	if c.quiet == 0 {
		c.quiet, c.interruption = c.world.quiet(), c.world.interruption()
	}
	if c.world.network.loss == 0 && c.world.now.Sub(c.upset) > c.quiet {
		c.served()
	}
}

// addresses is invariant 2, whenever the node has nothing left to do about it.
func (c *checker) addresses(n *node) {
	if !n.host.idle() || n.unread || n.reports > 0 || n.kernel.stuck {
		return
	}
	// After a theft or a refusal the next try may be a while off: an interval, or
	// a second if it is to remove an address.
	repair := c.world.longestInterval + 100*time.Millisecond
	since := min(c.world.now.Sub(n.robbed), c.world.now.Sub(n.thawed))
	if since < repair || c.world.now.Sub(n.refused) < repair+time.Second {
		return
	}
	for _, v := range n.inOrder {
		if !n.kernel.ready(segmentOf(v.config.Interface)) {
			continue
		}
		for i := range v.config.Addresses {
			at := n.kernel.ours(&v.config.Addresses[i])
			switch {
			case v.state == vrrp.Active && at < 0:
				c.world.fail(2, "%s %s is active without %v", n.name, v.config.Name, v.config.Addresses[i].Prefix)
			case v.state == vrrp.Active && !n.kernel.addresses[at].announced:
				c.world.fail(2, "%s %s has not announced %v", n.name, v.config.Name, v.config.Addresses[i].Prefix)
			case v.state != vrrp.Active && at >= 0:
				c.world.fail(2, "%s %s is in %v with %v", n.name, v.config.Name, v.state, v.config.Addresses[i].Prefix)
			}
		}
	}
}

// schedule is invariant 5 on virtual time: an active router whose loop runs
// never misses its interval, but when it listens after a stall.
func (c *checker) schedule(n *node) {
	for _, v := range n.inOrder {
		if v.state != vrrp.Active || c.world.now.Sub(n.thawed) <= 2*max(v.config.AdvertInterval, v.listens)+listening {
			continue
		}
		if gap := c.world.now.Sub(v.lastSent); gap > v.config.AdvertInterval+c.world.maxLateness {
			c.world.fail(5, "%s %s has sent nothing for %v", n.name, v.config.Name, gap)
		}
	}
}

// listening is the least time a router listens after a stall.
const listening = 20 * time.Millisecond

// untouched runs do, which makes the loop of n run, and demands that it changed
// nothing of the routers but for counters: no state, no timer, no transmission.
func (c *checker) untouched(invariant int, n *node, routers []string, what string, do func()) {
	before := snapshot(n, routers)
	do()
	if n.engine == nil {
		return
	}
	after := snapshot(n, routers)
	for i := range before {
		if !reflect.DeepEqual(before[i], after[i]) {
			c.world.fail(invariant, "%s changed %s %s from %+v to %+v", what, n.name, before[i].Config.Name, before[i], after[i])
		}
	}
}

// snapshot is all of a router's state that must not change by itself.
func snapshot(n *node, routers []string) []engine.RouterStatus {
	var list []engine.RouterStatus
	for _, status := range n.engine.Status().Routers {
		if !slices.Contains(routers, status.Config.Name) {
			continue
		}
		config := *status.Config // the pointer may change in a reload, the content not
		status.Config = &config
		status.Conflicts = nil
		status.Counters = engine.Counters{Sent: status.Counters.Sent, Received: status.Counters.Received}
		list = append(list, status)
	}
	return list
}
