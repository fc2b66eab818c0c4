package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/sentinel-ha/sentinel/core/api"
	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/notify"
	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

var _ api.Source = (*agent)(nil)

// query asks the loop for a snapshot.
func (a *agent) query(ctx context.Context) (engine.Status, error) {
	answer := make(chan engine.Status, 1)
	a.engine.Post(engine.Query{Reply: func(s engine.Status) { answer <- s }})
	select {
	case s := <-answer:
		return s, nil
	case <-ctx.Done():
		return engine.Status{}, fmt.Errorf("ask the loop: %w", ctx.Err())
	}
}

// Status implements [api.Source].
func (a *agent) Status(ctx context.Context) (api.Status, error) {
	s, err := a.query(ctx)
	if err != nil {
		return api.Status{}, err
	}
	w := wallOf(s.Now)
	status := api.Status{
		Schema: api.StatusSchema, Node: a.node, Version: a.options.Version, Started: a.started, Now: w.now,
		Instances: []api.Instance{}, Groups: []api.Group{}, Trackers: []api.Tracker{},
	}
	for i := range s.Routers {
		status.Instances = append(status.Instances, w.instance(&s.Routers[i], s.Groups))
	}
	for _, g := range s.Groups {
		status.Groups = append(status.Groups, api.Group{
			Name: g.Config.Name, State: g.State.String(), Since: w.time(g.Since), Members: g.Config.Members,
		})
	}
	for _, t := range s.Trackers {
		status.Trackers = append(status.Trackers, w.tracker(&t))
	}
	hooks := a.hooks.Status()
	status.Hooks, status.HookTotals = hookList(hooks.Queues), hookCounters(hooks.Total)
	if status.HookRecord.Failures = hooks.RecordFailures; hooks.RecordError != "" {
		status.HookRecord.Error = &hooks.RecordError
	}
	status.Plugins = pluginList(a.plugins.Plugins(), a.catalog.Load(), a.found.Load())
	return status, nil
}

func hookList(queues []notify.QueueStatus) []api.Hook {
	list := []api.Hook{}
	for _, q := range queues {
		hook := api.Hook{
			Name: q.Block, Subject: q.Subject.String(), State: q.State, Pending: q.Pending, Counters: hookCounters(q.Counters),
		}
		if q.Told != "" {
			hook.Told = &q.Told
		}
		if q.LastError != "" {
			hook.Error = &q.LastError
		}
		list = append(list, hook)
	}
	return list
}

func hookCounters(c notify.Counters) map[string]uint64 {
	return map[string]uint64{
		"queued": c.Queued, "delivered": c.Delivered, "coalesced": c.Coalesced, "expired": c.Expired,
		"rejected": c.Rejected, "unchanged": c.Unchanged, "lost": c.Lost, "called": c.Called, "retried": c.Retried, "timed-out": c.TimedOut,
	}
}

// wall converts the loop's times, which no clock setting moves, to the
// calendar's.
type wall struct{ loop, now time.Time }

func wallOf(loop time.Time) wall { return wall{loop: loop, now: time.Now()} }

func (w wall) time(t time.Time) time.Time { return w.now.Add(t.Sub(w.loop)) }

// pointer is for times that may be absent.
func (w wall) pointer(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	converted := w.time(t)
	return &converted
}

func (w wall) instance(r *engine.RouterStatus, groups []engine.GroupStatus) api.Instance {
	c := r.Config
	instance := api.Instance{
		Name: c.Name, Group: groupOf(c.Name, groups), State: r.State.String(), Since: w.time(r.Since),
		Reason: because(r), Interface: c.Interface, VirtualRouterID: int(c.VRID), Family: c.Family.String(),
		Version: int(c.Version), AdvertInterval: c.AdvertInterval.String(), Preempt: c.Preempt,
		Priority: w.priority(r), Addresses: []api.Address{}, ActiveRouter: w.activeRouter(r),
		Conflicts: []api.Conflict{}, Counters: counters(&r.Counters),
	}
	if r.Source.IsValid() {
		text := r.Source.String()
		instance.Source = &text
	}
	if r.State == vrrp.Backup {
		instance.Takeover = w.pointer(r.Deadline)
	}
	for _, a := range r.Addresses {
		instance.Addresses = append(instance.Addresses, api.Address{
			Address: a.Prefix.String(), Interface: a.Interface, Advertised: a.Advertise, Present: a.Present,
		})
	}
	for _, conflict := range r.Conflicts {
		instance.Conflicts = append(instance.Conflicts, api.Conflict{
			Peer: conflict.Peer.String(), Setting: string(conflict.Subject), Reason: conflict.String(), Since: w.time(conflict.Since),
		})
	}
	return instance
}

