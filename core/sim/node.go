package sim

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// node is one machine and, most of the time, an agent's process on it.
type node struct {
	world     *world
	index     int
	name      string
	addresses [maxSegments]netip.Addr     // what it sends from
	setup     engine.Setup                // what the configuration file says
	health    map[string]priority.Verdict // what the trackers would say, by name
	said      map[string]priority.Verdict // the last verdict of each in this process
	doubted   map[string]bool             // it has said since that it cannot tell
	delay     time.Duration               // startup_delay
	kernel    kernel
	set       time.Duration // what its wall clock was set by

	// The process. Nil and zero when it is not running.
	engine   *engine.Engine
	host     *host
	frozen   bool
	sockets  [maxSegments]engine.SocketID
	closed   map[engine.SocketID]bool // by the engine, which does not wait for it
	buffer   []waiting
	stopping bool
	unread   bool // something was posted since the last turn
	dirty    bool // the link changed while nobody could look
	reports  int  // on their way
	lost     int  // of them, because nobody was told
	thawed   time.Time
	robbed   time.Time // when somebody last removed an address
	refused  time.Time // when the kernel last refused to change one
	turnAt   time.Time
	next     time.Time // when the engine wanted to run again
	turnSeq  uint64
	views    map[string]*view
	inOrder  []*view // of the configuration
}

// view is what the checker knows of one router, from the outside.
type view struct {
	node   *node
	config *vrrp.Config
	state  vrrp.State
	since  time.Time
	// destinations that may still be sent one priority 0, after a transition
	// that calls for it.
	goodbyes []netip.Addr
	// priority is the effective one that the trackers come to, and was are those
	// before that the loop may still believe in.
	priority uint8
	was      []uint8
	// ill: a tracker keeps it from serving, and the loop knows; illSoon: it may
	// not know yet.
	ill, illSoon bool
	lastSent     time.Time
	awake        time.Time     // the first thaw after lastSent
	listens      time.Duration // the interval at that time
	nonZero      lastHeard
	zero         lastHeard
	// unsure: a tracker that could keep it from serving has never said anything.
	unsure bool
	// given are the addresses that were given up for a while, gaveUp is when the last
	// of them was, and resumed when a while was over.
	given           map[string]bool
	gaveUp, resumed time.Time
	// overruled: without preemption, it heard another router after having been
	// silent for so long that the addresses are not its own any more.
	overruled bool
}

// gives notes the fault of an address that is given up for a while.
func (v *view) gives(f priority.Fault, now time.Time) {
	if strings.HasPrefix(f.Source, "address:") && strings.Contains(f.Reason, "next try") {
		v.given[f.Source], v.gaveUp = true, now
	}
}

// resumes notes the end of a fault.
func (v *view) resumes(f priority.Fault, now time.Time) {
	if v.given[f.Source] {
		delete(v.given, f.Source)
		v.resumed = now
	}
}

// lastHeard is when an advertisement arrived and was read, and its interval.
type lastHeard struct {
	at, read time.Time
	interval time.Duration
}

// Now implements [engine.Clock].
func (n *node) Now() time.Time { return n.world.now }

func (n *node) running() bool { return n.engine != nil && !n.frozen }

func (n *node) logf(format string, args ...any) {
	if n.world.tracing {
		n.world.logf("%s %s", n.name, fmt.Sprintf(format, args...))
	}
}

// start begins a process: what a dead one left is cleaned up first, as netio
// does.
func (n *node) start() {
	if n.engine != nil {
		return
	}
	n.logf("START")
	n.world.checker.changed()
	n.kernel.addresses = slices.DeleteFunc(n.kernel.addresses, func(p placed) bool { return !p.foreign })
	n.host = &host{node: n}
	n.views, n.inOrder = make(map[string]*view), nil
	n.unread, n.dirty, n.frozen, n.stopping = false, false, false, false
	n.buffer, n.sockets, n.closed = nil, [maxSegments]engine.SocketID{}, make(map[engine.SocketID]bool)
	for i := range n.setup.Routers {
		v := &view{node: n, config: &n.setup.Routers[i], since: n.world.now, given: make(map[string]bool)}
		n.views[v.config.Name], n.inOrder = v, append(n.inOrder, v)
	}
	n.engine = engine.New(engine.Config{Setup: n.configuration(), StartupDelay: n.delay}, n, n, n.host, n, nil)
	n.wakeSoon()
	n.startTrackers()
}

// configuration returns what the process reads from its file.
func (n *node) configuration() engine.Setup {
	setup := n.setup
	setup.Routers = slices.Clone(setup.Routers)
	return setup
}

// crash ends the process as kill -9 does: the kernel keeps what it has.
func (n *node) crash() {
	if n.engine == nil {
		return
	}
	n.logf("KILL")
	n.end()
}

func (n *node) end() {
	n.world.checker.changed()
	n.host.dead = true
	n.engine, n.host, n.views, n.inOrder, n.frozen = nil, nil, nil, nil, false
	n.buffer, n.sockets = nil, [maxSegments]engine.SocketID{}
	n.turnAt = time.Time{} // what was planned is not to keep the next process waiting
	n.turnSeq++
}

// stop asks the process to end gracefully.
func (n *node) stop() {
	if n.engine == nil {
		return
	}
	n.logf("STOP")
	n.world.checker.changed()
	n.stopping = true
	n.post(engine.Stop{})
}

// setClock sets the wall clock, which stamps what arrives. It does so once: of two
// times between two turns, one can hide the other from the engine.
func (n *node) setClock(by time.Duration) {
	if n.set != 0 {
		return
	}
	n.logf("CLOCK set by %v", by)
	n.set += by
}

