package serve

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// byHand is what the plugin does when a person starts it. It returns the exit
// status.
func byHand(c *components, args []string, stdout, stderr io.Writer) int {
	name := "plugin"
	if len(args) > 0 {
		name = filepath.Base(args[0])
	}
	switch {
	case len(args) == 2 && args[1] == "describe":
		encoder := json.NewEncoder(stdout)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(c.description(name)); err != nil {
			fmt.Fprintln(stderr, err)
			return 1
		}
		return 0
	case len(args) == 2 && (args[1] == "help" || args[1] == "-h" || args[1] == "-help" || args[1] == "--help"):
		c.help(name, stdout)
		return 0
	}
	c.help(name, stderr)
	return 2
}

func (c *components) help(name string, w io.Writer) {
	fmt.Fprintf(w, "%s %s is a plugin of Sentinel, which starts it itself.\n", name, c.described.GetVersion())
	fmt.Fprintf(w, "Put it into plugin_dir, or try it with: sentinel plugin run ./%s\n\n", name)
	for _, t := range c.described.GetTrackers() {
		fmt.Fprintf(w, "  tracker %q: %s\n", t.GetName(), t.GetDoc())
	}
	for _, n := range c.described.GetNotifiers() {
		fmt.Fprintf(w, "  notify %q: %s\n", n.GetName(), n.GetDoc())
	}
	fmt.Fprintf(w, "\n  %s describe   print what can be configured, as JSON\n", name)
}

// description is the JSON that describe prints.
type description struct {
	Name      string       `json:"name"`
	Version   string       `json:"version"`
	SDK       string       `json:"sdk"`
	Protocol  int          `json:"protocol"`
	Trackers  []descriptor `json:"trackers"`
	Notifiers []descriptor `json:"notifiers"`
}

type descriptor struct {
	Type       string      `json:"type"`
	Doc        string      `json:"doc"`
	Polled     *bool       `json:"polled,omitempty"`
	Measures   *bool       `json:"measures,omitempty"`
	Attributes []attribute `json:"attributes"`
}

type attribute struct {
	Name     string   `json:"name"`
	Doc      string   `json:"doc"`
	Type     string   `json:"type"`
	Required bool     `json:"required"`
	Secret   bool     `json:"secret,omitempty"`
	Default  any      `json:"default,omitempty"`
	Min      any      `json:"min,omitempty"`
	Max      any      `json:"max,omitempty"`
	OneOf    []string `json:"one_of,omitempty"`
}

func (c *components) description(name string) description {
	d := description{
		Name: name, Version: c.described.GetVersion(), SDK: c.described.GetSdk(), Protocol: wire.Version,
		Trackers: []descriptor{}, Notifiers: []descriptor{},
	}
	for _, message := range c.described.GetTrackers() {
		t := c.trackers[message.GetName()]
		polled, measures := t.Polled(), t.Measures()
		d.Trackers = append(d.Trackers, descriptor{t.Name(), t.Doc(), &polled, &measures, attributes(t.Schema())})
	}
	for _, message := range c.described.GetNotifiers() {
		n := c.notifiers[message.GetName()]
		d.Notifiers = append(d.Notifiers, descriptor{Type: n.Name(), Doc: n.Doc(), Attributes: attributes(n.Schema())})
	}
	return d
}

func attributes(schema sdk.Schema) []attribute {
	list := []attribute{}
	for _, a := range schema.Attributes {
		list = append(list, attribute{
			a.Name, a.Doc, a.Type.String(), a.Required, a.Secret,
			printed(a.Default), printed(a.Min), printed(a.Max), a.OneOf,
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
