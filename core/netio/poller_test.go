package netio

import (
	"errors"
	"os"
	"sync"
	"testing"
	"time"
)

func newPoller(t testing.TB) *Poller {
	t.Helper()
	p, err := NewPoller()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// wait waits and returns how late it was, or how early if negative.
func wait(t testing.TB, p *Poller, until time.Time) time.Duration {
	t.Helper()
	if err := p.Wait(until); err != nil {
		t.Fatal(err)
	}
	return Clock{}.Now().Sub(until)
}

func TestWaitUntil(t *testing.T) {
	p := newPoller(t)
	for _, d := range []time.Duration{-time.Hour, 0, time.Microsecond, 3 * time.Millisecond, 20 * time.Millisecond} {
		if late := wait(t, p, Clock{}.Now().Add(d)); late < 0 || late > time.Hour+patience {
			t.Errorf("a wait of %v was %v late", d, late)
		}
	}
}

// The deadline is kept more exactly than by a Go timer, whose half a millisecond
// is the usual case. The bound leaves room for a busy machine.
func TestWaitPrecision(t *testing.T) {
	p := newPoller(t)
	best := time.Hour
	for range 50 {
		best = min(best, wait(t, p, Clock{}.Now().Add(3*time.Millisecond)))
	}
	if best > 400*time.Microsecond {
		t.Errorf("at best %v late", best)
	}
}

// A deadline that moves takes effect, to both sides, also after it has passed.
func TestWaitDeadlineMoves(t *testing.T) {
	p := newPoller(t)
	far, near := Clock{}.Now().Add(time.Hour), Clock{}.Now().Add(10*time.Millisecond)
	p.Wake()
	if late := wait(t, p, far); late > -time.Minute {
		t.Errorf("woken at %v", late)
	}
	if late := wait(t, p, near); late < 0 {
		t.Errorf("%v early", -late)
	}
	next := Clock{}.Now().Add(20 * time.Millisecond)
	if late := wait(t, p, next); late < 0 {
		t.Errorf("%v early, by the deadline before", -late)
	}
}

func TestWake(t *testing.T) {
	p := newPoller(t)
	p.Wake()
	p.Wake()
	wait(t, p, time.Time{}) // woken before
	if late := wait(t, p, Clock{}.Now().Add(10*time.Millisecond)); late < 0 {
		t.Errorf("woken a second time, %v early", -late)
	}
	var wakers sync.WaitGroup
	for range 100 {
		wakers.Go(p.Wake)
		wait(t, p, time.Time{}) // woken by another goroutine
		wakers.Wait()
	}
}

// No wake-up is lost: for each one that is called after the last wait returned,
// another wait returns.
func TestWakeIsNotLost(t *testing.T) {
	p := newPoller(t)
	const inputs = 20_000
	var mu sync.Mutex
	queued := 0
	go func() {
		for range inputs {
			mu.Lock()
			queued++
			mu.Unlock()
			p.Wake()
		}
	}()
	for seen := 0; seen < inputs; {
		if late := wait(t, p, Clock{}.Now().Add(patience)); late >= 0 {
			t.Fatalf("asleep with %d of %d inputs seen", seen, inputs)
		}
		mu.Lock()
		seen = queued
		mu.Unlock()
	}
}

func TestPollerClose(t *testing.T) {
	p := newPoller(t)
	result := make(chan error)
	go func() { result <- p.Wait(time.Time{}) }()
	time.Sleep(10 * time.Millisecond) // more likely while it sleeps
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-result:
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("Wait returned %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Wait does not return")
	}
	p.Wake() // nothing happens
	if err := p.Wait(time.Time{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Wait after Close returned %v", err)
	}
	if err := p.Close(); err == nil {
		t.Error("closed twice")
	}
}

func TestWaitDoesNotAllocate(t *testing.T) {
	p := newPoller(t)
	for name, f := range map[string]func(){
		"past":     func() { wait(t, p, Clock{}.Now()) },
		"woken":    func() { p.Wake(); wait(t, p, time.Time{}) },
		"deadline": func() { wait(t, p, Clock{}.Now().Add(100*time.Microsecond)) },
	} {
		if allocations := testing.AllocsPerRun(100, f); allocations != 0 {
			t.Errorf("%s: %v allocations", name, allocations)
		}
	}
}

func TestClock(t *testing.T) {
	clock := Clock{}
	a, b := clock.Now(), clock.Now()
	if b.Before(a) || a.Unix() <= 0 {
		t.Errorf("went from %v to %v", a, b)
	}
}
