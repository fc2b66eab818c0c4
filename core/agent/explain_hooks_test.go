package agent

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/notify"
	"github.com/sentinel-ha/sentinel/sdk"
)

// TestHookTroubles: the hooks of an instance and of its group that are not well are
// worded, and no others.
func TestHookTroubles(t *testing.T) {
	ago := func(d time.Duration) *time.Time { return new(time.Now().Add(-d)) }
	ours, group := notify.Subject{Name: "VI_1"}, notify.Subject{Group: true, Name: "G1"}
	active := &sdk.Event{Kind: sdk.Transition, To: "active"}
	got := hookTroubles([]notify.QueueStatus{
		{Block: "well", Subject: ours, State: "idle"},
		{Block: "failed", Subject: ours, State: "idle", LastError: "exit 1", LastErrorAt: ago(2 * time.Minute)},
		{Block: "asks", Subject: ours, State: "retrying", Event: active, Next: ago(-2 * time.Minute), LastError: "exit 75"},
		{Block: "due", Subject: ours, State: "retrying", Event: active, Next: ago(time.Second)},
		{Block: "runs", Subject: group, State: "delivering", Event: &sdk.Event{Kind: sdk.PriorityChange, To: "active"}, Since: ago(time.Hour)},
		{Block: "hangs", Subject: group, State: "overdue", Event: active, Since: ago(3 * time.Hour), Pending: 2, LastError: "timed out after 1h0m0s"},
		{Block: "other", Subject: notify.Subject{Name: "G1"}, State: "idle", LastError: "x", LastErrorAt: ago(time.Minute)},
		{Block: "other's", Subject: notify.Subject{Group: true, Name: "VI_1"}, State: "idle", LastError: "x", LastErrorAt: ago(time.Minute)},
	}, "VI_1", &group.Name)
	want := []string{
		"failed of vrrp.VI_1 failed 2m0s ago, and is not tried again until there is something new: exit 1",
		"asks of vrrp.VI_1 has not been told active, and is tried again in 2m0s; it failed: exit 75",
		"due of vrrp.VI_1 has not been told active, and is tried again in 0s",
		"runs of sync_group.G1 has been running for 1h0m0s, told priority",
		"hangs of sync_group.G1 has been running for 3h0m0s, told active, and does not end in time; 2 more wait; it failed: timed out after 1h0m0s",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
