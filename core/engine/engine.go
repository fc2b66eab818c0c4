package engine

import (
	"sync"
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// Engine runs the virtual routers of one network namespace. Make one with [New].
// All methods but [Engine.Post] belong to the loop.
type Engine struct {
	clock    Clock
	network  Network
	host     Host
	observer Observer
	config   Config
	wake     func()

	mu      sync.Mutex
	inbox   []Input // guarded by mu
	repeats repeats // guarded by mu
	spare   []Input // the inbox of the turn before last, for its memory

	running    bool
	stopping   bool
	startAt    time.Time // no election before
	instances  []*instance
	trackers   []*tracker
	groups     []*group
	links      map[string]*Link
	sockets    []*socket
	byID       map[SocketID]*socket
	lastSocket SocketID
	orders     map[uint64]*instance // unanswered, by Seq; nil for a departure
	lastSeq    uint64
	answered   time.Time // when the last order about addresses was carried out
	departures []*departure
	carrying   []undertaking // in the order in which they are told
	drained    time.Time     // when it last listened
	ahead      time.Duration // by how much the wall clock was ahead then
	datagram   Datagram
	advert     packet.Advertisement
	unclaimed  Drops // datagrams of no router of ours
}

// maxDrain bounds the datagrams taken in one turn, so that a flood cannot hold
// off the deadlines for ever. It is more than a socket's receive buffer holds.
const maxDrain = 8192

// New returns an engine that has not begun; the first Turn begins. wake, if not
// nil, is called by Post, from any goroutine, to end the loop's wait.
func New(config Config, clock Clock, network Network, host Host, observer Observer, wake func()) *Engine {
	return &Engine{
		clock: clock, network: network, host: host, observer: observer, config: config, wake: wake,
		repeats: make(repeats),
		links:   make(map[string]*Link),
		byID:    make(map[SocketID]*socket),
		orders:  make(map[uint64]*instance),
	}
}

// Waiter waits for what the loop waits for.
type Waiter interface {
	// Wait returns when the time has come, or a datagram has, or the engine's
	// wake function was called; early is harmless. The zero time is never.
	Wait(until time.Time) error
}

// Run is the loop: it returns when the engine has stopped, or with the error of
// a wait.
func (e *Engine) Run(w Waiter) error {
	for {
		until := e.Turn()
		if e.Stopped() {
			return nil
		}
		if err := w.Wait(until); err != nil {
			return err
		}
	}
}

// Post queues an input for the next turn. It may be called from any goroutine
// and never blocks. A sample that changes nothing causes no turn.
func (e *Engine) Post(in Input) {
	if e.enqueue(in) && e.wake != nil {
		e.wake()
	}
}

// enqueue reports whether there is anything to do.
func (e *Engine) enqueue(in Input) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if sample, ok := in.(Sampled); ok && e.repeats.note(e.clock.Now(), sample) {
		return false
	}
	e.inbox = append(e.inbox, in)
	return true
}

// Turn takes in everything that has arrived, then does what is due, and returns
// when it wants to run next; zero means only when something arrives.
func (e *Engine) Turn() time.Time {
	now := e.clock.Now()
	if !e.running {
		e.begin(now)
	}
	more := e.drain(now)
	for _, in := range e.take() {
		e.apply(now, in)
	}
	now = e.clock.Now()
	for _, t := range e.trackers {
		t.tick(now)
	}
	// Once for all that the trackers have said: hundreds may speak at once.
	for _, inst := range e.instances {
		if inst.unweighed {
			inst.weigh(now)
			inst.assess(now)
		}
		inst.tick(now)
	}
	if !e.stopping {
		for _, g := range e.groups {
			g.settle(now)
		}
	}
	e.retrySockets(now)
	e.retryDepartures(now)
	e.tellCarriedOut(now)
	if more {
		return now
	}
	return e.deadline()
}

// Stopped reports whether Stop has been carried out: every router is stopped
// and every address of ours is gone.
func (e *Engine) Stopped() bool {
	return e.stopping && len(e.departures) == 0
}

// begin sets the routers up. They start when their interfaces are known.
func (e *Engine) begin(now time.Time) {
	e.running = true
	e.listened(now)
	e.startAt = now.Add(e.config.StartupDelay)
	for _, rules := range e.config.Trackers {
		e.trackers = append(e.trackers, e.newTracker(rules))
	}
	for i := range e.config.Routers {
		e.instances = append(e.instances, e.newInstance(&e.config.Routers[i]))
	}
	e.regroup(now)
	e.host.DropPacketsTo(e.undeliverable())
	e.host.Watch(e.interfaces())
}

func (e *Engine) take() []Input {
	e.mu.Lock()
	defer e.mu.Unlock()
	taken := e.inbox
	e.inbox = e.spare[:0]
	e.spare = taken
	return taken
}

// apply does what one input asks for.
func (e *Engine) apply(now time.Time, in Input) {
	switch in := in.(type) {
	case LinkChanged:
		e.linkChanged(now, &in.Link)
	case SocketOpened:
		e.socketOpened(now, in)
	case AddressesChanged:
		e.addressesChanged(now, in)
	case AnnouncementFailed:
		e.observer.Observe(AnnounceFailed(in))
	case PacketsDropped:
		e.packetsDropped(now, in.Err)
	case Sampled:
		e.sampled(now, in)
	case Reload:
		e.reload(now, in.Setup)
	case Stop:
		e.stop(now)
	case Query:
		in.Reply(e.Status())
	}
}

// stop shuts every router down: first all say so on the wire, which is fast,
// then the addresses go.
func (e *Engine) stop(now time.Time) {
	if e.stopping {
		return
	}
	e.stopping = true
	released := make([]*instance, 0, len(e.instances))
	for _, inst := range e.instances {
		for _, action := range inst.router.Stop(now) {
			if action.Kind == vrrp.RemoveAddresses {
				released = append(released, inst)
				continue
			}
			inst.act(now, []vrrp.Action{action})
		}
	}
	for _, inst := range released {
		inst.release()
	}
}

// deadline returns the earliest time at which something is due.
func (e *Engine) deadline() time.Time {
	var next time.Time
	for _, inst := range e.instances {
		next = earliest(next, inst.deadline())
	}
	for _, s := range e.sockets {
		next = earliest(next, s.retryAt)
	}
	for _, d := range e.departures {
		next = earliest(next, d.retryAt)
	}
	for _, t := range e.trackers {
		next = earliest(next, t.deadline())
	}
	if len(e.carrying) > 0 { // the first has waited longest
		next = earliest(next, e.patience(e.carrying[0].since))
	}
	return next
}

// undeliverable returns the addresses of the routers with accept = false. An
// owner always accepts (RFC 9568 section 6.4.3).
func (e *Engine) undeliverable() []vrrp.Address {
	var list []vrrp.Address
	for _, inst := range e.instances {
		if !inst.config.Accept && !inst.config.Owner() {
			list = append(list, inst.config.Addresses...)
		}
	}
	return list
}

func (e *Engine) packetsDropped(now time.Time, err error) {
	e.observer.Observe(PacketFilterFailed{Err: err})
	for _, inst := range e.instances {
		if err != nil && !inst.config.Accept && !inst.config.Owner() {
			inst.fault(now, "accept", "cannot drop packets to the addresses: "+err.Error())
		} else {
			inst.clear("accept")
		}
		inst.applyFaults(now)
	}
}

// earliest returns the earlier of two times, where the zero time is never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// due reports whether a time that is set has come.
func due(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }
