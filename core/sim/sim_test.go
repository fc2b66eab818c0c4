package sim_test

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/core/sim"
)

var (
	seed      = flag.Uint64("seed", 0, "play this seed only, and print its story")
	schedules = flag.Int("schedules", 3000, "how many schedules to play")
	firstSeed = flag.Uint64("first", 1, "the first seed")
)

// TestSchedules plays a few thousand schedules. To see one that failed again:
//
//	go test ./core/sim -run TestSchedules -seed N -v
func TestSchedules(t *testing.T) {
	if *seed != 0 {
		report(t, sim.Run(*seed))
		if !t.Failed() {
			t.Log("\n" + strings.Join(sim.Trace(*seed), "\n"))
		}
		return
	}
	for i := range *schedules {
		if v := sim.Run(*firstSeed + uint64(i)); v != nil {
			report(t, v)
			return
		}
	}
}

func report(t *testing.T, v *sim.Violation) {
	t.Helper()
	if v != nil {
		t.Errorf("%s\n%v\n(see it again: go test ./core/sim -run TestSchedules -seed %d -v)",
			strings.Join(v.Trace, "\n"), v, v.Seed)
	}
}

// TestReplay: the same seed tells the same story, byte for byte.
func TestReplay(t *testing.T) {
	for seed := range uint64(50) {
		first, second := sim.Trace(seed), sim.Trace(seed)
		if len(first) < 20 {
			t.Errorf("seed %d: only %d lines: %s", seed, len(first), first)
		}
		if !slices.Equal(first, second) {
			t.Errorf("seed %d told two stories", seed)
		}
	}
}
