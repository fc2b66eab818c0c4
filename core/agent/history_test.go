package agent

import (
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
