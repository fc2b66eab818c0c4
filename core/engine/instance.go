package engine

import (
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// instance is one virtual router with everything around its protocol state.
type instance struct {
	engine *Engine
	config *vrrp.Config
	made   time.Time
	router *vrrp.Router
	socket *socket
	faults priority.Faults
	// faultTold is when each of them was last reported.
	faultTold map[string]time.Time
	expect    packet.Expect
	peers     peers
	held      []*held
	names     []string // of the interfaces

	terms        []term
	priority     priority.Priority
	priorityNews news
	priorityFrom uint8 // last reported
	// unweighed: a tracker has said something since the last weigh.
	unweighed bool
	// readyAt is since when the instance only waits for its trackers.
	readyAt time.Time
	// started: the interface is known and the router has been told to begin.
	started  bool
	ready    bool // the interface was ready when last looked at
	counters Counters

	// The advertisement as it is sent, encoded.
	messages []message
	encoded  uint8 // the priority in them
	stale    bool  // they must be encoded again
}

// Counters are one router's, since it was made. The names are RFC 8347's where
// that document has one.
type Counters struct {
	// Received counts accepted advertisements, Sent those handed to the kernel.
	Received, Sent uint64
	// PriorityZeroReceived and PriorityZeroSent are among them.
	PriorityZeroReceived, PriorityZeroSent uint64
	// BecameActive and ReleasedActive count transitions.
	BecameActive, ReleasedActive uint64
	// SendErrors counts advertisements that the kernel did not take.
	SendErrors uint64
	// Repaired counts addresses put back after somebody removed them.
	Repaired uint64
	// Dropped counts what was not accepted.
	Dropped Drops
}

// alignment is the grid on which periodic advertisements of one interval fall,
// so that hundreds of routers share a few wake-ups per interval.
func alignment(interval time.Duration) time.Duration { return interval / 8 }

func (e *Engine) newInstance(config *vrrp.Config) *instance {
	inst := &instance{
		engine:   e,
		config:   config,
		made:     e.clock.Now(),
		router:   vrrp.NewRouter(config, alignment(config.AdvertInterval)),
		stale:    true,
		priority: priority.Compose(config.Priority, nil),
	}
	inst.peers.inst = inst
	inst.setExpect()
	inst.setTerms()
	for _, address := range config.Addresses {
		inst.held = append(inst.held, &held{Address: address, ordered: e.lastSeq})
	}
	inst.setNames()
	e.join(inst)
	return inst
}

// setExpect rebuilds what is demanded of received advertisements.
func (inst *instance) setExpect() {
	c := inst.config
	inst.expect = packet.Expect{
		Version: c.Version, AuthType: c.AuthType, Password: c.Password, Interval: c.AdvertInterval,
		Self: inst.router.Source(), Addresses: c.Advertised(), Strict: c.Strict,
	}
	if c.Unicast != nil {
		inst.expect.Peers = c.Unicast.Peers
		inst.expect.MinTTL = c.Unicast.MinTTL
	}
}

func (inst *instance) deadline() time.Time {
	next := earliest(inst.router.Deadline(), inst.peers.deadline())
	next = earliest(next, inst.priorityNews.deadline())
	if !inst.started {
		next = earliest(next, inst.waitDeadline())
	}
	for _, h := range inst.held {
		next = earliest(earliest(next, h.deadline()), inst.overdue(h))
	}
	return next
}

// tick does what is due.
func (inst *instance) tick(now time.Time) {
	if due(inst.router.Deadline(), now) {
		inst.act(now, inst.router.Tick(now))
	}
	if !inst.started && due(inst.waitDeadline(), now) {
		inst.weigh(now)
		inst.assess(now)
	}
	inst.tellPriority(now)
	inst.tickHeld(now)
	inst.peers.tick(now)
}

// act carries out what the router decided. It never calls the router.
func (inst *instance) act(now time.Time, actions []vrrp.Action) {
	for i := range actions {
		switch a := &actions[i]; a.Kind {
		case vrrp.Transitioned:
			inst.transitioned(now, a)
		case vrrp.Advertise:
			inst.advertise(a.Priority)
		case vrrp.AddAddresses:
			inst.hold()
		case vrrp.RemoveAddresses:
			inst.release()
		case vrrp.AnnounceAddresses:
			inst.announce(a)
		case vrrp.Conflicted:
			inst.peers.activeToo(now, a.Peer, a.PeerPriority)
		}
	}
}

func (inst *instance) transitioned(now time.Time, a *vrrp.Action) {
	switch {
	case a.To == vrrp.Active:
		inst.counters.BecameActive++
	case a.From == vrrp.Active:
		inst.counters.ReleasedActive++
	}
	event := Transition{
		Router: inst.config.Name, VRID: inst.config.VRID, Interface: inst.config.Interface,
		From: a.From, To: a.To, Cause: a.Cause, Priority: inst.router.Priority(),
	}
	if deadline := inst.router.Deadline(); a.To == vrrp.Backup && !deadline.IsZero() {
		event.Wait = deadline.Sub(now)
	}
	inst.observe(event)
	inst.engine.undertake(undertaking{CarriedOut{Router: event.Router}, []string{event.Router}, now})
}

func (inst *instance) announce(a *vrrp.Action) {
	if len(inst.config.Addresses) == 0 {
		return
	}
	order := AnnounceOrder{
		Router: inst.config.Name, Addresses: inst.config.Addresses,
		Rounds: a.Rounds, Spacing: inst.config.Announce.Spacing, Why: a.Why,
	}
	inst.engine.host.Announce(order)
	inst.observe(Announced{Router: order.Router, Addresses: order.Addresses, Rounds: order.Rounds, Why: order.Why})
}

func (inst *instance) active() bool {
	state, _, _ := inst.router.State()
	return state == vrrp.Active
}

// fault and clear change the set of faults; applyFaults tells the router.
func (inst *instance) fault(now time.Time, source, reason string) {
	fault, changed := inst.faults.Set(now, source, reason)
	// What a tracker says can change all the time, and it has news of its own.
	said := strings.HasPrefix(source, trackerFault) || strings.HasPrefix(source, syncFault)
	if !changed || said && now.Sub(inst.faultTold[source]) < newsInterval {
		return
	}
	if inst.faultTold == nil {
		inst.faultTold = make(map[string]time.Time)
	}
	inst.faultTold[source] = now
	inst.observe(FaultRaised{Router: inst.config.Name, Fault: fault})
}

func (inst *instance) clear(source string) {
	if fault, ok := inst.faults.Clear(source); ok {
		delete(inst.faultTold, source)
		inst.observe(FaultCleared{Router: inst.config.Name, Fault: fault, Remaining: len(inst.faults.List())})
	}
}

func (inst *instance) applyFaults(now time.Time) {
	inst.act(now, inst.router.SetFault(now, inst.faults.String()))
}

func (inst *instance) observe(e Event) { inst.engine.observer.Observe(e) }
