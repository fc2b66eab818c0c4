package engine

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// ChangeKind is what a reload does to a router.
type ChangeKind uint8

// The kinds of change. A router that is not listed is not touched.
const (
	Added ChangeKind = iota + 1
	Removed
	// Updated in place, without a transition.
	Updated
	// Restarted: it leaves as if it was stopped, and begins anew.
	Restarted
)

// String returns the kind in words.
func (k ChangeKind) String() string {
	return [...]string{"", "added", "removed", "updated", "restarted"}[k]
}

// Change is what a reload does to one router, tracker or sync group.
type Change struct {
	// Name is the router's, or as in "tracker.file.app" and "sync_group.G1".
	Name string
	Kind ChangeKind
	// Settings are the attributes that differ, of a router that is Updated or
	// Restarted.
	Settings []string
}

// String says the change in words.
func (c Change) String() string {
	if len(c.Settings) == 0 {
		return fmt.Sprintf("%s %v", c.Name, c.Kind)
	}
	return fmt.Sprintf("%s %v (%s)", c.Name, c.Kind, strings.Join(c.Settings, ", "))
}

// subject is a router as a reload sees it.
type subject struct {
	*vrrp.Config
	terms []priority.Term
}

// setting is one attribute of a router.
type setting struct {
	name    string
	restart bool // a change means another router on the wire
	value   func(subject) any
}

// settings are all of them. A field of vrrp.Config that is missing here would be
// ignored by a reload; a test sees to it that none is.
var settings = []setting{
	{"interface", true, func(s subject) any { return s.Interface }},
	{"virtual_router_id", true, func(s subject) any { return s.VRID }},
	{"version", true, func(s subject) any { return s.Version }},
	{"family", true, func(s subject) any { return s.Family }},
	{"source", true, func(s subject) any { return s.Source }},
	{"priority", false, func(s subject) any { return s.Priority }},
	{"advert_interval", false, func(s subject) any { return s.AdvertInterval }},
	{"preempt", false, func(s subject) any { return s.Preempt }},
	{"preempt_delay", false, func(s subject) any { return s.PreemptDelay }},
	{"accept", false, func(s subject) any { return s.Accept }},
	{"track_link", false, func(s subject) any { return s.TrackLink }},
	{"adopt", false, func(s subject) any { return s.Adopt }},
	{"strict", false, func(s subject) any { return s.Strict }},
	{"virtual_addresses", false, func(s subject) any { return s.Addresses }},
	{"unicast", false, func(s subject) any { return s.Unicast }},
	{"authentication", false, func(s subject) any { return []any{s.AuthType, s.Password} }},
	{"checksum", false, func(s subject) any { return s.Checksums }},
	{"announce", false, func(s subject) any { return s.Announce }},
	{"track", false, func(s subject) any { return s.terms }},
}

// Plan says what a reload from one setup to another does. It changes nothing.
func Plan(from, to *Setup) []Change {
	changes := differences("", from.Routers, to.Routers,
		func(c vrrp.Config) string { return c.Name },
		func(a, b vrrp.Config) Change {
			return compare(subject{&a, from.Terms[a.Name]}, subject{&b, to.Terms[b.Name]})
		})
	changes = append(changes, differences("", from.Trackers, to.Trackers,
		func(r priority.Rules) string { return r.Name },
		func(a, b priority.Rules) (c Change) {
			switch {
			case a.Subject != b.Subject:
				c.Kind = Restarted
			case a != b:
				c.Kind = Updated
			}
			return c
		})...)
	return append(changes, differences("sync_group.", from.Groups, to.Groups,
		func(g vrrp.GroupConfig) string { return g.Name },
		func(a, b vrrp.GroupConfig) (c Change) {
			if !slices.Equal(a.Members, b.Members) {
				c.Kind = Updated
			}
			return c
		})...)
}

// differences compares two lists of named things.
func differences[T any](prefix string, from, to []T, name func(T) string, compare func(a, b T) Change) []Change {
	var changes []Change
	find := func(list []T, wanted string) int {
		return slices.IndexFunc(list, func(t T) bool { return name(t) == wanted })
	}
	for _, old := range from {
		if find(to, name(old)) < 0 {
			changes = append(changes, Change{Name: prefix + name(old), Kind: Removed})
		}
	}
	for _, present := range to {
		c := Change{Kind: Added}
		if i := find(from, name(present)); i >= 0 {
			c = compare(from[i], present)
		}
		if c.Name = prefix + name(present); c.Kind != 0 {
			changes = append(changes, c)
		}
	}
	return changes
}

func compare(from, to subject) (c Change) {
	for _, s := range settings {
		if reflect.DeepEqual(s.value(from), s.value(to)) {
			continue
		}
		c.Settings = append(c.Settings, s.name)
		if c.Kind = max(c.Kind, Updated); s.restart {
			c.Kind = Restarted
		}
	}
	return c
}
