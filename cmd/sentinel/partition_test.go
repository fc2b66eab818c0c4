package main

import (
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

// Parted, both serve: VRRP chooses availability. When they hear each other again
// one is left, and tells the neighbours, some of which know the other.
func TestPartition(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.startActive(vi1(150))
	b.startBackup(vi1(100))
	s.Partition(lab.DefaultSegment, []*labtest.Node{a.Node}, []*labtest.Node{b.Node})
	b.waitLog(toActive)
	s.waitHeld(vip, a, b)

	healed := time.Now()
	s.Unite(lab.DefaultSegment)
	b.waitLog(toBackup + `.* from=active to=backup reason="192.0.2.1 has priority 150, higher than our 100"`)
	s.waitHeld(vip, a)
	s.waitWire(since(healed, a.announced(vip)))
	a.waitLogSince(healed, `msg="announcing addresses".* reason=conflict`)
	a.mustLog(1, `level=WARN msg="peer disagrees" router=VI_1 peer=192.0.2.2 setting=active reason="192.0.2.2 is active too, with priority 100; ours is 150"`)
	time.Sleep(silence)
	s.mustBeHeld(vip, a)
	a.mustLog(0, `from=active`)
	b.mustLog(1, toActive)
}

// A cable that passes one direction only: two are active as long as it lasts,
// whichever direction that is, and one afterwards.
func TestOneWayCut(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]func(a, b *server){
		"mute": func(a, _ *server) { a.Cut(lab.From) },
		"deaf": func(_, b *server) { b.Cut(lab.To) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, a, b := newPair(t)
			a.startActive(vi1(150))
			b.startBackup(vi1(100))
			cut(a, b)
			b.waitLog(toActive)
			s.waitHeld(vip, a, b)
			// The better one hears the other all the time, and is not impressed.
			a.waitLog(`msg="peer disagrees".* setting=active`)
			time.Sleep(silence)
			s.mustBeHeld(vip, a, b)

			healed := time.Now()
			s.HealAll()
			b.waitLogSince(healed, toBackup)
			s.waitHeld(vip, a)
			s.waitWire(since(healed, a.announced(vip)))
			time.Sleep(silence)
			s.mustBeHeld(vip, a)
			a.mustLog(1, `msg="peer disagrees"`)
			b.mustLog(1, toActive)
		})
	}
}

// Every second frame is lost. The protocol expects to miss some: an election that
// this starts is over soon, and there is one server in the end.
func TestLoss(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.startActive(vi1(150))
	b.startBackup(vi1(100))
	a.Loss(50, lab.Both)
	time.Sleep(2 * time.Second)
	s.HealAll()
	s.waitHeld(vip, a)
	time.Sleep(silence)
	s.mustBeHeld(vip, a)
	a.mustLog(0, `from=active`)
	t.Logf("takeovers with half of the frames lost: %d", len(lines(b.agent, toActive)))
}
