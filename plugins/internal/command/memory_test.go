package command

import (
	"os"
	"strconv"
	"testing"
)

// TestBadness: what a check runs is as bad as the plugin when memory is short, and what
// is meant to last as good as Sentinel.
func TestBadness(t *testing.T) {
	own, err := badnessOf(os.Getpid())
	must(t, err)
	parents, err := badnessOf(os.Getppid())
	must(t, err)
	defer func() { _ = setBadness(own) }()
	must(t, setBadness(1000))
	for _, c := range []struct {
		lasting bool
		want    int
	}{{false, 1000}, {true, parents}} {
		r := Run(t.Context(), Spec{Args: []string{"/bin/cat", "/proc/self/oom_score_adj"}, Lasting: c.lasting})
		if r.lastLine() != strconv.Itoa(c.want) {
			t.Errorf("lasting %v: %v, want %d", c.lasting, r, c.want)
		}
		if now, err := badnessOf(os.Getpid()); now != 1000 {
			t.Errorf("the plugin has %d afterwards: %v", now, err)
		}
	}
}
