package agent

import (
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/plugins"
	"github.com/sentinel-ha/sentinel/trackers"
)

// A router waits for a plugin as long as that may take to start, and for a tracker
// of our own no longer than it says.
func TestStartWait(t *testing.T) {
	a := &agent{}
	c := &catalog{settings: []config.Plugin{{Kind: "tracker", Type: plugins.Trackers()[0].Name(), StartTimeout: 20 * time.Second}}}
	a.catalog.Store(c)
	rules := priority.Rules{StartWait: time.Second}
	s := a.setup(&config.Config{Trackers: []config.Tracker{
		{Type: plugins.Trackers()[0], Rules: rules}, {Type: plugins.Trackers()[1], Rules: rules}, {Type: trackers.All()[0], Rules: rules},
	}})
	for i, want := range []time.Duration{21 * time.Second, 6 * time.Second, time.Second} {
		if got := s.Trackers[i].StartWait; got != want {
			t.Errorf("%s: %v, want %v", s.Trackers[i].Name, got, want)
		}
	}
}
