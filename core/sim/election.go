package sim

import (
	"slices"

	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// elected is invariant 1, once the world has been quiet for long enough.
func (c *checker) elected() {
	if c.world.grouped && !c.world.network.alike() {
		return // a group serves where all its segments let it, or nowhere
	}
	if c.unaware() {
		return
	}
	for r, name := range c.world.names {
		for _, component := range c.components(r % c.world.segments) {
			c.exactlyOne(component, name)
		}
	}
}

// unaware reports whether anybody does not know yet what has become of its
// interfaces. Who thinks that one is as it was may speak to nobody.
func (c *checker) unaware() bool {
	return slices.ContainsFunc(c.world.nodes, func(n *node) bool { return n.lost > 0 || n.dirty })
}

// components returns the groups of nodes that on a segment all reach each other
// and nobody else. Groups with a missing link inside, where no election can be right, are
// left out. They are what they are until something changes.
func (c *checker) components(segment int) [][]*node {
	list := c.parts[segment]
	if list != nil {
		return list
	}
	for i, first := range c.world.nodes {
		group := c.reached(segment, first)
		whole := group[0].index == i // not met before
		for _, n := range group {
			whole = whole && slices.Equal(c.reached(segment, n), group)
		}
		if whole {
			list = append(list, group)
		}
	}
	c.parts[segment] = list
	return list
}

// reached returns a node and all that it reaches, in order.
func (c *checker) reached(segment int, from *node) []*node {
	var group []*node
	for _, n := range c.world.nodes {
		if n == from || c.world.network.reaches(segment, from, n) {
			group = append(group, n)
		}
	}
	return group
}

// exactlyOne checks one virtual router in one component.
func (c *checker) exactlyOne(component []*node, name string) {
	var able, active []*view
	for _, n := range component {
		if n.engine == nil || n.frozen {
			continue
		}
		v := n.views[name]
		if v == nil || v.state == vrrp.Fault || v.state == vrrp.Stopped || v.state == vrrp.Initialize {
			continue
		}
		able = append(able, v)
		if v.state == vrrp.Active {
			active = append(active, v)
		}
	}
	if len(able) == 0 {
		return
	}
	if len(active) != 1 {
		c.world.fail(1, "%d of %d routers %s are active, %v after the last change", len(active), len(able), name, c.world.now.Sub(c.change))
		return
	}
	best := slices.MaxFunc(able, func(a, b *view) int { return int(a.priority) - int(b.priority) })
	preempting := !slices.ContainsFunc(able, func(v *view) bool { return !v.config.Preempt })
	if preempting && active[0].priority != best.priority {
		c.world.fail(1, "%s is active on %s with priority %d, and %s has %d", name,
			active[0].node.name, active[0].priority, best.node.name, best.priority)
	}
}
