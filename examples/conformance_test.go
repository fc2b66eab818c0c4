package examples_test

import (
	"path/filepath"
	"testing"

	"github.com/sentinel-ha/sentinel/examples/examplestest"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/plugintest"
)

// Whoever starts from one of the examples starts from a plugin that keeps to the
// protocol.
func TestConformance(t *testing.T) {
	file := filepath.Join(t.TempDir(), "events")
	for name, c := range map[string]struct {
		program func(*testing.T) string
		cases   []plugintest.Case
	}{
		"custom-tracker": {
			func(t *testing.T) string { return examplestest.Build(t, "custom-tracker") },
			[]plugintest.Case{
				{Config: sdk.Values{"minimum": 100}, Want: plugintest.Verdict(sdk.Unhealthy)},
				{Config: sdk.Values{"path": "/no/such"}, Want: plugintest.Verdict(sdk.Unknown)},
				{Config: sdk.Values{"minimum": 0}, Want: plugintest.Refused("minimum")},
			},
		},
		"custom-notifier": {
			func(t *testing.T) string { return examplestest.Build(t, "custom-notifier") },
			[]plugintest.Case{{Config: sdk.Values{"file": file + ".jsonl"}, Want: plugintest.Delivered()}},
		},
		"notify-python": {
			func(t *testing.T) string { return examplestest.Python(t) },
			[]plugintest.Case{
				{Config: sdk.Values{"file": file}, Want: plugintest.Delivered()},
				{Config: sdk.Values{"file": "x"}, Want: plugintest.Refused("file")},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plugintest.RunFile(t, c.program(t), c.cases...)
		})
	}
}