// because is the reason of a state. One that has only begun to wait has none of
// its own yet.
func because(r *engine.RouterStatus) string {
	if r.State == vrrp.Initialize {
		return "starting"
	}
	return r.Cause.String()
}

func groupOf(name string, groups []engine.GroupStatus) *string {
	for _, g := range groups {
		for _, member := range g.Config.Members {
			if member == name {
				return &g.Config.Name
			}
		}
	}
	return nil
}

func (w wall) priority(r *engine.RouterStatus) api.Priority {
	p := api.Priority{
		Base: int(r.Priority.Base), Effective: int(r.Priority.Effective), Clamped: r.Priority.Clamped,
		Contributions: []api.Contribution{}, Faults: []api.Fault{},
	}
	for _, c := range r.Priority.Contributions {
		p.Contributions = append(p.Contributions, api.Contribution{
			Source: c.Source, Weight: c.Weight, Value: c.Value, Reason: c.Reason, Since: w.pointer(c.Since),
		})
	}
	for _, f := range r.Faults {
		p.Faults = append(p.Faults, api.Fault{Source: f.Source, Reason: f.Reason, Since: w.time(f.Since)})
	}
	return p
}

// activeRouter says who serves: this router, or who was heard last and is not
// overdue.
func (w wall) activeRouter(r *engine.RouterStatus) *api.ActiveRouter {
	if r.State == vrrp.Active {
		return &api.ActiveRouter{Address: r.Source.String(), Priority: int(r.Priority.Effective), Self: true}
	}
	if !alive(r, w.loop) {
		return nil
	}
	return &api.ActiveRouter{
		Address: r.LastHeard.Source.String(), Priority: int(r.LastHeard.Priority), LastHeard: w.pointer(r.LastHeard.At),
	}
}

// alive reports whether the router that was heard last is not overdue.
func alive(r *engine.RouterStatus, now time.Time) bool {
	return r.LastHeard.Source.IsValid() && now.Sub(r.LastHeard.At) < patience(r)
}

// patience is the silence after which the router takes over.
func patience(r *engine.RouterStatus) time.Duration {
	interval := r.LastHeard.Interval
	if interval == 0 || r.Config.Version == packet.Version2 {
		interval = r.Config.AdvertInterval
	}
	return vrrp.ActiveDownInterval(r.Config.Version, r.Priority.Effective, interval)
}

func (w wall) tracker(t *engine.TrackerStatus) api.Tracker {
	r := t.Reading
	tracker := api.Tracker{
		Name: t.Rules.Name, Verdict: r.Verdict.String(), Held: r.Held, Reason: r.Reason,
		Since: w.pointer(r.Since), LastSample: w.pointer(r.LastSample),
	}
	if t.Rules.Measures && r.Verdict != priority.Unknown {
		tracker.Value = &r.Value
	}
	if r.Doubt != "" {
		tracker.Doubt = &r.Doubt
	}
	if next := nextVerdict(t, w.loop); next != "" {
		tracker.Next = &next
	}
	return tracker
}

// counters are named as in RFC 8347 where that document has a name.
func counters(c *engine.Counters) map[string]uint64 {
	list := map[string]uint64{
		"advertisement-rcvd": c.Received, "advertisement-sent": c.Sent,
		"priority-zero-pkts-rcvd": c.PriorityZeroReceived, "priority-zero-pkts-sent": c.PriorityZeroSent,
		"master-transitions": c.BecameActive, "released-active": c.ReleasedActive,
		"send-errors": c.SendErrors, "repaired-addresses": c.Repaired,
	}
	for reason, n := range c.Dropped {
		if reason := packet.DropReason(reason); reason != packet.Accepted {
			list[reason.String()] += n
		}
	}
	return list
}
