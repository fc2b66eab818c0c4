package main

import (
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// silence is how long these tests listen for a takeover that must not happen:
// several times what it would take.
const silence = 12 * interval

// A better router takes over from a living one, without waiting longer than for a
// dead one.
func TestPreempt(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	b.startActive(vi1(100))
	s.waitHeld(vip, b)
	began := time.Now()
	a.start(vi1(150))
	took := s.waitWire(a.advertised(vrid))
	mustNotBeEarlier(t, "preemption", began, took.At, downInterval(150))
	a.waitLog(toActive + `.* reason="preempting 192.0.2.2: our priority 150 is higher than 100"`)
	b.waitLog(toBackup + `.* from=active to=backup reason="192.0.2.1 has priority 150, higher than our 100".* peer=192.0.2.1`)
	s.waitHeld(vip, a)
	s.waitWire(since(took.At, a.announced(vip)))
	// To yield is not to resign: with priority 0 a third router could take over.
	s.mustSee(0, "goodbye", b.resigned(vrid))
	// A planned change of hands is no conflict.
	a.mustLog(0, `level=WARN`)
	b.mustLog(0, `level=WARN`)
}

// preempt = false: a living router is left alone, a dead one replaced as ever.
func TestNoPreempt(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	b.startActive(vi1(100))
	s.waitHeld(vip, b)
	a.startBackup(vi1(150, `preempt = false`))
	time.Sleep(silence)
	s.mustSee(0, "advertisement of a backup", a.advertised(vrid))
	s.mustBeHeld(vip, b)
	b.die()
	took := s.waitWire(a.advertised(vrid))
	mustNotBeEarlier(t, "takeover", s.last(b.advertised(vrid)).At, took.At, downInterval(150))
	a.waitLog(toActive + `.* reason="active router 192.0.2.2 silent for`)
}

// preempt_delay counts from the first advertisement of a lower priority.
func TestPreemptDelay(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	b.startActive(vi1(100))
	s.waitHeld(vip, b)
	const delay = time.Second
	began := time.Now()
	a.start(vi1(150, `preempt_delay = "1s"`))
	took := s.waitWire(a.advertised(vrid))
	// The last advertisement that was obeyed came at most an interval before the
	// delay was over, and then the down timer ran out.
	mustNotBeEarlier(t, "delayed preemption", began, took.At, delay-interval+downInterval(150))
	a.waitLog(toActive + `.* reason="preempting 192.0.2.2`)
	s.waitHeld(vip, a)

	// It does not delay the takeover from a router that has died.
	again := time.Now()
	a.stop()
	b.waitLogSince(again, toActive)
	a.startBackup(vi1(150, `preempt_delay = "1h"`))
	b.die()
	gone := s.last(b.advertised(vrid)).At
	took = s.waitWire(since(gone, a.advertised(vrid)))
	mustNotBeEarlier(t, "takeover", gone, took.At, downInterval(150))
	s.waitHeld(vip, a, b)
}

// At equal priorities an active router is not disturbed, whatever its address.
// When both are active, the higher address wins.
func TestEqualPriorities(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.startActive(vi1(100))
	s.waitHeld(vip, a)
	b.startBackup(vi1(100))
	time.Sleep(silence)
	s.mustBeHeld(vip, a)
	b.mustLog(0, toActive)

	a.Cut(lab.Both)
	b.waitLog(toActive)
	s.waitHeld(vip, a, b)
	healed := time.Now()
	a.Heal()
	a.waitLog(toBackup + `.* from=active to=backup reason="192.0.2.2 has our priority 100 and the higher address"`)
	s.waitHeld(vip, b)
	// The neighbours may have learned the address of the loser.
	s.waitWire(since(healed, b.announced(vip)))
	time.Sleep(silence)
	s.mustBeHeld(vip, b)
	b.mustLog(1, toActive)
}

// startup_delay holds the first election, even an owner's.
func TestStartupDelay(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	began := time.Now()
	a.start(`agent { startup_delay = "700ms" }` + "\n" + vi1(255))
	took := s.waitWire(a.advertised(vrid))
	mustNotBeEarlier(t, "first advertisement of an owner", began, took.At, 700*time.Millisecond)
	s.waitHeld(vip, a)
}
