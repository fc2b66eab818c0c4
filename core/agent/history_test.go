package agent

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// TestHistoryKeepsTransitions: what explains the state outlives any number of
// changes of the priority.
func TestHistoryKeepsTransitions(t *testing.T) {
	var h history
	at := time.Unix(1000, 0)
	h.add(at, engine.Transition{Router: "VI_1", From: vrrp.Backup, To: vrrp.Active})
	for i := range 100 {
		at = at.Add(time.Second)
		h.add(at, engine.PriorityChanged{Router: "VI_1", Priority: priority.Compose(uint8(i), nil)})
		h.add(at, engine.TrackerChanged{Tracker: "tracker.file.app"})
	}
	list := h.of("VI_1", "tracker.file.app")
	if len(list) != 31 || !strings.Contains(list[0].Text, "backup -> active") {
		t.Errorf("%d: %v", len(list), list[0])
	}
}

// TestHistoryKeeps: what the configuration does not have any more takes no room.
func TestHistoryKeeps(t *testing.T) {
	var h history
	for _, name := range []string{"VI_1", "VI_2"} {
		h.add(time.Unix(1000, 0), engine.Transition{Router: name, From: vrrp.Backup, To: vrrp.Active})
		h.add(time.Unix(1001, 0), engine.FaultRaised{Router: name})
		h.add(time.Unix(1002, 0), engine.TrackerChanged{Tracker: "tracker.file." + name})
	}
	h.keep([]string{"VI_1", "tracker.file.VI_1"})
	if n := len(h.of("VI_1", "tracker.file.VI_1")); n != 3 {
		t.Errorf("%d events of what was kept", n)
	}
	if len(h.events) != 3 {
		t.Errorf("there are %v", slices.Sorted(maps.Keys(h.events)))
	}
}
