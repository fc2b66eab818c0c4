package main

import (
	"testing"
	"time"
)

// frozenFor is how long these tests freeze an agent: the others have long decided
// by then, and so does it when it is thawed.
const frozenFor = 10 * interval

// The active agent is frozen, as on a paused virtual machine, and the other takes
// over. Thawed, it learns of that before it speaks; having the higher priority it
// takes the address back and announces it again.
func TestFrozenActive(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.startActive(vi1(150))
	b.startBackup(vi1(100))
	a.agent.Freeze()
	took := s.waitWire(b.advertised(vrid))
	mustNotBeEarlier(t, "takeover", s.last(a.advertised(vrid)).At, took.At, downInterval(100))
	s.waitHeld(vip, a, b) // a frozen agent cannot let go
	time.Sleep(frozenFor)

	thawed := time.Now()
	a.agent.Thaw()
	b.waitLogSince(thawed, toBackup+`.* from=active to=backup reason="192.0.2.1 has priority 150`)
	s.waitHeld(vip, a)
	s.waitWire(since(thawed, a.announced(vip)))
	time.Sleep(silence)
	s.mustBeHeld(vip, a)
	a.mustLog(1, toActive) // it never stopped being active
	b.mustLog(1, toActive)
	// The periods that it slept through are not made up for.
	if burst := len(s.seen(since(thawed, a.advertised(vrid)))); burst > int(time.Since(thawed)/interval)+5 {
		t.Errorf("%d advertisements in %v", burst, time.Since(thawed))
	}
}

// Without preemption it yields: whoever took over meanwhile had every right to.
func TestFrozenActiveYields(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.startActive(vi1(150, `preempt = false`))
	b.startBackup(vi1(100, `preempt = false`))
	a.agent.Freeze()
	b.waitLog(toActive)
	time.Sleep(frozenFor)
	thawed := time.Now()
	a.agent.Thaw()
	a.waitLogSince(thawed, toBackup+`.* from=active to=backup reason="we stalled for .* and 192.0.2.2 took over"`)
	s.waitHeld(vip, b)
	time.Sleep(silence)
	s.mustBeHeld(vip, b)
	b.mustLog(0, `from=active`)
	s.mustSee(0, "advertisement after the thaw", since(thawed, a.advertised(vrid)))
}

// A backup that was frozen finds its timer expired, and the advertisements that
// would have prevented it waiting to be read: it does not take over.
func TestFrozenBackup(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.startActive(vi1(150))
	b.startBackup(vi1(100))
	for range 3 {
		b.agent.Freeze()
		time.Sleep(frozenFor)
		b.agent.Thaw()
		time.Sleep(silence)
	}
	s.mustSee(0, "advertisement of a backup", b.advertised(vrid))
	b.mustLog(0, `from=backup`)
	a.mustLog(0, `from=active`)
	s.mustBeHeld(vip, a)
}

// An agent that was frozen for long and that nobody replaced goes on, and tells
// the neighbours again.
func TestFrozenAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(vi1(150))
	a.agent.Freeze()
	time.Sleep(frozenFor)
	thawed := time.Now()
	a.agent.Thaw()
	first := s.waitWire(since(thawed, a.advertised(vrid)))
	// It listens for an interval first. (The thaw is a moment after the time taken.)
	mustNotBeEarlier(t, "first word after the thaw", thawed, first.At, interval)
	s.waitWire(since(thawed, a.announced(vip)))
	a.waitLog(`msg="announcing addresses".* reason="after a stall"`)
	a.mustLog(0, `from=active`)
}
