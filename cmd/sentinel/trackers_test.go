package main

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// number is the file that the trackers of these tests read.
const number = "/run/app/number"

// fileTracker returns a tracker of that file, with these settings.
func fileTracker(weight int, settings ...string) string {
	text := fmt.Sprintf("tracker \"file\" \"app\" {\n  path = %q\n  weight = %d\n", number, weight)
	for _, setting := range settings {
		text += "  " + setting + "\n"
	}
	return text + "}\n"
}

// trackingFile makes a router track it.
const trackingFile = `track = [tracker.file.app]`

// remove removes a file of the node.
func (v *server) remove(path string) {
	v.site.t.Helper()
	if err := os.Remove(v.Path(path)); err != nil {
		v.site.t.Fatal(err)
	}
}

// A tracker that has nothing to say when the router starts: it is waited for, and
// what then counts is bad. Or whatever on_start says counts at once.
func TestTrackerOnStart(t *testing.T) {
	t.Parallel()
	t.Run("wait", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, 1)
		a := s.servers[0]
		began := time.Now()
		a.start(fileTracker(0) + vi1(150, trackingFile))
		a.waitLog(`msg="tracker cannot tell" tracker=tracker.file.app counts=unknown held=false`)
		fault := a.waitLog(toFault + `.* from=initialize to=fault reason="tracker:file.app: no verdict yet: `)
		if waited := fault.At.Sub(began); waited < time.Second-stampSlack {
			t.Errorf("in fault after %v", waited)
		}
		a.mustBe("without a verdict", a.instance("VI_1"), "fault", 150, 150, 0)
		a.mustTell("without a verdict", "explain VI_1", `tracker:file\.app must end: no verdict yet: .*/run/app`)
		s.mustSee(0, "advertisement", a.advertised(vrid))

		healed := time.Now()
		a.WriteFile(number, "0")
		a.waitLogSince(healed, toBackup+`.* from=fault to=backup reason=recovered`)
		mustNotBeEarlier(t, "start", healed, s.waitWire(a.advertised(vrid)).At, downInterval(150))
		s.waitHeld(vip, a)
		s.mustSee(0, "goodbye", a.resigned(vrid))
	})
	t.Run("initialize", func(t *testing.T) { // what is told while it waits
		t.Parallel()
		s := newSite(t, 1)
		a := s.servers[0]
		a.start(fileTracker(0) + vi1(150, trackingFile))
		a.waitLog(`msg="tracker cannot tell"`)
		if i := a.instance("VI_1"); i.State == "initialize" && i.Reason != "starting" { // unless the question took a second
			t.Errorf("while it waits: %q", i.Reason)
		}
		a.waitLog(toFault)
		a.mustLog(0, `from=initialize to=backup`)
	})
	t.Run("fail", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, 1)
		a := s.servers[0]
		a.start(fileTracker(0, `on_start = "fail"`) + vi1(150, trackingFile))
		a.waitLog(toFault + `.* from=initialize to=fault`)
		s.mustSee(0, "advertisement", a.advertised(vrid))
	})
	t.Run("pass", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, 1)
		a := s.servers[0]
		a.startActive(fileTracker(0, `on_start = "pass"`) + vi1(150, trackingFile))
		a.mustLog(0, toFault)
		a.mustTell("without a verdict", "status", `^VI_1 +active `, `^tracker\.file\.app +unknown +- +- +cannot tell: `)
		a.WriteFile(number, "1")
		a.waitLog(toFault + `.* from=active`)
		s.mustSee(1, "goodbye", a.resigned(vrid))
	})
}

// A file that was read and then is gone: what counts is what on_unknown says, for
// as long as it says.
func TestTrackerOnUnknown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, setting string
		said          []uint8 // on the wire, before the file comes back
		verdict       string
		held          bool
	}{
		{"hold", `on_unknown = "hold"`, []uint8{130}, "healthy", true},
		{"hold for a while", `hold_for = "400ms"`, []uint8{130, 100}, "unhealthy", false},
		{"fail", `on_unknown = "fail"`, []uint8{130, 100}, "unhealthy", false},
		{"pass", `on_unknown = "pass"`, []uint8{130}, "healthy", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, 1)
			a := s.servers[0]
			a.WriteFile(number, "3")
			a.startActive(fileTracker(10, c.setting) + vi1(100, trackingFile))
			gone := time.Now()
			a.remove(number)
			a.waitLog(`level=WARN msg="tracker cannot tell" tracker=tracker.file.app .* reason="/run/app/number: no such file"`)
			last := c.said[len(c.said)-1]
			e := s.waitWire(since(gone, of(last, a.advertised(vrid))))
			if c.name == "hold for a while" {
				mustNotBeEarlier(t, "the end of the hold", gone, e.At, 400*time.Millisecond)
			}
			eventually(t, "verdict "+c.verdict, func() bool {
				tracker := a.tracker("tracker.file.app")
				return tracker.Verdict == c.verdict && tracker.Held == c.held && tracker.Doubt != nil
			})
			a.mustTell("without the file", "status", `^tracker\.file\.app +`+c.verdict+map[bool]string{true: ` \(held\)`}[c.held]+` .* cannot tell: `)
			a.mustTell("without the file", "explain VI_1", `tracker\.file\.app: `+c.verdict+`, .*no such file`)
			s.mustHaveSaid(a, vrid, c.said...)

			a.WriteFile(number, "4")
			s.waitWire(of(140, a.advertised(vrid)))
			a.mustLog(0, `from=active`)
			s.mustHaveSaid(a, vrid, append(c.said, 140)...)
		})
	}
}

