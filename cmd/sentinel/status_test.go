package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/api"
)

// A status for people has a line for each plugin that is not well, and for what is
// wrong with plugin_dir; and none for what is as it should be.
func TestStatusPlugins(t *testing.T) {
	now := time.Now()
	since := now.Add(-3 * time.Second)
	for _, tt := range []struct {
		state string
		since *time.Time
		want  string
	}{
		{"missing", nil, "  plugin x: missing: why\n"},
		{"unreadable", nil, "  plugin x: unreadable: why\n"},
		{"refused", nil, "  plugin x: refused: why\n"},
		{"unused", nil, ""},
		{"hook", nil, ""},
		{"ignored", nil, ""},
		{"running", &since, ""},
		{"starting", &since, "  plugin x: starting for 3s: why\n"},
		{"waiting", &since, "  plugin x: waiting for 3s: why\n"},
		{"broken", &since, "  plugin x: broken for 3s: why\n"},
	} {
		s := api.Status{Now: now}
		var without, with bytes.Buffer
		writeStatus(&without, &s)
		s.Plugins = []api.Plugin{{Name: "x", State: tt.state, Since: tt.since, Reason: "why"}}
		writeStatus(&with, &s)
		if got := with.String()[without.Len():]; got != tt.want {
			t.Errorf("%s: %q, want %q", tt.state, got, tt.want)
		}
	}
}
