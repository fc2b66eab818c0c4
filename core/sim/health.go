package sim

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/priority"
)

// startTrackers lets each tracker of a new process say something after a while.
func (n *node) startTrackers() {
	if n.health == nil {
		n.health = make(map[string]priority.Verdict)
		for _, rules := range n.setup.Trackers {
			n.health[rules.Name] = priority.Healthy
		}
	}
	n.said, n.doubted = make(map[string]priority.Verdict), make(map[string]bool)
	n.weigh()
	process := n.engine
	for _, rules := range n.setup.Trackers {
		n.world.after(n.world.between(0, 2*n.world.startWait), func() {
			if n.engine == process {
				n.sample(rules.Name)
			}
		})
	}
}

// sample passes on what a tracker says now.
func (n *node) sample(name string) {
	if n.engine == nil {
		return
	}
	if n.said[name] != priority.Unknown || n.health[name] != priority.Unknown {
		n.said[name], n.doubted[name] = cmp.Or(n.health[name], n.said[name]), n.health[name] == priority.Unknown
	}
	n.logf("%s says %v", name, n.health[name])
	n.world.checker.changed()
	n.weigh()
	n.post(engine.Sampled{Tracker: name, Sample: priority.Sample{Verdict: n.health[name], Reason: "so"}})
}

// weigh works out, in the simplest way, what the trackers come to.
func (n *node) weigh() {
	for _, v := range n.inOrder {
		sum := int(v.config.Priority)
		v.illSoon, v.unsure = false, false
		for _, term := range n.setup.Terms[v.config.Name] {
			good, spoken := n.finds(term)
			switch {
			case term.Weight == 0:
				v.illSoon = v.illSoon || spoken && !good
				v.unsure = v.unsure || !spoken
			case good == (term.Weight > 0):
				sum += term.Weight
			}
		}
		v.was = append(v.was, v.priority)
		v.priority = uint8(min(max(sum, 1), 254))
		if v.config.Priority == packet.PriorityOwner {
			v.priority = packet.PriorityOwner
		}
	}
}

// finds returns what a tracker's word means to a router, and whether there was one.
func (n *node) finds(term priority.Term) (good, spoken bool) {
	i := slices.IndexFunc(n.setup.Trackers, func(r priority.Rules) bool { return r.Name == term.Tracker })
	verdict, policy := n.said[term.Tracker], n.setup.Trackers[i].OnUnknown
	switch {
	case verdict == priority.Unknown:
		return false, false // the worse value
	case n.doubted[term.Tracker] && policy != priority.Hold:
		return policy == priority.Pass, true
	}
	return (verdict == priority.Healthy) != term.Reverse, true
}

// weighed notes that the loop has taken in everything that was said.
func (n *node) weighed() {
	for _, v := range n.inOrder {
		v.was, v.ill = nil, v.illSoon
	}
}

// flip makes a tracker change its mind for a while, once or very often.
func (w *world) flip(n *node, long time.Duration) {
	names := slices.Sorted(maps.Keys(n.health))
	if len(names) == 0 {
		return
	}
	name := names[w.rand.IntN(len(names))]
	times := 1
	if w.chance(0.3) {
		times = 20
	}
	for i := range times {
		turn := func(to priority.Verdict) func() {
			return func() {
				n.health[name] = to
				n.sample(name)
			}
		}
		w.meanwhile(long*time.Duration(2*i)/time.Duration(2*times), turn(priority.Unhealthy))
		w.meanwhile(long*time.Duration(2*i+1)/time.Duration(2*times), turn(priority.Healthy))
	}
}
