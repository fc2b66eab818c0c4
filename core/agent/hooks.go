package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/notify"
	"github.com/sentinel-ha/sentinel/core/vrrp"
	"github.com/sentinel-ha/sentinel/sdk"
)

// hookBudget bounds all hooks together at the end of the agent.
const hookBudget = 5 * time.Second

// telling is what it takes to tell the hooks what happens.
type telling struct {
	// eventSeq is the number of the last event, farewells are what hooks are told when
	// the addresses are gone. Both belong to the log's goroutine, until it ends.
	eventSeq  uint64
	farewells []sdk.Event
	// left: a hook was told of the end of what a reload has removed.
	left chan struct{}
}

func newTelling() telling { return telling{left: make(chan struct{}, 1)} }

// setHooks makes the hooks of the configuration those that are called. It comes
// before the engine hears of the configuration.
func (a *agent) setHooks() {
	a.facts.set(a.config)
	setup := notify.Setup{Node: a.node}
	for _, r := range a.config.Routers {
		setup.Subjects = append(setup.Subjects, notify.Subject{Name: r.Name})
	}
	for _, g := range a.config.Groups {
		setup.Subjects = append(setup.Subjects, notify.Subject{Group: true, Name: g.Name})
	}
	for i := range a.config.Hooks {
		h := &a.config.Hooks[i]
		block := hookBlock(h)
		if spec, ok := a.catalog.Load().hookPlugin(h); ok {
			p := a.open[spec.Name]
			block.Via, block.Deliver = p.ID(), delivery(p, h)
		}
		setup.Blocks = append(setup.Blocks, block)
	}
	a.hooks.Set(setup)
}

// hookBlock is a hook whose plugin is broken: to deliver says why.
func hookBlock(h *config.Hook) notify.Block {
	block := notify.Block{
		Name: h.Name, Identity: fmt.Sprintf("%s %#v", h.Type.Name(), h.Values), On: h.On,
		Timeout: h.Timeout, Retries: h.Retries, ForAll: h.ForAll,
		Deliver: func(ctx context.Context, deadline time.Time, e sdk.Event) error {
			ctx, cancel := context.WithDeadline(ctx, deadline)
			defer cancel()
			return h.Type.Deliver(ctx, h.Values, e)
		},
	}
	for _, name := range h.Instances {
		block.Subjects = append(block.Subjects, notify.Subject{Name: name})
	}
	for _, name := range h.Groups {
		block.Subjects = append(block.Subjects, notify.Subject{Group: true, Name: name})
	}
	return block
}

// tellHooks passes an event on to the hooks. A change of state comes to them when the
// machine has carried it out: what a hook starts may need the addresses. It runs on the
// log's goroutine.
func (a *agent) tellHooks(at time.Time, e engine.Event) {
	event := sdk.Event{Time: at, Node: a.node, Kind: sdk.Transition}
	switch e := e.(type) {
	case engine.Transition:
		event.Instance, event.From, event.To = e.Router, e.From.String(), e.To.String()
		event.Priority, event.Reason = int(e.Priority), e.Cause.String()
		if e.Cause.Peer.IsValid() {
			event.Peer, event.PeerPriority = e.Cause.Peer.String(), int(e.Cause.PeerPriority)
		}
	case engine.GroupTransition:
		event.Group, event.From, event.To = e.Group, e.From.String(), e.To.String()
		event.Reason = "its members are " + e.To.String()
	case engine.PriorityChanged:
		event.Kind, event.Instance = sdk.PriorityChange, e.Router
		event.Priority, event.Reason, event.Coalesced = int(e.Priority.Effective), e.Priority.String(), e.Changes-1
	case engine.ConflictRaised:
		event.Kind, event.Instance = sdk.Conflict, e.Router
		event.Peer, event.Reason = e.Conflict.Peer.String(), e.Conflict.String()
	case engine.TrackerChanged:
		event.Kind, event.Reason, event.Coalesced = sdk.TrackerChange, e.Tracker+" "+reading(e.Reading), e.Changes-1
		for _, name := range a.facts.users(e.Tracker) {
			event.Instance = name
			a.post(event)
		}
		return
	case engine.CarriedOut:
		a.hooks.Release(carriedOut(e))
		return
	default:
		return
	}
	if event.To == vrrp.Stopped.String() && a.stopping.Load() {
		a.farewells = append(a.farewells, event) // when the addresses are gone
		return
	}
	if event.Kind == sdk.Transition {
		a.hooks.Hold(notify.SubjectOf(event))
	}
	a.post(event)
}

// carriedOut returns of whom a change of state has been carried out.
func carriedOut(e engine.CarriedOut) notify.Subject {
	if e.Group != "" {
		return notify.Subject{Group: true, Name: e.Group}
	}
	return notify.Subject{Name: e.Router}
}

// tellPresent tells the hooks what the states are, because they may have missed one.
// It runs on the log's goroutine.
func (a *agent) tellPresent() {
	a.hooks.ReleaseAll()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	s, err := a.query(ctx)
	if err != nil {
		return // the loop has ended, and what it did last is told by the farewells
	}
	at := time.Now()
	for i := range s.Routers {
		r := &s.Routers[i]
		a.post(sdk.Event{
			Kind: sdk.Snapshot, Time: at, Node: a.node, Instance: r.Config.Name,
			To: r.State.String(), Priority: int(r.Priority.Effective), Reason: because(r),
		})
	}
	for _, g := range s.Groups {
		a.post(sdk.Event{
			Kind: sdk.Snapshot, Time: at, Node: a.node, Group: g.Config.Name,
			To: g.State.String(), Reason: "its members are " + g.State.String(),
		})
	}
}

// post completes an event and hands it to the hooks.
func (a *agent) post(event sdk.Event) {
	a.facts.complete(&event)
	if event.Kind == sdk.PriorityChange && event.To == "" {
		return // the first state comes with it
	}
	a.eventSeq++
	event.ID = fmt.Sprintf("%x-%d", a.started.UnixNano(), a.eventSeq)
	a.hooks.Post(event)
}

// reportHook logs what became of a delivery.
func (a *agent) reportHook(h notify.Happening) {
	attributes := []any{"hook", h.Block, "to", h.Event.To, "kind", string(h.Event.Kind), "of", h.Subject.String()}
	if h.Attempt > 1 {
		attributes = append(attributes, "attempt", h.Attempt)
	}
	if h.Err != nil {
		attributes = append(attributes, "err", h.Err)
	}
	switch h.Outcome {
	case notify.Left:
		select {
		case a.left <- struct{}{}:
		default:
		}
	case notify.RecordFailed:
		a.log.Warn("hook record failed", "err", h.Err)
	case notify.Delivered:
		a.log.Debug("hook called", append(attributes, "waited", h.Waited.String(), "took", h.Took.String())...)
	case notify.Retrying:
		a.log.Warn("hook failed", append(attributes, "next", h.Next.String())...)
	default:
		a.log.Warn("hook "+h.Outcome.String(), attributes...)
	}
}