// Wall implements [engine.Clock].
func (n *node) Wall() time.Time { return n.world.now.Add(n.set) }

func (n *node) freeze() {
	if n.engine == nil || n.frozen {
		return
	}
	n.logf("FREEZE")
	n.world.checker.changed()
	n.frozen = true
}

func (n *node) thaw() {
	if n.engine == nil || !n.frozen {
		return
	}
	n.logf("THAW")
	n.world.checker.changed()
	n.frozen, n.thawed = false, n.world.now
	for _, v := range n.inOrder {
		if !v.awake.After(v.lastSent) {
			v.awake, v.listens = n.world.now, v.config.AdvertInterval
		}
	}
	n.resume()
	n.wakeSoon()
}

// paused reports whether what carries out the orders cannot run.
func (n *node) paused() bool { return n.frozen || n.kernel.stuck }

// resume lets it run again, if nothing else keeps it.
func (n *node) resume() {
	if n.engine == nil || n.paused() {
		return
	}
	n.host.resume()
	if n.dirty {
		n.dirty = false
		n.reportLinks()
	}
}

// setLink changes the carrier of an interface.
func (n *node) setLink(segment int, up bool) {
	if n.becomes(&n.kernel.up[segment], up, "LINK UP on "+interfaceNames[segment]) {
		n.linkChanged()
	}
}

// setRefusing makes the kernel refuse to change addresses: all, or only one.
func (n *node) setRefusing(refusing bool, only netip.Addr) {
	if n.becomes(&n.kernel.refusing, refusing, fmt.Sprintf("KERNEL REFUSES only %v", only)) {
		n.kernel.only = only
	}
}

// becomes makes something true of the machine or false, and reports whether it was not.
func (n *node) becomes(it *bool, now bool, what string) (changed bool) {
	if *it == now {
		return false
	}
	n.logf("%s: %v", what, now)
	n.world.checker.changed()
	*it = now
	return true
}

// vandalize removes an address as an administrator would by mistake.
func (n *node) vandalize() {
	victims := slices.Clone(n.kernel.addresses)
	victims = slices.DeleteFunc(victims, func(p placed) bool { return p.foreign })
	if len(victims) == 0 {
		return
	}
	victim := pick(n.world, victims...)
	n.logf("somebody removes %v", victim.Prefix)
	n.robbed = n.world.now
	n.world.checker.disturbed()
	n.kernel.change(&victim.Address, false)
	n.linkChanged()
}

// linkChanged lets the process notice a change of its interfaces.
func (n *node) linkChanged() {
	process := n.engine
	n.reports++
	delay, lost := n.world.between(0, n.world.kernelTime), n.world.chance(0.05)
	if lost {
		// Nobody was told. Every so often everything is looked at.
		delay = n.world.between(0, 20*n.world.longestInterval)
		n.lost++
	}
	n.world.after(delay, func() {
		n.reports--
		if lost {
			n.lost--
			n.robbed = n.world.now // as far as the process knows
			n.world.checker.changed()
		}
		if n.engine == process && process != nil {
			n.reportLinks()
		}
	})
}

// reportLinks tells the process what its interfaces look like now.
func (n *node) reportLinks() {
	if n.paused() {
		n.dirty = true
		return
	}
	for segment := range n.world.segments {
		own := n.addresses[segment]
		if n.kernel.links[segment] == 0 {
			n.post(engine.LinkChanged{Link: engine.Link{Name: interfaceNames[segment], AsOf: n.host.asOf}})
			continue
		}
		link := engine.Link{
			Name: interfaceNames[segment], Index: n.kernel.links[segment], Up: true, Running: n.kernel.up[segment], AsOf: n.host.asOf,
		}
		if !n.kernel.bare[segment] {
			link.Addresses = []engine.LinkAddress{{Prefix: netip.PrefixFrom(own, own.BitLen()-8), Usable: true}}
		}
		for _, p := range n.kernel.addresses {
			if p.Interface == link.Name {
				link.Addresses = append(link.Addresses, engine.LinkAddress{Prefix: p.Prefix, Ours: !p.foreign, Usable: true})
			}
		}
		n.post(engine.LinkChanged{Link: link})
	}
}

func (n *node) post(in engine.Input) {
	if n.engine == nil {
		return
	}
	n.engine.Post(in)
	n.unread = true
	n.wakeSoon()
}

// wakeSoon plans a turn as the scheduler would.
func (n *node) wakeSoon() { n.wake(n.world.now.Add(n.world.lateness())) }

// wake plans a turn unless an earlier one is planned already.
func (n *node) wake(at time.Time) {
	if n.engine == nil || !n.turnAt.IsZero() && !n.turnAt.After(at) {
		return
	}
	n.turnAt = at
	n.turnSeq++
	seq := n.turnSeq
	n.world.at(at, func() {
		if seq == n.turnSeq {
			n.turnAt = time.Time{}
			n.turn()
		}
	})
}

// turn lets the loop run once.
func (n *node) turn() {
	if !n.running() {
		return
	}
	n.unread = false
	n.next = n.engine.Turn()
	n.weighed()
	n.world.checker.turned(n)
	if n.engine.Stopped() {
		if slices.ContainsFunc(n.kernel.addresses, func(p placed) bool { return !p.foreign }) {
			n.world.fail(8, "%s ended and left %v", n.name, n.kernel.addresses)
		}
		n.logf("ended")
		n.end()
		return
	}
	if !n.next.IsZero() {
		n.wake(n.next.Add(n.world.lateness()))
	}
}

// lateness is how long a loop waits for its turn though it could run.
func (w *world) lateness() time.Duration { return w.between(0, w.maxLateness) }
