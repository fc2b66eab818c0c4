package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/priority"
)

// reference is a block that is named in a list, such as tracker.file.app.
type reference struct {
	name string
	at   hcl.Range
}

// references reads a list of references to blocks of a kind, which is the first
// word of each. The hint is how one is written.
func (b *block) references(attribute, kind, hint string, parts int) []reference {
	attr := b.attributes[attribute]
	if attr == nil {
		return nil
	}
	exprs, diags := hcl.ExprList(attr.Expr)
	isList := !diags.HasErrors()
	if !isList {
		b.report.errorf(attr.Expr.Range(), "Invalid "+attribute, "%s is a list, in brackets: %s = [%s]", attribute, attribute, hint)
		exprs = []hcl.Expression{attr.Expr}
	}
	var list []reference
	for _, expr := range exprs {
		traversal, diags := hcl.AbsTraversalForExpr(expr)
		name, ok := dotted(traversal)
		if diags.HasErrors() || !ok || traversal.RootName() != kind || len(traversal) != parts {
			if isList && b.src.whole(expr.Range()) {
				b.report.errorf(expr.Range(), "Not a reference", "An element of %s names a block%s: %s", attribute,
					map[bool]string{false: ", without quotes"}[b.src.json], hint)
			}
			if name = b.meant(expr); !strings.HasPrefix(name, kind+".") || strings.Count(name, ".") != parts-1 {
				continue
			}
		}
		if i := slices.IndexFunc(list, func(r reference) bool { return r.name == name }); i >= 0 {
			b.report.errorf(expr.Range(), "Listed twice", "%s is in the list already, at %s. Remove one of the two.", name, place(list[i].at))
			continue
		}
		list = append(list, reference{name, expr.Range()})
	}
	return list
}

// meant returns the name that was written in quotes, where there should be none. An
// expression that may come to any name is taken note of.
func (b *block) meant(expr hcl.Expression) string {
	v, diags := expr.Value(nil)
	if diags.HasErrors() {
		_, diags = hcl.AbsTraversalForExpr(expr)
		b.scope.lost = b.scope.lost || diags.HasErrors() // such as a condition
		return ""
	}
	if v.IsNull() || !v.IsKnown() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

// dotted writes a traversal as it was typed; ok is false if there is more in it
// than names.
func dotted(traversal hcl.Traversal) (name string, ok bool) {
	var words []string
	for _, step := range traversal {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			words = append(words, step.Name)
		case hcl.TraverseAttr:
			words = append(words, step.Name)
		default:
			return "", false
		}
	}
	return strings.Join(words, "."), true
}

// tracked is a tracker in a track list.
type tracked struct {
	*tracker
	term priority.Term
	at   hcl.Range
}

// readTrack reads a block's track list.
func (l *loader) readTrack(b *block) []tracked {
	var list []tracked
	for _, r := range b.references("track", "tracker", "tracker.process.httpd", 3) {
		t := l.trackers[r.name]
		if t == nil {
			if !l.scope.incomplete {
				names := slices.Sorted(maps.Keys(l.trackers))
				advice := didYouMean(r.name, names) + " There is " + strings.Join(names, ", ") + "."
				if len(names) == 0 {
					advice = ` There is none at all. Write a block: tracker "process" "httpd" { ... }`
				}
				l.report.errorf(r.at, "Unknown tracker", "There is no %s.%s", r.name, advice)
				if meant := l.trackers[nearest(r.name, names)]; meant != nil {
					meant.used = true
				}
			}
			continue
		}
		t.used = true
		list = append(list, tracked{t, priority.Term{Tracker: r.name, Weight: t.weight.value, Reverse: t.reverse}, r.at})
	}
	return list
}

// trackerName is how the tracker is referred to that a track_override is about.
func (b *block) trackerName() string { return trackerShape.name + "." + strings.Join(b.labels, ".") }

// override applies the track_override blocks of a router to its list.
func (r *router) override() {
	for _, b := range r.all(trackOverrideShape) {
		weight := require(b, "weight", "The block gives a tracker another weight for this router: weight = -50", whole(-maxMeasureWeight, maxMeasureWeight))
		i := slices.IndexFunc(r.track, func(t tracked) bool { return t.term.Tracker == b.trackerName() })
		if i < 0 {
			if !b.nameless() {
				r.report.errorf(b.named, "Not tracked", "%s is not in this router's track list. Add it there, or remove the block.", b.trackerName())
			}
			continue
		}
		t := &r.track[i]
		if most := t.mostWeight(); t.config.Type.Name() != "" && max(weight.value, -weight.value) > most {
			r.report.errorf(weight.at, "Invalid weight", "%d is out of range. It must be a whole number from %d to %d.", weight.value, -most, most)
			continue
		}
		t.term.Weight, t.at = weight.value, weight.at
	}
}

// weigh brings trackers, routers and groups together: who uses what with which
// weight.
func (l *loader) weigh() {
	terms := make(map[string][]priority.Term)
	for _, r := range l.routers {
		for _, t := range r.track {
			terms[r.label] = append(terms[r.label], t.term)
		}
		if l.groupOf(r) == nil {
			l.checkWeights(r, r.track)
		}
	}
	for _, g := range l.groups {
		if len(g.members) > 0 {
			l.checkWeights(g.members[0], g.shared())
		}
		g.unite(terms)
	}
	if len(terms) > 0 {
		l.config.Terms = terms
	}
	for _, b := range l.root.all(trackerShape) {
		t := l.trackers[b.fullName()]
		switch {
		case t == nil || t.block != b || b.shape.tracker == nil:
		case t.used:
			l.config.Trackers = append(l.config.Trackers, t.config)
		default:
			l.config.Idle.Trackers = append(l.config.Idle.Trackers, t.config)
			if l.scope.lost {
				continue
			}
			l.report.warnf(b.named, "Never used", "No track list has %s, so that it does not run. Write it into one, or remove the block.", b.fullName())
		}
	}
}

// checkWeights warns about weights that move nothing, of all that count for a
// router.
func (l *loader) checkWeights(r *router, all []tracked) {
	for _, t := range all {
		if t.term.Weight == 0 || t.weight.bad {
			continue
		}
		switch {
		case r.priority.value == packet.PriorityOwner:
			l.report.warnf(t.at, "No effect", "%s has weight %d, and an address owner's priority of 255 knows no weights. With weight 0 it is a fault, which counts.", t.term.Tracker, t.term.Weight)
		case !r.preempt.value:
			l.report.warnf(t.at, "A weight that moves nothing", "%s has weight %d, and with preempt = false no router takes over from a live one, whatever their priorities. Write weight = 0, which makes it a fault, or preempt = true on all routers.", t.term.Tracker, t.term.Weight)
		case !t.config.Type.Measures():
			l.checkMargin(r, all, &t)
		}
	}
}
