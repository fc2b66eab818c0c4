package vrrp_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// TestTimers checks the formulas of RFC 9568 and RFC 3768, section 6.1, with
// exact values: keepalived's figures, which are in microseconds, round to them.
func TestTimers(t *testing.T) {
	tests := []struct {
		version, priority uint8
		interval          time.Duration
		skew, down        time.Duration
	}{
		{3, 100, time.Second, 609375 * time.Microsecond, 3609375 * time.Microsecond},
		{3, 254, time.Second, 7812500, 3007812500},
		{3, 1, time.Second, 996093750, 3996093750},
		{3, 255, time.Second, 3906250, 3003906250},
		{3, 100, 10 * time.Millisecond, 6093750, 36093750},
		{3, 101, 10 * time.Millisecond, 6054687, 36054687},
		{3, 100, 40950 * time.Millisecond, 24953906250, 147803906250},
		{2, 100, time.Second, 609375 * time.Microsecond, 3609375 * time.Microsecond},
		{2, 100, 255 * time.Second, 609375 * time.Microsecond, 765609375 * time.Microsecond},
	}
	for _, test := range tests {
		if skew := vrrp.SkewTime(test.version, test.priority, test.interval); skew != test.skew {
			t.Errorf("SkewTime(v%d, %d, %v) = %d ns, want %d", test.version, test.priority, test.interval, skew, test.skew)
		}
		if down := vrrp.ActiveDownInterval(test.version, test.priority, test.interval); down != test.down {
			t.Errorf("ActiveDownInterval(v%d, %d, %v) = %d ns, want %d", test.version, test.priority, test.interval, down, test.down)
		}
	}
}

// TestTickIsIdempotent: early and repeated ticks do nothing.
func TestTickIsIdempotent(t *testing.T) {
	config := vrrp.Config{Version: 3, Priority: 255, AdvertInterval: time.Second, Announce: vrrp.Announce{Repeat: 1}}
	r := vrrp.NewRouter(&config, 0)
	now := time.Unix(1000, 0)
	r.Start(now, time.Time{})
	for _, after := range []time.Duration{0, time.Millisecond, 999 * time.Millisecond} {
		if actions := r.Tick(now.Add(after)); len(actions) != 0 {
			t.Errorf("tick after %v: %v", after, actions)
		}
	}
	if actions := r.Tick(now.Add(time.Second)); len(actions) != 1 {
		t.Errorf("tick after 1s: %v", actions)
	}
	if actions := r.Tick(now.Add(time.Second)); len(actions) != 0 {
		t.Errorf("the same tick again: %v", actions)
	}
}

// TestNoAllocation: neither advertising nor following costs the collector
// anything.
func TestNoAllocation(t *testing.T) {
	config := vrrp.Config{Version: 3, Priority: 100, AdvertInterval: time.Second, Preempt: true, Announce: vrrp.Announce{Repeat: 1}}
	now := time.Unix(1000, 0)
	active, backup := vrrp.NewRouter(&config, 0), vrrp.NewRouter(&config, 0)
	active.Start(now, time.Time{})
	backup.Start(now, time.Time{})
	now = now.Add(4 * time.Second)
	active.Tick(now)
	peer := netip.MustParseAddr("192.0.2.1")
	n := testing.AllocsPerRun(100, func() {
		now = now.Add(time.Second)
		for _, action := range active.Tick(now) {
			backup.Receive(now, vrrp.Heard{Source: peer, Priority: action.Priority, Interval: time.Second, At: now})
		}
	})
	if n != 0 {
		t.Errorf("%v allocations per advertisement", n)
	}
}
