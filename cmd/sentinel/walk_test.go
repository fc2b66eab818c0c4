package main

import (
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// The tests of this file are the examples of the same names, as two servers run
// them, and what can be seen meanwhile: on the wire, and in the agents' answers.

// leisurely is the interval of the examples.
const leisurely = time.Second

// ownHTTPD gives the process of an example a name of a server's own.
func ownHTTPD(t *testing.T, name, process string) string {
	t.Helper()
	return example(t, name, `process = "httpd"`, `process = "`+process+`"`)
}

// examples/track-process: httpd is worth 10 points. 254 without it is 244, and 250
// is more.
func TestTrackProcess(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	httpd, other := daemonName(), daemonName()
	running := a.daemon(httpd)
	b.daemon(other)
	a.startActive(ownHTTPD(t, "track-process", httpd), "-node", "server1")
	b.startBackup(ownHTTPD(t, "track-process", other), "-node", "server2")

	s.waitHeld(vip, a)
	a.mustBe("before", a.instance("VI_1"), "active", 244, 254, 10)
	b.mustBe("before", b.instance("VI_1"), "backup", 240, 250, 10)
	a.mustTell("before", "status",
		`^VI_1 +active +\S+ +254 = 244\+10 +self +192\.0\.2\.100/24 +no active router heard for [\d.]+s$`,
		`^tracker\.process\.httpd +healthy +\S+ +- +1 process `+httpd+` \(pid \d+\)$`)
	a.mustTell("before", "explain VI_1",
		`^VI_1 has been active for \S+: no active router heard for [\d.]+s$`,
		` tracker\.process\.httpd healthy: 1 process `+httpd+` \(pid \d+\)$`,
		` backup -> active: no active router heard for`,
		`^ +244  base priority\n +\+10  tracker\.process\.httpd: healthy, .* \(weight 10\)\n +254  effective$`,
		`It stays active until it hears a priority above 254,`,
		`without the good word of tracker\.process\.httpd its priority would be 244$`)
	b.mustTell("before", "status", `^VI_1 +backup +\S+ +250 = 240\+10 +192\.0\.2\.1 \(254\) +- +startup$`)
	b.mustTell("before", "explain VI_1",
		`It becomes active when 192\.0\.2\.1 is silent for 3\.02s, or resigns\.$`,
		`Or when its priority is above 254: it is 250, 5 too low\.$`)

	e := a.mustBePrompt("httpd has ended", leisurely, 244, running.Kill)
	s.mustMove(e.At, a, b, 250)
	a.waitLog(toBackup + `.* reason="192.0.2.2 has priority 250, higher than our 244"`)
	a.mustBe("during", a.instance("VI_1"), "backup", 244, 244, 0)
	b.mustBe("during", b.instance("VI_1"), "active", 240, 250, 10)
	a.mustTell("during", "status",
		`^VI_1 +backup +\S+ +244 +192\.0\.2\.2 \(250\) +- +192\.0\.2\.2 has priority 250, higher than our 244$`,
		`^tracker\.process\.httpd +unhealthy +\S+ +- +no process `+httpd+`$`)
	a.mustTell("during", "explain VI_1",
		` tracker\.process\.httpd unhealthy: no process `+httpd+`$`,
		` priority 254 -> 244$`,
		` active -> backup: 192\.0\.2\.2 has priority 250, higher than our 244$`,
		`^ +244  base priority\n +\+0  tracker\.process\.httpd: unhealthy, no process `+httpd+` \(weight 10\)\n +244  effective$`,
		`Or when its priority is above 250: it is 244, 7 too low\.\n +with the good word of tracker\.process\.httpd it would be 254$`)
	b.mustTell("during", "status",
		`^VI_1 +active +\S+ +250 = 240\+10 +self +192\.0\.2\.100/24 +preempting 192\.0\.2\.1: our priority 250 is higher than 244$`)
	b.mustTell("during", "explain VI_1", ` heard 192\.0\.2\.1: priority 244, every 1s$`)

	again := time.Now()
	a.daemon(httpd)
	s.mustMove(again, b, a, 254)
	b.waitLog(toBackup + `.* from=active`)
	a.mustBe("after", a.instance("VI_1"), "active", 244, 254, 10)
	b.mustBe("after", b.instance("VI_1"), "backup", 240, 250, 10)
	a.mustTell("after", "status", `^VI_1 +active +\S+ +254 = 244\+10 +self .* preempting 192\.0\.2\.2: our priority 254 is higher than 250$`)
	a.mustTell("after", "explain VI_1", ` priority 244 -> 254 = 244 \+ 10 tracker\.process\.httpd$`, `^ +254  effective$`)
	b.mustTell("after", "status", `^VI_1 +backup +\S+ +250 = 240\+10 +192\.0\.2\.1 \(254\) +- `)
	s.mustHaveSaid(a, vrid, 254, 244, 254)
	s.mustHaveSaid(b, vrid, 250)
}

// examples/track-file: what is in the file is added. 5 is enough to win, 6 is said
// at once, and what is no number changes nothing.
func TestTrackFile(t *testing.T) {
	t.Parallel()
	const file = "/run/my_app/vrrp_track_file"
	s, a, b := newPair(t)
	for _, v := range s.servers {
		v.Run("mkdir", "/run/my_app")
	}
	b.startActive(example(t, "track-file"), "-node", "server2")
	a.startBackup(example(t, "track-file"), "-node", "server1")
	a.mustBe("before", a.instance("VI_1"), "backup", 244, 244, 0)
	a.mustTell("before", "status", `^VI_1 +backup +\S+ +244 +192\.0\.2\.2 \(245\) `,
		`^tracker\.file\.app +healthy +\S+ +0 `)
	a.mustTell("before", "explain VI_1", `its priority is above 245: it is 244, 2 too low\.\n`+
		` +tracker\.file\.app, now \+0, would have to come to \+2$`)
	if got := a.Run("cat", file); got != "0\n" {
		t.Errorf("the initial value: %q", got)
	}

	began := time.Now()
	a.WriteFile(file, "5\n")
	s.mustMove(began, b, a, 249)
	b.waitLog(toBackup + `.* from=active`)
	a.mustBe("with 5", a.instance("VI_1"), "active", 244, 249, 5)
	a.mustBePrompt("6 is written", leisurely, 250, func() { a.WriteFile(file, "6\n") })
	a.mustBe("with 6", a.instance("VI_1"), "active", 244, 250, 6)
	a.mustTell("with 6", "status", `^VI_1 +active +\S+ +250 = 244\+6 +self `, `^tracker\.file\.app +healthy +\S+ +6 `)
	a.mustTell("with 6", "explain VI_1", ` priority 249 -> 250 = 244 \+ 6 tracker\.file\.app$`,
		`^ +244  base priority\n +\+6  tracker\.file\.app: healthy, .*vrrp_track_file holds 6 \(weight 1\)\n +250  effective$`,
		`without the \+6 of tracker\.file\.app its priority would be 244$`)

	a.Run("rm", file)
	a.waitLog(`level=WARN msg="tracker cannot tell" tracker=tracker.file.app counts=healthy held=true`)
	a.mustBe("without a file", a.instance("VI_1"), "active", 244, 250, 6)
	a.mustTell("without a file", "status", `^tracker\.file\.app +healthy \(held\) +\S+ +6 +cannot tell: .*vrrp_track_file`)
	a.mustTell("without a file", "explain VI_1", `\+6  tracker\.file\.app: .*held: .*no such file`)
	if tracker := a.tracker("tracker.file.app"); !tracker.Held || tracker.Doubt == nil || *tracker.Value != 6 {
		t.Errorf("without a file: %+v", tracker)
	}

	e := a.mustBePrompt("0 is written", leisurely, 244, func() { a.WriteFile(file, "0\n") })
	s.mustMove(e.At, a, b, 245)
	a.waitLogSince(e.At, toBackup+`.* from=active`)
	a.mustBe("after", a.instance("VI_1"), "backup", 244, 244, 0)
	s.mustHaveSaid(a, vrid, 249, 250, 244)
	s.mustHaveSaid(b, vrid, 245)
}

// examples/track-interface: the network behind is worth 5 points.
func TestTrackInterface(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	a, b := s.add(lab.On("backend")), s.add(lab.On("backend"))
	for _, v := range s.servers {
		v.Run("ip", "link", "set", "eth1", "down")
		v.Run("ip", "link", "set", "eth1", "name", "ens9")
		v.Run("ip", "link", "set", "ens9", "up")
	}
	a.startActive(example(t, "track-interface"), "-node", "server1")
	s.waitHeld(vip, a)
	b.startBackup(example(t, "track-interface"), "-node", "server2")
	a.mustBe("before", a.instance("VI_1"), "active", 244, 249, 5)
	a.mustTell("before", "status", `^VI_1 +active +\S+ +249 = 244\+5 +self `, `^tracker\.interface\.backend +healthy `)
	a.mustTell("before", "explain VI_1", `^ +\+5  tracker\.interface\.backend: healthy, .* \(weight 5\)$`,
		`without the good word of tracker\.interface\.backend its priority would be 244$`)

	e := a.mustBePrompt("ens9 is unplugged", leisurely, 244, func() { a.Unplug("backend") })
	s.mustMove(e.At, a, b, 245)
	a.waitLog(toBackup + `.* from=active`)
	a.mustBe("during", a.instance("VI_1"), "backup", 244, 244, 0)
	a.mustTell("during", "status", `^VI_1 +backup +\S+ +244 +192\.0\.2\.2 \(245\) `, `^tracker\.interface\.backend +unhealthy +\S+ +- +ens9 `)
	a.mustTell("during", "explain VI_1", `with the good word of tracker\.interface\.backend it would be 249$`)

	plugged := time.Now()
	a.Plug("backend")
	s.mustMove(plugged, b, a, 249)
	a.mustBe("after", a.instance("VI_1"), "active", 244, 249, 5)
	e = a.mustBePrompt("ens9 is set down", leisurely, 244, func() { a.Run("ip", "link", "set", "ens9", "down") })
	a.Run("ip", "link", "set", "ens9", "up")
	s.waitWire(since(e.At, of(249, a.advertised(vrid))))
	s.mustHaveSaid(a, vrid, 249, 244, 249, 244, 249)
	s.mustHaveSaid(b, vrid, 245)
}

// examples/track-fault: without its process a server has no priority at all. It
// says so once, gives the address away after that, and comes back through backup.
func TestTrackFault(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	httpd, other := daemonName(), daemonName()
	running := a.daemon(httpd)
	b.daemon(other)
	a.startActive(ownHTTPD(t, "track-fault", httpd), "-node", "server1")
	b.startBackup(ownHTTPD(t, "track-fault", other), "-node", "server2")
	s.waitHeld(vip, a)
	a.mustBe("before", a.instance("VI_1"), "active", 150, 150, 0)
	a.mustTell("before", "status", `^VI_1 +active +\S+ +150 +self `)
	a.mustTell("before", "explain VI_1", `tracker\.process\.httpd unhealthy would be a fault$`)

	goodbye := a.mustBePrompt("httpd has ended", leisurely, 0, running.Kill)
	gone := a.waitAddress(goodbye.At.Add(-stampSlack), vip, false)
	mustComeBefore(t, "goodbye, then no address", goodbye.At, gone.At)
	took := s.waitWire(since(goodbye.At, of(100, b.advertised(vrid))))
	mustNotBeEarlier(t, "takeover", goodbye.At, took.At, 600*time.Millisecond) // skew of 100
	s.mustMove(goodbye.At, a, b, 100)
	a.mustBe("during", a.instance("VI_1"), "fault", 150, 150, 0)
	a.mustTell("during", "status",
		`^VI_1 +fault +\S+ +150 +192\.0\.2\.2 \(100\) +- +.*tracker:process\.httpd: no process `+httpd+`$`,
		`^  VI_1: fault for \S+: tracker:process\.httpd: no process `+httpd+`$`)
	a.mustTell("during", "explain VI_1", ` active -> fault: .*no process `+httpd+`$`,
		`tracker\.process\.httpd: unhealthy, no process `+httpd+`: a fault$`,
		`It can become active when every fault is over, and returns through backup:\n +tracker:process\.httpd must end: no process `+httpd+`$`)
	if faults := a.instance("VI_1").Priority.Faults; len(faults) != 1 || faults[0].Source != "tracker:process.httpd" {
		t.Errorf("faults: %+v", faults)
	}

	again := time.Now()
	a.daemon(httpd)
	a.waitLogSince(again, `msg="fault is over" router=VI_1 source=tracker:process.httpd remaining=0`)
	a.waitLogSince(again, toBackup+`.* from=fault to=backup`)
	s.mustMove(again, b, a, 150)
	a.mustBe("after", a.instance("VI_1"), "active", 150, 150, 0)
	a.mustTell("after", "explain VI_1", ` fault tracker:process\.httpd is over, 0 remaining$`, ` fault -> backup: `,
		` backup -> active: preempting 192\.0\.2\.2: our priority 150 is higher than 100$`)
	s.mustSee(1, "goodbye", a.resigned(vrid))
	s.mustHaveSaid(a, vrid, 150, 0, 150)
	s.mustHaveSaid(b, vrid, 100)
}
