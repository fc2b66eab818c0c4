package serve

import (
	"encoding/json"
	"io"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// Description is what a plugin offers, in the JSON form that the plugin prints with the
// argument "describe", and `sentinel plugin describe -output json` prints of any plugin.
type Description struct {
	Schema    string       `json:"schema"`
	Name      string       `json:"name"`
	Version   string       `json:"version"`
	SDK       string       `json:"sdk"`
	Protocol  int          `json:"protocol"`
	Trackers  []Descriptor `json:"trackers"`
	Notifiers []Descriptor `json:"notifiers"`
}

// Descriptor describes one type of tracker or notifier. Polled and Measures are nil for
// notifiers.
type Descriptor struct {
	Type       string      `json:"type"`
	Doc        string      `json:"doc"`
	Polled     *bool       `json:"polled,omitempty"`
	Measures   *bool       `json:"measures,omitempty"`
	Attributes []Attribute `json:"attributes"`
}

// Attribute is an [sdk.Attribute]. Its Type is in words, and durations are strings such
// as "1m0s".
type Attribute struct {
	Name     string   `json:"name"`
	Doc      string   `json:"doc"`
	Type     string   `json:"type"`
	Required bool     `json:"required"`
	Secret   bool     `json:"secret,omitempty"`
	Default  any      `json:"default,omitempty"`
	Min      any      `json:"min,omitempty"`
	Max      any      `json:"max,omitempty"`
	OneOf    []string `json:"one_of,omitempty"`
	NotEmpty bool     `json:"not_empty,omitempty"`
	Events   bool     `json:"events,omitempty"`
}

// NewDescription returns the description of a plugin that offers nothing yet. sdk is what
// the plugin is written with, such as "go v0.1.0".
func NewDescription(name, version, sdk string) *Description {
	return &Description{
		Schema: "sentinel.plugin/1", Name: name, Version: version, SDK: sdk, Protocol: wire.Version,
		Trackers: []Descriptor{}, Notifiers: []Descriptor{},
	}
}

// AddTracker adds a type of tracker.
func (d *Description) AddTracker(t sdk.Tracker) {
	polled, measures := t.Polled(), t.Measures()
	d.Trackers = append(d.Trackers, Descriptor{t.Name(), t.Doc(), &polled, &measures, attributes(t.Schema())})
}

// AddNotifier adds a type of notifier.
func (d *Description) AddNotifier(n sdk.Notifier) {
	d.Notifiers = append(d.Notifiers, Descriptor{Type: n.Name(), Doc: n.Doc(), Attributes: attributes(n.Schema())})
}

// Write writes the description as indented JSON.
func (d *Description) Write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(d)
}

func attributes(schema sdk.Schema) []Attribute {
	list := []Attribute{}
	for _, a := range schema.Attributes {
		list = append(list, Attribute{
			a.Name, a.Doc, a.Type.String(), a.Required, a.Secret,
			printed(a.Default), printed(a.Min), printed(a.Max), a.OneOf, a.NotEmpty, a.Events,
		})
	}
	return list
}

// printed is a value as one would type it.
func printed(value any) any {
	if d, ok := value.(time.Duration); ok {
		return d.String()
	}
	return value
}
