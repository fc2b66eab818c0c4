package config

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/sdk"
)

// The limits of what a tracker block says.
const (
	maxWeight        = 253 // of a verdict
	maxMeasureWeight = 254 // of a number
	maxStreak        = 1000
	minPoll          = 10 * time.Millisecond
	// eventWait is how long a router waits for the first verdict of a tracker that
	// is not polled.
	eventWait = time.Second
)

// pluginTypes are trackers that the design names and that are plugins.
var pluginTypes = map[string]bool{"script": true, "http": true, "tcp": true, "ping": true}

// unknownTrackerShape is that of a tracker block whose type there is not, in
// which any name may be right.
var unknownTrackerShape = &shape{name: trackerShape.name, labels: trackerShape.labels, free: true}

// trackerShapes returns what the blocks of every type of tracker may hold:
// Sentinel's attributes, then the tracker's own.
func trackerShapes(types []sdk.Tracker) map[string]*shape {
	all := make(map[string]*shape)
	for _, t := range types {
		own := *trackerShape
		own.tracker = &t
		own.attributes = slices.Clone(own.attributes)
		for _, a := range t.Schema().Attributes {
			own.attributes = append(own.attributes, attribute{a.Name, exampleOf(&a)})
		}
		all[t.Name()] = &own
	}
	return all
}

// exampleOf returns a value of a tracker's attribute as one would write it.
func exampleOf(a *sdk.Attribute) string {
	switch {
	case len(a.OneOf) > 0:
		return fmt.Sprintf("%q", a.OneOf[0])
	case a.Type.Kind == sdk.String:
		return `"..."`
	case a.Type.Kind == sdk.Duration:
		return `"1s"`
	case a.Type.Kind == sdk.Bool:
		return "true"
	case a.Type.Kind == sdk.List:
		return "[...]"
	case a.Type.Kind == sdk.Map:
		return "{ ... }"
	}
	return "1"
}

// tracker is a tracker block as it was read.
type tracker struct {
	*block
	config Tracker
	weight setting[int]
	// reverse turns the sense of its verdicts round.
	reverse bool
	used    bool
}

// fullName is how a tracker is referred to.
func (b *block) fullName() string { return "tracker." + strings.Join(b.labels, ".") }

// readTracker reads a tracker block: Sentinel's part of it, then the tracker's.
func (l *loader) readTracker(b *block) {
	t := &tracker{block: b}
	if first := l.trackers[b.fullName()]; first == nil {
		l.trackers[b.fullName()] = t // of two with one name, which has been reported, the first counts
	}
	kind := b.shape.tracker
	if kind == nil {
		return // reported; it is there, so that a reference to it is no second mistake
	}
	t.config.Type = *kind
	t.readWeight()
	t.reverse = read(b, "reverse", false, boolean).value
	t.readRules()
	t.readValues()
	t.config.Rules.Subject = fmt.Sprintf("%s %v", kind.Name(), t.config.Values) // maps are printed in order
}

func (t *tracker) readWeight() {
	most := maxWeight
	if t.config.Type.Measures() {
		most = maxMeasureWeight
		t.weight = require(t.block, "weight", "What is read is multiplied by it: weight = 1; 0 makes every number but 0 a fault.", whole(-most, most))
		return
	}
	t.weight = read(t.block, "weight", 0, whole(-most, most))
}

// readRules reads what is the same for every tracker.
func (t *tracker) readRules() {
	b, kind := t.block, &t.config.Type
	policies := func(first string, value priority.Policy) conversion[priority.Policy] {
		return choice([]string{first, "pass", "fail"}, []priority.Policy{value, priority.Pass, priority.Fail}, nil)
	}
	t.config.Rules = priority.Rules{
		Name: b.fullName(), Measures: kind.Measures(), StartWait: eventWait,
		RiseDelay: read(b, "rise_delay", 0, duration(0, longest)).value,
		FallDelay: read(b, "fall_delay", 0, duration(0, longest)).value,
		OnStart:   read(b, "on_start", priority.Wait, policies("wait", priority.Wait)).value,
		OnUnknown: read(b, "on_unknown", priority.Hold, policies("hold", priority.Hold)).value,
	}
	hold := read(b, "hold_for", 0, duration(0, 24*longest))
	t.config.Rules.HoldFor = hold.value
	if hold.value > 0 && t.config.Rules.OnUnknown != priority.Hold {
		b.report.warnf(hold.at, "No effect", "hold_for limits on_unknown = \"hold\", and on_unknown is %q here. Remove one of the two.", t.config.Rules.OnUnknown)
	}
	if !kind.Polled() {
		t.refusePolling()
		return
	}
	interval := read(b, "interval", time.Second, duration(minPoll, longest))
	timeout := read(b, "timeout", interval.value, duration(minPoll, longest))
	t.config.Rules.StartWait = timeout.value
	t.config.Rules.Rise = read(b, "rise", 1, whole(1, maxStreak)).value
	t.config.Rules.Fall = read(b, "fall", 1, whole(1, maxStreak)).value
	t.config.Schedule = sdk.Schedule{Interval: interval.value, Timeout: timeout.value, Phase: phase(b.fullName(), interval.value)}
}

