package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

const (
	// fast is the interval whose advertisements are watched, fastID and idleID the
	// identifiers of the routers that have it.
	fast           = 10 * time.Millisecond * slowdown
	fastID, idleID = 61, 62
	// lateness is how much later they may be beside all this: DESIGN 3.5.
	lateness = 2 * time.Millisecond * slowdown
)

// fastRouter is the router that is watched.
func fastRouter(id int, address string) string {
	return router("fast", `priority = 255`, fmt.Sprintf(`virtual_router_id = %d`, id), fmt.Sprintf(`advert_interval = "%v"`, fast),
		`virtual_addresses = ["`+address+`/24"]`)
}

// held is what is said of a tracker whose plugin has gone.
const held = `msg="tracker cannot tell" tracker=tracker.script.app counts=healthy held=true`

// chaos is what can go wrong with plugins and what they run.
var chaos = []struct {
	name, script string
	config       func() string
	disturb      func(a *server, lasts time.Duration)
}{
	{name: "nothing", script: "exit 0"},
	{name: "stopped", script: "exit 0", disturb: func(a *server, lasts time.Duration) {
		at := time.Now()
		sendTo(a.site.t, a.plugin("script"), syscall.SIGSTOP)
		a.waitLogSince(at, held)
		a.waitLogSince(at, `msg="tracker healthy" tracker=tracker.script.app`) // of another process
	}},
	{name: "killed in a loop", script: "exit 0", disturb: func(a *server, lasts time.Duration) {
		for began := time.Now(); time.Since(began) < lasts; time.Sleep(20 * time.Millisecond) {
			for _, p := range a.processes(" plugin-serve script") {
				sendTo(a.site.t, p.pid, syscall.SIGKILL)
			}
		}
		a.waitLog(held)
	}},
	{name: "forking", script: "for i in 1 2 3 4 5; do for j in 1 2 3 4 5; do sleep 0.3 & done; done; exit 0"},
	{name: "flooding lines", script: "yes | head -c 5000000; yes | head -c 5000000 >&2; exit 0"},
	{name: "flooding without lines", script: `head -c 5000000 /dev/zero | tr '\0' x; head -c 5000000 /dev/zero | tr '\0' x >&2; exit 0`},
	{name: "a hundred scripts", script: "exit 0", config: func() string {
		var b strings.Builder
		var names []string
		for i := range 100 {
			b.WriteString(block(fmt.Sprintf(`tracker "script" "s%d"`, i), `command = ["/usr/bin/true"]`,
				fmt.Sprintf(`interval = "%v"`, every), `timeout = "10s"`, `weight = -1`))
			names = append(names, fmt.Sprintf("tracker.script.s%d", i))
		}
		return b.String() + vi1(150, "track = ["+strings.Join(names, ", ")+"]")
	}},
	{name: "a hook that hangs", script: "exit 0", config: func() string {
		return hangingHook + scriptTracker(`weight = -50`) + vi1(150, trackingScript)
	}},
}

// Whatever plugins do, and what they run: beside them a router advertises every
// 10 ms as regularly as one on an idle server does at the same time, and nothing
// changes that no tracker asked for.
//
// This test has the machine to itself, as far as this package is concerned.
func TestPluginChaos(t *testing.T) {
	s, a, idle := newPair(t)
	const other = "192.0.2.121"
	idle.start(fastRouter(idleID, other))
	s.waitHeld(other, idle)
	a.stubborn(hang, "sleep "+daemonName()[len("httpd"):]+"0000")
	for _, c := range chaos {
		t.Run(c.name, func(t *testing.T) {
			a.program(check, c.script+"\n")
			config := scriptTracker(`weight = -50`) + vi1(150, trackingScript)
			if c.config != nil {
				config = c.config()
			}
			a.start(fastRouter(fastID, "192.0.2.120") + config)
			a.waitLog(toActive + ` router=VI_1`)
			s.waitWire(since(time.Now(), of(150, a.advertised(vrid))))
			began := time.Now()
			s.mustBeRegular(t, a, idle, c.disturb)
			s.mustBeHeld(vip, a)
			if said := s.seen(since(began, func(e lab.Event) bool { return a.advertised(vrid)(e) && e.Advert.Priority != 150 })); len(said) > 0 {
				t.Errorf("advertised %d instead of 150", said[0].Advert.Priority)
			}
			a.mustLog(0, `from=active`)
			a.mustLog(0, `msg="tracker unhealthy"`)
			a.agent.Signal(syscall.SIGKILL)
			<-a.agent.Exited()
			a.waitGone(reach, "")
			a.remove("/run/sentinel/notified.json")
		})
	}
	idle.mustLog(0, `from=active`)
}

// mustBeRegular demands that a server advertises as regularly as an idle one while
// it is disturbed. A time in which the machine was busy with something else is
// followed by another try: what delays advertisements does so each time.
func (s *site) mustBeRegular(t *testing.T, v, idle *server, disturb func(*server, time.Duration)) {
	t.Helper()
	const tries, lasts = 5, 1500 * time.Millisecond
	for try := 1; ; try++ {
		from := time.Now()
		if disturb == nil {
			time.Sleep(lasts)
		} else {
			disturb(v, lasts)
		}
		until := time.Now()
		during := func(match lab.Match) lab.Match {
			return since(from, func(e lab.Event) bool { return e.At.Before(until) && match(e) })
		}
		got, control := s.wire.Gaps(during(v.advertised(fastID))), s.wire.Gaps(during(idle.advertised(idleID)))
		t.Logf("gaps: median %v, p99 %v, max %v of %d; idle: %v, %v, %v of %d",
			got.P50, got.P99, got.Max, got.Count, control.P50, control.P99, control.Max, control.Count)
		if got.P50 <= control.P50+lateness && got.P99 <= control.P99+lateness {
			return
		}
		if try == tries {
			t.Errorf("advertisements are later than %v %d times", lateness, tries)
			return
		}
	}
}
