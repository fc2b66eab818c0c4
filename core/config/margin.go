package config

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/priority"
)

// nodePriority is the base priority that a router has on a node.
type nodePriority struct {
	node string
	base uint8
}

// priorities returns the base priorities of a router on all nodes that can be
// seen: those that are keys of a map in the expression, as in
// local.priorities[node.name]. The highest is first; there are none if the
// expression does not depend on the node.
func (l *loader) priorities(r *router) []nodePriority {
	attr := r.attributes["priority"]
	if attr == nil || r.priority.bad {
		return nil
	}
	refs := attr.Expr.Variables()
	if !slices.ContainsFunc(refs, func(ref hcl.Traversal) bool { return ref.RootName() == "node" }) {
		return nil
	}
	ctx := l.scope.context(r.src, refs)
	var list []nodePriority
	for _, node := range nodeNames(refs, ctx) {
		ctx.Variables["node"] = cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(node)})
		v, diags := attr.Expr.Value(ctx)
		if diags.HasErrors() {
			continue
		}
		v, _ = v.UnmarkDeep()
		n, err := convert.Convert(v, cty.Number)
		if err != nil || !n.IsKnown() || n.IsNull() {
			continue
		}
		if base, _ := n.AsBigFloat().Int64(); base >= priority.Lowest && base <= packet.PriorityOwner {
			list = append(list, nodePriority{node, uint8(base)})
		}
	}
	slices.SortStableFunc(list, func(a, b nodePriority) int { return cmp.Compare(b.base, a.base) })
	return list
}

// nodeNames returns the keys of all maps that an expression refers to.
func nodeNames(refs []hcl.Traversal, ctx *hcl.EvalContext) []string {
	var names []string
	for _, ref := range refs {
		v, diags := ref.TraverseAbs(ctx)
		if diags.HasErrors() || ref.RootName() == "node" {
			continue
		}
		v, _ = v.UnmarkDeep()
		if !v.IsKnown() || v.IsNull() || !v.Type().IsObjectType() && !v.Type().IsMapType() {
			continue
		}
		for it := v.ElementIterator(); it.Next(); {
			key, _ := it.Element()
			names = append(names, key.AsString())
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// checkMargin warns about a weight that is too small to bring the best node below
// the second best, when everything else is well.
func (l *loader) checkMargin(r *router, track []tracked, t *tracked) {
	nodes := l.priorities(r)
	if attr := t.attributes["weight"]; attr != nil && len(attr.Expr.Variables()) > 0 {
		return // it may be another one on each node
	}
	if len(nodes) < 2 || nodes[0].base == packet.PriorityOwner || nodes[0].base == nodes[1].base {
		return
	}
	all := 0
	for _, other := range track {
		all += max(0, other.term.Weight)
	}
	size := max(t.term.Weight, -t.term.Weight)
	healthy := effective(nodes[1].base, all)
	ill := effective(nodes[0].base, all-size)
	for _, lost := range losses(track, t) {
		if effective(nodes[0].base, all-lost) >= healthy && effective(nodes[0].base, all-lost-size) < healthy {
			return // alone, or together with others
		}
	}
	need := size + 1
	for need < maxWeight && effective(nodes[0].base, all-need) >= healthy {
		need++
	}
	l.report.warnf(t.at, "A weight that moves nothing",
		"When %s fails, %s still has priority %d, and %s has %d: the address stays where it is. A weight of at least %d would move it.",
		t.term.Tracker, nodes[0].node, ill, nodes[1].node, healthy, need)
}

// losses returns how much the priority can be down for other trackers than t. What
// a number comes to is not known.
func losses(track []tracked, t *tracked) []int {
	sums := []int{0}
	for i := range track {
		other := &track[i].term
		if other.Weight == 0 || other.Tracker == t.term.Tracker || track[i].config.Type.Measures() {
			continue
		}
		for _, sum := range slices.Clone(sums) {
			if sum += max(other.Weight, -other.Weight); sum <= maxMeasureWeight {
				sums = append(sums, sum)
			}
		}
		slices.Sort(sums)
		sums = slices.Compact(sums)
	}
	return sums
}

// effective is a priority with weights added, within bounds.
func effective(base uint8, sum int) uint8 {
	return priority.Compose(base, []priority.Contribution{{Value: sum}}).Effective
}
