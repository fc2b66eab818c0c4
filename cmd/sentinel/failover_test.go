package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// kill -9 of the active agent: the backup takes over after Active_Down_Interval.
// The dead one's kernel keeps the address until an agent starts there again; that
// one first cleans up and then takes part in the election as any other.
func TestKill(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.startActive(vi1(150))
	b.startBackup(vi1(100))

	a.kill()
	took := s.waitWire(b.advertised(vrid))
	mustNotBeEarlier(t, "takeover", s.last(a.advertised(vrid)).At, took.At, downInterval(100))
	b.waitLog(toActive + `.* reason="active router 192.0.2.1 silent for [\d.]+s" priority=100 peer=192.0.2.1`)
	s.waitWire(since(took.At, b.announced(vip)))

	s.waitHeld(vip, a, b)
	t.Log("after kill -9 two nodes hold the address, and will until the guard exists")
	if record, err := os.ReadFile(a.Path("/run/sentinel/addresses.json")); err != nil || !strings.Contains(string(record), vip) {
		t.Errorf("the record of the dead agent: %s, %v", record, err)
	}

	again := time.Now()
	a.startActive(vi1(150))
	removed := a.waitAddress(again, vip, false)
	back := s.waitWire(since(again, a.advertised(vrid)))
	mustComeBefore(t, "clean up, then take over", removed.At, back.At)
	mustNotBeEarlier(t, "preemption", again, back.At, downInterval(150))
	a.mustLog(1, `level=WARN .*removed what an earlier process had left: 192.0.2.100/24 on eth0`)
	a.mustLog(1, toActive+`.* reason="preempting 192.0.2.2: our priority 150 is higher than 100" priority=150 peer=192.0.2.2`)
	b.waitLogSince(again, toBackup+`.* from=active to=backup reason="192.0.2.1 has priority 150, higher than our 100"`)
	s.waitHeld(vip, a)
	s.waitWire(since(back.At, a.announced(vip)))
}

// What a dead agent has left is removed though the next one cannot start, or not yet:
// the peer has the address by then. What a living one has is left alone.
func TestKillAndNoStart(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	const removed = `level=WARN .*removed what an earlier process had left: 192.0.2.100/24 on eth0`
	invalid := vi1(150, `nonsense = 1`)
	t.Run("invalid", func(t *testing.T) {
		a.startActive(vi1(150))
		s.waitHeld(vip, a)
		living := a.agent
		a.start(invalid)
		if status := ends(t, a.agent); status != exitFailed {
			t.Errorf("beside a living agent: exit status %d", status)
		}
		s.mustBeHeld(vip, a)
		a.mustLog(0, removed)

		living.Kill()
		<-living.Exited()
		a.start(invalid)
		if status := ends(t, a.agent); status != exitFailed {
			t.Errorf("exit status %d", status)
		}
		s.mustBeHeld(vip)
		a.mustLog(1, removed)
	})
	t.Run("plugin that does not start", func(t *testing.T) {
		a.startActive(vi1(150))
		s.waitHeld(vip, a)
		a.kill()
		a.program(dropIns+"/sentinel-tracker-late", "exec sleep 1000\n")
		a.start("plugin \"tracker\" \"late\" {\n  start_timeout = \"60s\"\n}\n" +
			"tracker \"late\" \"x\" {}\n" + vi1(150, `track = [tracker.late.x]`))
		s.waitHeld(vip)
		a.mustLog(1, removed)
		a.mustLog(0, `msg=starting`)
		a.stop()
	})
}

// Three servers, of which the best living one serves.
func TestThreeServers(t *testing.T) {
	t.Parallel()
	s := newSite(t, 3)
	a, b, c := s.servers[0], s.servers[1], s.servers[2]
	a.startActive(vi1(200))
	b.startBackup(vi1(150))
	c.startBackup(vi1(100))

	a.die()
	second := s.waitWire(b.advertised(vrid))
	mustNotBeEarlier(t, "first takeover", s.last(a.advertised(vrid)).At, second.At, downInterval(150))
	s.waitHeld(vip, a, b) // the dead one's kernel has it, where nobody can reach it
	b.die()
	third := s.waitWire(c.advertised(vrid))
	mustNotBeEarlier(t, "second takeover", s.last(b.advertised(vrid)).At, third.At, downInterval(100))
	s.waitHeld(vip, a, b, c)

	// They come back in the same order.
	a.resurrect(vi1(200))
	a.waitLog(toActive)
	b.resurrect(vi1(150))
	b.waitLog(`msg="peer heard".* peer=192.0.2.1 priority=200`)
	s.waitHeld(vip, a)
	c.waitLog(toBackup + `.* from=active`)
	// Nothing but what was done to the servers moved the address: b came back as
	// backup and stayed it, and c gave up once.
	b.mustLog(0, toActive)
	c.mustLog(1, toActive)
	a.stop()
	b.waitLog(toActive + `.* reason="active router 192.0.2.1 resigned"`)
	s.waitHeld(vip, b)
}

// die is the death of the machine: nothing comes from it any more, and what came
// last was delivered.
func (v *server) die() {
	v.site.t.Helper()
	v.Node.Kill()
	v.Cut(lab.Both)
}

// resurrect is a machine that is switched on again. Its kernel, being still the
// same one, has the addresses that a new one would not have.
func (v *server) resurrect(config string) {
	v.site.t.Helper()
	v.Heal()
	v.start(config)
}
