package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// group is a sync_group block as it was read.
type group struct {
	*block
	members []*router
	track   []tracked
}

// readGroup reads a sync_group block.
func (l *loader) readGroup(b *block) {
	g := &group{block: b, track: l.readTrack(b)}
	if attr := b.attributes["members"]; attr == nil {
		b.missing("members", "Write the routers that are to be active together: members = [vrrp.VI_1, vrrp.VI_2]")
	} else if list, diags := hcl.ExprList(attr.Expr); len(list) == 0 && !diags.HasErrors() {
		b.report.errorf(attr.Expr.Range(), "No members", "A group is of at least two routers: members = [vrrp.VI_1, vrrp.VI_2]")
	}
	for _, ref := range b.references("members", "vrrp", "vrrp.VI_1", 2) {
		r := l.router(ref)
		if r == nil {
			continue
		}
		if other := l.groupOf(r); other != nil {
			b.report.errorf(ref.at, "In two groups", "%s is a member of %q too, at %s. A router is in one group at most.", ref.name, other.label, place(other.named))
			continue
		}
		g.members = append(g.members, r)
	}
	if attr := b.attributes["members"]; attr != nil && len(g.members) == 1 {
		b.report.warnf(attr.Expr.Range(), "One member", "A group of one router changes nothing. Add the routers that are to be active together with it, or remove the block.")
	}
	g.check()
	l.groups = append(l.groups, g)
	config := vrrp.GroupConfig{Name: b.label}
	for _, r := range g.members {
		config.Members = append(config.Members, r.label)
	}
	l.config.Groups = append(l.config.Groups, config)
}

// router returns the router that is referred to, or reports that there is none.
func (l *loader) router(ref reference) *router {
	var names []string
	for _, r := range l.routers {
		if "vrrp."+r.label == ref.name {
			return r
		}
		names = append(names, "vrrp."+r.label)
	}
	if !l.scope.incomplete {
		l.report.errorf(ref.at, "Unknown router", "There is no %s.%s", ref.name, didYouMean(ref.name, names))
	}
	return nil
}

func (l *loader) groupOf(r *router) *group {
	i := slices.IndexFunc(l.groups, func(g *group) bool { return slices.Contains(g.members, r) })
	if i < 0 {
		return nil
	}
	return l.groups[i]
}

// check checks what the members must agree about: one that preempts and one that
// does not could never move together.
func (g *group) check() {
	for _, r := range g.members[min(1, len(g.members)):] {
		first := g.members[0]
		if r.preempt.value != first.preempt.value && !r.preempt.bad && !first.preempt.bad {
			g.report.errorf(r.preempt.at, "Members disagree", "%q and %q are in sync_group %q, and preempt is %v here and %v there, at %s. They must be the same.",
				r.label, first.label, g.label, r.preempt.value, first.preempt.value, place(first.preempt.at))
		}
		if r.preemptDelay.value != first.preemptDelay.value && !r.preemptDelay.bad && !first.preemptDelay.bad {
			g.report.errorf(r.preemptDelay.at, "Members disagree", "%q and %q are in sync_group %q, and preempt_delay is %s here and %s there, at %s. They must be the same.",
				r.label, first.label, g.label, short(r.preemptDelay.value), short(first.preemptDelay.value), place(first.preemptDelay.at))
		}
		if r.priority.value != first.priority.value && !r.priority.bad && !first.priority.bad {
			g.report.warnf(r.priority.at, "Members of different priority", "%q has priority %d and %q, of the same sync_group, %d. If another node wins one and loses the other, neither can serve for long. Give all members of a group one priority on each node.",
				r.label, r.priority.value, first.label, first.priority.value)
		}
	}
}

// shared returns what counts for every member: the trackers of the group, and
// those of any member that have a weight. One that several have is there once.
func (g *group) shared() []tracked {
	shared := slices.Clone(g.track)
	for _, r := range g.members {
		for _, t := range r.track {
			known := slices.ContainsFunc(shared, func(s tracked) bool { return s.term == t.term })
			if t.term.Weight != 0 && !known {
				shared = append(shared, t)
			}
		}
	}
	return shared
}

// unite gives every member the trackers of the group, and the weights of the
// other members, so that all have the same sum. Their faults reach it by the
// group.
func (g *group) unite(terms map[string][]priority.Term) {
	for _, r := range g.members {
		for _, t := range g.shared() {
			i := slices.IndexFunc(terms[r.label], func(own priority.Term) bool { return own.Tracker == t.term.Tracker })
			switch {
			case i < 0:
				terms[r.label] = append(terms[r.label], t.term)
			case terms[r.label][i].Weight != t.term.Weight:
				g.report.errorf(t.at, "Two weights in a group", "%s counts once in sync_group %q, and it has weight %d here and %d for %q. Give it one weight.",
					t.term.Tracker, g.label, t.term.Weight, terms[r.label][i].Weight, r.label)
				return
			}
		}
	}
}
