package config

import (
	"context"
	"slices"

	"github.com/sentinel-ha/sentinel/sdk"
)

// component is a tracker or a notifier.
type component interface {
	Name() string
	Schema() sdk.Schema
}

// shapesOf returns what the blocks of every type may hold: Sentinel's attributes,
// then the type's own. Of those that are internal none has a process, so that none
// can have one of its own.
func shapesOf[C component](kind *shape, types []C, internal []string, bind func(*shape, *C)) map[string]*shape {
	all := make(map[string]*shape)
	for _, t := range types {
		own := *kind
		bind(&own, &t)
		own.attributes = slices.Clone(own.attributes)
		if !slices.Contains(internal, t.Name()) {
			own.attributes = append(own.attributes, attribute{"isolated", "true"})
		}
		for _, a := range t.Schema().Attributes {
			own.attributes = append(own.attributes, attribute{a.Name, exampleOf(&a)})
		}
		all[t.Name()] = &own
	}
	return all
}

func typeNames[C component](types []C) []string {
	var names []string
	for _, t := range types {
		names = append(names, t.Name())
	}
	return names
}

// unchecked returns a shape like s for a type whose plugin is broken: anything may
// be right there, and it cannot tell anything.
func (s *shape) unchecked(b *BrokenPlugin) *shape {
	own := s.anything()
	if s == trackerShape {
		t := sdk.Remote{Name: b.Type, Polled: true, Run: func(context.Context, sdk.Values, sdk.Schedule, func(sdk.Result)) error { return b.Err }}.Tracker()
		own.tracker = &t
	} else {
		n := sdk.RemoteNotifier{Name: b.Type, Deliver: func(context.Context, sdk.Values, sdk.Event) error { return b.Err }}.Notifier()
		own.notifier = &n
	}
	return own
}
