package plugintest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/host"
)

// Case is a configuration and the outcome that is expected of it.
type Case struct {
	// Name is for messages. Empty: "case" and its number.
	Name string
	// Type is the name of the type. It may be empty if only one type of the plugin can be
	// meant: Want says whether that is a tracker or a notifier, unless it is [Refused].
	Type string
	// Config are the values by attribute; any Go type that fits will do, such as an
	// int for a number.
	Config sdk.Values
	// Interval and Timeout are those of a polled tracker, Timeout also that of a
	// delivery. 0: 1 s, and 10 s for a delivery.
	Interval, Timeout time.Duration
	// Event is what a notifier is given. The zero value: an instance becomes active.
	// Of any other, ID, Kind (a transition) and Time (now) are filled in if missing.
	Event sdk.Event
	// Want is the outcome that is expected.
	Want Want
}

// Want is the outcome that is expected of a [Case]. Make one with [Verdict],
// [Delivered], [Retried], [Rejected] or [Refused]; the zero value fails.
type Want struct {
	what      string
	verdict   sdk.Verdict
	attribute string
}

// What is wanted, in the words of the messages.
const (
	verdict   = "verdict"
	delivered = "delivered"
	retried   = "not delivered, and to be tried again"
	rejected  = "rejected"
	refused   = "refused"
)

// Verdict expects a tracker whose first sample has this verdict.
func Verdict(v sdk.Verdict) Want { return Want{what: verdict, verdict: v} }

// Delivered expects a notifier that returns no error for the event.
func Delivered() Want { return Want{what: delivered} }

// Retried expects a notifier that fails, without [sdk.Reject].
func Retried() Want { return Want{what: retried} }

// Rejected expects a notifier that fails with [sdk.Reject].
func Rejected() Want { return Want{what: rejected} }

// Refused expects the configuration to be refused because of an attribute, by the schema
// or by Validate.
func Refused(attribute string) Want { return Want{what: refused, attribute: attribute} }

// kind returns what is meant, "tracker" or "notify", empty if it can be both.
func (w Want) kind() string {
	switch w.what {
	case verdict:
		return "tracker"
	case delivered, retried, rejected:
		return "notify"
	}
	return ""
}

// String returns the outcome as it is called in messages.
func (w Want) String() string {
	switch w.what {
	case verdict:
		return w.verdict.String()
	case refused:
		return fmt.Sprintf("refused because of %q", w.attribute)
	case "":
		return "nothing"
	}
	return w.what
}

// isAbout reports whether an error is of the attribute that is to be refused.
func (w Want) isAbout(err error) bool {
	about, ok := errors.AsType[*sdk.AttributeError](err)
	return ok && about.Attribute == w.attribute
}

// try tries the case.
func (c *Case) try(ctx context.Context, s *subject) error {
	p, err := s.host(ctx)
	if err != nil {
		return err
	}
	of, err := c.find(&s.description)
	if err != nil {
		return err
	}
	values := typed(c.Config, of.Schema)
	if err = of.Schema.Check(values); err == nil {
		err = of.asks(ctx, p, values)
	}
	switch {
	case c.Want.what == refused && slices.ContainsFunc(sdk.Problems(err), c.Want.isAbout):
		return nil
	case err != nil:
		return fmt.Errorf("the configuration is refused: %w; want %v", err, c.Want)
	case c.Want.what == refused:
		return fmt.Errorf("the configuration is not refused; want %v", c.Want)
	case of.kind == "tracker":
		return c.track(ctx, p, of, values)
	}
	return c.deliver(ctx, p, of, values)
}

// find returns the type that the case is about.
func (c *Case) find(d *host.Description) (*trial, error) {
	var list []trial
	for _, t := range d.Trackers {
		list = append(list, trial{"tracker", t})
	}
	for _, t := range d.Notifiers {
		list = append(list, trial{"notify", t})
	}
	var found []trial
	for _, t := range list {
		if (c.Type == "" || c.Type == t.Name) && (c.Want.kind() == "" || c.Want.kind() == t.kind) {
			found = append(found, t)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%d types of the plugin can be meant by type %q that is wanted to be %v, and it must be one", len(found), c.Type, c.Want)
	}
	return &found[0], nil
}

func (c *Case) track(ctx context.Context, p *host.Plugin, of *trial, values sdk.Values) error {
	s := sdk.Schedule{Interval: cmp.Or(c.Interval, time.Second)}
	s.Timeout = cmp.Or(c.Timeout, s.Interval)
	r, _, err := first(ctx, p, of.Name, values, s, s.Timeout+longestCheck)
	switch {
	case err != nil:
		return err
	case c.Want.what != verdict || r.Verdict != c.Want.verdict:
		return fmt.Errorf("%v: %s; want %v", r.Verdict, r.Reason, c.Want)
	}
	return nil
}

func (c *Case) deliver(ctx context.Context, p *host.Plugin, of *trial, values sdk.Values) error {
	event := testEvent()
	if !reflect.ValueOf(c.Event).IsZero() {
		standard := event
		event = c.Event
		event.ID, event.Kind = cmp.Or(event.ID, standard.ID), cmp.Or(event.Kind, standard.Kind)
		event.Time = cmp.Or(event.Time, standard.Time)
	}
	err := deliver(ctx, p, of.Name, values, event, cmp.Or(c.Timeout, deliveryTimeout))
	got := delivered
	switch {
	case sdk.IsRejected(err):
		got = rejected
	case err != nil:
		got = retried
	}
	if got != c.Want.what {
		return fmt.Errorf("%s: %v; want %v", got, err, c.Want)
	}
	return nil
}