// Faults are a set: of two interfaces that are down one comes back, and the fault
// of the other stands.
func TestTwoInterfacesDown(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	a := s.add(lab.On("one"), lab.On("two"))
	a.startActive(trackers2 + vi1(150, `track = [tracker.interface.one, tracker.interface.two]`))
	a.Unplug("one")
	a.waitLog(toFault + `.* from=active`)
	a.Unplug("two")
	a.waitLog(`msg=fault router=VI_1 source=tracker:interface.two reason="eth2 has no carrier"`)
	a.mustTell("both are down", "status", `^  VI_1: fault for \S+: tracker:interface\.one: eth1 has no carrier$`,
		`^  VI_1: fault for \S+: tracker:interface\.two: eth2 has no carrier$`)

	one := time.Now()
	a.Plug("one")
	a.waitLogSince(one, `msg="fault is over" router=VI_1 source=tracker:interface.one remaining=1`)
	a.mustBe("one is back", a.instance("VI_1"), "fault", 150, 150, 0, 0)
	a.mustTell("one is back", "explain VI_1", `^  It can become active when every fault is over, .*\n +tracker:interface\.two must end: eth2 has no carrier\n`)
	time.Sleep(silence)
	a.mustLog(0, `from=fault`)

	two := time.Now()
	a.Plug("two")
	a.waitLogSince(two, `msg="fault is over" .* remaining=0`)
	a.waitLogSince(two, toActive)
	s.mustSee(1, "goodbye", a.resigned(vrid))
	s.waitHeld(vip, a)
}

// trackers2 are two trackers of interfaces.
const trackers2 = `
tracker "interface" "one" {
  interface = "eth1"
}
tracker "interface" "two" {
  interface = "eth2"
}
`

// Trackers that come, change and go with a reload.
func TestReloadTrackers(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(vi1(100))
	s.waitHeld(vip, a)

	// One that has nothing to say yet disturbs nobody, although its weight is 0.
	a.reload(fileTracker(0) + vi1(100, trackingFile))
	a.waitLog(`msg=reloaded changes="VI_1 updated \(track\); tracker.file.app added"`)
	a.waitLog(`msg="tracker cannot tell" tracker=tracker.file.app counts=unknown`)
	time.Sleep(1200 * time.Millisecond) // longer than one that starts would wait
	a.mustBe("a newcomer", a.instance("VI_1"), "active", 100, 100, 0)
	a.mustTell("a newcomer", "explain VI_1", `tracker\.file\.app: unknown, no verdict yet: `)
	a.mustLog(0, `from=active`)

	// What it says counts, and another weight and other rules do at once.
	a.WriteFile(number, "0")
	a.waitLog(`msg="tracker healthy" tracker=tracker.file.app`)
	a.WriteFile(number, "3")
	a.waitLog(toFault + `.* reason="tracker:file.app: /run/app/number holds 3"`)
	began := time.Now()
	a.reload(fileTracker(10) + vi1(100, trackingFile))
	a.waitLogSince(began, `msg="fault is over" router=VI_1 source=tracker:file.app remaining=0`)
	s.waitWire(since(began, of(130, a.advertised(vrid))))
	began = time.Now()
	a.reload(fileTracker(10) + vi1(100, trackingFile, `track_override "file" "app" { weight = 20 }`))
	s.waitWire(since(began, of(160, a.advertised(vrid))))
	a.waitLogSince(began, `msg=reloaded changes="VI_1 updated \(track\)"`)
	a.remove(number)
	a.waitLogSince(began, `msg="tracker cannot tell" .* held=true`)
	s.mustBeHeld(vip, a)
	began = time.Now()
	a.reload(fileTracker(20, `on_unknown = "fail"`) + vi1(100, trackingFile))
	s.waitWire(since(began, of(100, a.advertised(vrid))))
	a.mustLog(1, `from=active`) // the fault

	// A fault whose tracker is no longer wanted goes with it.
	a.WriteFile(number, "3")
	s.waitWire(since(began, of(160, a.advertised(vrid))))
	began = time.Now()
	a.reload(fileTracker(0) + vi1(100, trackingFile))
	a.waitLogSince(began, toFault+`.* from=active`)
	began = time.Now()
	a.reload(vi1(100))
	a.waitLogSince(began, `msg="fault is over" router=VI_1 source=tracker:file.app remaining=0`)
	a.waitLogSince(began, `msg=reloaded changes="VI_1 updated \(track\); tracker.file.app removed"`)
	a.waitLogSince(began, toActive)
	if status := a.status(); len(status.Trackers) != 0 {
		t.Errorf("trackers that are left: %+v", status.Trackers)
	}
	s.mustSee(2, "goodbye", a.resigned(vrid))
}

// One that no router tracks does not run, which is said.
func TestUnusedTracker(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(fileTracker(1, `initial_value = 5`) + vi1(100))
	a.mustLog(1, `^Warning: Never used$`)
	a.mustLog(1, `No track list has tracker\.file\.app, so that it does not run\.`)
	if _, err := os.Stat(a.Path(number)); !os.IsNotExist(err) || len(a.status().Trackers) != 0 {
		t.Errorf("it runs: %v, %+v", err, a.status().Trackers)
	}
}
