package pluginhost

import (
	"testing"
	"time"
)

func TestPauses(t *testing.T) {
	p := &past{Pauses: Pauses{Deaths: 100}.withDefaults()}
	now := time.Unix(0, 0)
	for i, most := range []time.Duration{250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000} {
		most *= time.Millisecond
		now = now.Add(time.Minute)
		if pause, broken := p.died(now, time.Second); pause < most/2 || pause > most || broken {
			t.Errorf("death %d: %v, want at most %v", i, pause, most)
		}
	}
	if pause, _ := p.died(now, 2*time.Minute); pause != 0 {
		t.Errorf("after a long life: %v", pause)
	}
	if pause, _ := p.died(now, 10*time.Minute); pause != 0 {
		t.Errorf("after a very long life: %v", pause)
	}
	if pause, _ := p.died(now, time.Second); pause > 250*time.Millisecond {
		t.Errorf("the pauses do not begin anew: %v", pause)
	}
}

func TestTooOften(t *testing.T) {
	p := &past{Pauses: Pauses{}.withDefaults()}
	now := time.Unix(0, 0)
	for i := range 8 {
		now = now.Add(time.Second)
		if pause, broken := p.died(now, time.Second); broken != (i >= 4) || broken && pause != 2*time.Minute {
			t.Errorf("death %d: %v, %v", i, pause, broken)
		}
	}
	now = now.Add(2 * time.Minute)
	if _, broken := p.died(now, time.Minute); broken {
		t.Error("broken for ever")
	}
}
