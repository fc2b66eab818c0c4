package serve

import (
	"fmt"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// Component is a tracker or a notifier that a plugin offers. Make it with [Tracker] or
// [Notifier]; the zero value is an error.
type Component struct {
	tracker  *sdk.Tracker
	notifier *sdk.Notifier
}

// Tracker returns a component that is a tracker.
func Tracker(t sdk.Tracker) Component { return Component{tracker: &t} }

// Notifier returns a component that is a notifier.
func Notifier(n sdk.Notifier) Component { return Component{notifier: &n} }

// components are what a plugin offers, by name.
type components struct {
	trackers  map[string]sdk.Tracker
	notifiers map[string]sdk.Notifier
	described *wire.DescribeResponse
}

func newComponents(version string, list []Component) (*components, error) {
	c := &components{
		trackers: make(map[string]sdk.Tracker), notifiers: make(map[string]sdk.Notifier),
		described: &wire.DescribeResponse{Version: version, Sdk: "go " + sdkVersion()},
	}
	for _, component := range list {
		if err := c.add(component); err != nil {
			return nil, err
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("it offers nothing")
	}
	if !utf8.ValidString(version) {
		return nil, fmt.Errorf("version %q: is not UTF-8", version)
	}
	if size := proto.Size(c.described); size > wire.MaxDescription {
		return nil, fmt.Errorf("what it says of itself is %d bytes long, and must not be longer than %d: shorten its docs", size, wire.MaxDescription)
	}
	return c, nil
}

func (c *components) add(component Component) (err error) {
	switch {
	case component.tracker != nil:
		t := *component.tracker
		if _, twice := c.trackers[t.Name()]; twice {
			return fmt.Errorf("tracker %q is there twice", t.Name())
		}
		c.trackers[t.Name()] = t
		message := &wire.Type{Name: t.Name(), Doc: t.Doc(), Polled: t.Polled(), Measures: t.Measures()}
		message.Attributes, err = wire.FromSchema(t.Schema())
		c.described.Trackers = append(c.described.Trackers, message)
		if err == nil {
			err = checkType(message)
		}
	case component.notifier != nil:
		n := *component.notifier
		if _, twice := c.notifiers[n.Name()]; twice {
			return fmt.Errorf("notifier %q is there twice", n.Name())
		}
		c.notifiers[n.Name()] = n
		message := &wire.Type{Name: n.Name(), Doc: n.Doc()}
		message.Attributes, err = wire.FromSchema(n.Schema())
		c.described.Notifiers = append(c.described.Notifiers, message)
		if err == nil {
			err = checkType(message)
		}
	default:
		err = fmt.Errorf("a component is empty")
	}
	return err
}

// checkType reports what the host would refuse, or could not be told.
func checkType(t *wire.Type) error {
	if !utf8.ValidString(t.GetDoc()) {
		return fmt.Errorf("the doc of %q: is not UTF-8", t.GetName())
	}
	return wire.CheckTypeName(t.GetName())
}
