package priority_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/priority"
)

// TestFaultsAreASet: two interfaces that fail are two that must come back, in
// whatever order. (keepalived 2.3.3 to 2.4.3 keeps one bit for all of them.)
func TestFaultsAreASet(t *testing.T) {
	var faults priority.Faults
	start := time.Unix(1000, 0)
	if faults.String() != "" {
		t.Errorf("the zero value has faults: %v", faults.String())
	}
	set := func(at time.Time, source, reason string) bool {
		fault, changed := faults.Set(at, source, reason)
		if fault.Source != source || fault.Reason != reason {
			t.Errorf("Set(%q, %q) returned %+v", source, reason, fault)
		}
		return changed
	}
	if !set(start, "interface:eth0", "no carrier") || !set(start.Add(1), "interface:eth1", "down") {
		t.Error("a new fault is no change")
	}
	if set(start.Add(2), "interface:eth0", "no carrier") || !set(start.Add(2), "interface:eth0", "does not exist") {
		t.Error("only another reason is a change")
	}
	want := []priority.Fault{
		{Source: "interface:eth0", Reason: "does not exist", Since: start},
		{Source: "interface:eth1", Reason: "down", Since: start.Add(1)},
	}
	if diff := cmp.Diff(want, faults.List()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, ok := faults.Clear("interface:eth0"); !ok || faults.String() != "interface:eth1: down" {
		t.Errorf("one interface came back, and the faults are %q", faults.String())
	}
	if _, ok := faults.Clear("interface:eth0"); ok {
		t.Error("cleared twice")
	}
	if _, ok := faults.Clear("interface:eth1"); !ok || faults.Has("interface:eth1") {
		t.Error("the last fault did not go")
	}
}