// refusePolling reports what means nothing to a tracker that reports by itself.
func (t *tracker) refusePolling() {
	for _, name := range []string{"interval", "timeout", "rise", "fall"} {
		if attr := t.attributes[name]; attr != nil {
			advice := "Remove the line."
			if name == "rise" || name == "fall" {
				advice = fmt.Sprintf("Write %s_delay, the time that a change must have lasted.", name)
			}
			t.report.errorf(attr.NameRange, "Not polled", "%s has no meaning for a %s tracker, which reports by itself whenever something changes. %s", name, t.config.Type.Name(), advice)
		}
	}
}

// phase spreads trackers over their interval by their names, so that they do not
// all run at the same moment, and do at the same moments after a restart.
func phase(name string, interval time.Duration) time.Duration {
	h := fnv.New64a()
	h.Write([]byte(name))
	return time.Duration(h.Sum64() % uint64(interval))
}

// readValues reads the tracker's own attributes, and asks it what it thinks of
// them.
func (t *tracker) readValues() {
	t.config.Values = make(sdk.Values)
	whole := true
	for _, a := range t.config.Type.Schema().Attributes {
		convert := func(v value) (any, string) { return trackerValue(v, &a) }
		var s setting[any]
		if a.Required {
			s = require(t.block, a.Name, fmt.Sprintf("Write %s = %s, the %s.", a.Name, exampleOf(&a), a.Doc), convert)
		} else {
			s = read(t.block, a.Name, nil, convert)
		}
		whole = whole && !s.bad
		if s.typed && !s.bad {
			t.config.Values[a.Name] = s.value
		}
	}
	if !whole {
		return
	}
	err := t.config.Type.Validate(t.config.Values)
	var about *sdk.AttributeError
	switch {
	case err == nil:
	case errors.As(err, &about) && t.attributes[about.Attribute] != nil:
		t.report.errorf(t.attributes[about.Attribute].Expr.Range(), "Invalid "+about.Attribute, "%s", sentence(about.Attribute+" "+about.Err.Error()))
	default:
		t.report.errorf(t.header, "Invalid tracker", "%s", sentence(err.Error()))
	}
}

// sentence makes a sentence of what a tracker says.
func sentence(text string) string {
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// trackerValue converts a value to what a tracker's attribute takes.
func trackerValue(v value, a *sdk.Attribute) (any, string) {
	converted, wrong := trackerElement(v, a.Type)
	if wrong != "" {
		return nil, wrong
	}
	if err := a.Check(converted); err != nil {
		return nil, sentence(err.Error())
	}
	return converted, ""
}

// trackerElement converts a value, or a part of one, to a type of the SDK.
func trackerElement(v value, t sdk.Type) (any, string) {
	switch t.Kind {
	case sdk.String:
		return text(v)
	case sdk.Bool:
		return boolean(v)
	case sdk.Duration:
		return duration(0, 365*24*time.Hour)(v)
	case sdk.Int:
		n, wrong := whole(-1<<53, 1<<53)(v)
		return int64(n), wrong
	case sdk.Float:
		n, err := convert.Convert(v.Value, cty.Number)
		if err != nil {
			return nil, fmt.Sprintf("%s is not a number.", v)
		}
		f, _ := n.AsBigFloat().Float64()
		return f, ""
	case sdk.List:
		return trackerList(v, *t.Element)
	case sdk.Map:
		return trackerMap(v, *t.Element)
	}
	return nil, fmt.Sprintf("%s cannot be used here.", v)
}

func trackerList(v value, element sdk.Type) (any, string) {
	if !isList(v.Type()) {
		return nil, fmt.Sprintf("%s is no list. Write it in brackets.", v)
	}
	list := []any{}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		converted, wrong := trackerElement(value{e, v.at, v.hidden}, element)
		if wrong != "" {
			return nil, wrong
		}
		list = append(list, converted)
	}
	return list, ""
}

func trackerMap(v value, element sdk.Type) (any, string) {
	if !v.Type().IsObjectType() && !v.Type().IsMapType() {
		return nil, fmt.Sprintf("%s is no map. Write it in braces.", v)
	}
	all := map[string]any{}
	for it := v.ElementIterator(); it.Next(); {
		key, e := it.Element()
		converted, wrong := trackerElement(value{e, v.at, v.hidden}, element)
		if wrong != "" {
			return nil, wrong
		}
		all[key.AsString()] = converted
	}
	return all, ""
}
