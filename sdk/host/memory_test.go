package host_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

// TestMemory: when memory is short a plugin is never taken after us.
func TestMemory(t *testing.T) {
	const own = "/proc/self/oom_score_adj"
	before, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.WriteFile(own, before, 0) }()
	for _, c := range []struct{ own, want string }{{"499\n", "500\n"}, {"1000\n", "1000\n"}} {
		if err := os.WriteFile(own, []byte(c.own), 0); err != nil {
			netnstest.NotRun(t, fmt.Sprintf("we may not be better off than %s: %v", before, err))
		}
		p := launched(t, options(t, "good"))
		got, err := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", p.Pid()))
		if err != nil || string(got) != c.want {
			t.Errorf("ours is %q, the plugin's %q, want %q: %v", c.own, got, c.want, err)
		}
	}
}
