package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/sdk/probe/probetest"
)

// A script fails and recovers: the first result counts at once, then it takes fall
// failures and rise successes in a row, and the priority is on the wire.
func TestScriptRiseFall(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.program(check, obedient)
	a.WriteFile(outcome, "0\n")
	a.startActive(scriptTracker(`rise = 2`, `fall = 3`, `weight = -50`, goodUntilTold) + vi1(150, trackingScript))
	a.waitLog(`msg="tracker healthy"`)
	b.startBackup(vi1(120))
	s.waitHeld(vip, a)
	a.mustBe("before", a.instance("VI_1"), "active", 150, 150, 0)
	a.mustTell("before", "status", `^tracker\.script\.app +healthy +\S+ +- +exit 0: as told, 0$`)

	a.WriteFile(runs, "") // after the run of now, at worst
	a.WriteFile(outcome, "3\n")
	s.waitWire(of(100, a.advertised(vrid)))
	if failures := strings.Count(a.text(runs), "3\n"); failures < 3 {
		t.Errorf("lowered after %d failures", failures)
	}
	s.mustMove(time.Now().Add(-reach), a, b, 120)
	a.waitLog(toBackup + `.* from=active`)
	a.mustBe("during", a.instance("VI_1"), "backup", 150, 100, -50)
	a.mustTell("during", "status", `^tracker\.script\.app +unhealthy +\S+ +- +exit 3: as told, 3$`)
	a.mustTell("during", "explain VI_1", `^ +-50  tracker\.script\.app: unhealthy, exit 3: as told, 3 \(weight -50\)$`)

	again := time.Now()
	a.WriteFile(runs, "")
	a.WriteFile(outcome, "0\n")
	s.waitWire(since(again, of(150, a.advertised(vrid))))
	if successes := strings.Count(a.text(runs), "0\n"); successes < 2 {
		t.Errorf("raised after %d successes", successes)
	}
	s.mustMove(again, b, a, 150)
	s.mustHaveSaid(a, vrid, 150, 100, 150)
	b.mustLog(1, toActive)
}

// Failures that do not come in a row count for nothing.
func TestScriptStreak(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(check, `n=0; read n < /run/count; n=$(((n + 1) % 3)); echo $n > /run/count; echo x >> /run/runs; [ $n = 0 ]`+"\n")
	a.WriteFile("/run/count", "2\n")
	a.startActive(scriptTracker(`fall = 3`, `weight = -50`, goodUntilTold) + vi1(150, trackingScript))
	eventually(t, "a dozen runs", func() bool { return len(a.text(runs)) >= 24 })
	s.mustHaveSaid(a, vrid, 150)
	a.mustLog(0, `msg="tracker unhealthy"`)
}

// The script of examples/script-nginx looks for a process.
func TestScriptNginx(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	nginx, other := daemonName(), daemonName()
	server := a.daemon(nginx)
	b.daemon(other)
	own := func(name string) string {
		return example(t, "script-nginx", `"nginx"]`, `"`+name+`"]`, `"2s"`, `"500ms"`)
	}
	a.startActive(own(nginx), "-node", "server1")
	b.startBackup(own(other), "-node", "server2")
	s.waitHeld(vip, a)
	a.mustBe("before", a.instance("VI_1"), "active", 150, 150, 0)

	at := time.Now()
	server.Kill()
	s.waitWire(since(at, of(100, a.advertised(vrid))))
	s.mustMove(at, a, b, 120)
	a.mustTell("during", "status", `^tracker\.script\.nginx +unhealthy +\S+ +- +exit 1: `+nginx+`: no process found$`)
	at = time.Now()
	a.daemon(nginx)
	s.mustMove(at, b, a, 150)
	s.mustHaveSaid(a, vrid, 150, 100, 150)
	s.mustHaveSaid(b, vrid, 120)
}

// examples/script-ping: who cannot reach the gateway any more gives the address
// away. What keeps it from that is what its README says.
func TestScriptPing(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	gateway := s.add()
	config := example(t, "script-ping", "192.168.1.254", gateway.ip, `"1s"`, fmt.Sprintf(`"%v"`, interval))
	a.startActive(config, "-node", "server1")
	b.startBackup(config, "-node", "server2")
	s.waitHeld(vip, a)
	a.mustTell("before", "status", `^tracker\.script\.gateway +healthy +\S+ +- +exit 0: rtt .*$`)

	at := time.Now()
	a.Run("ip", "route", "add", "blackhole", gateway.ip)
	a.waitLog(toFault + `.* from=active to=fault reason="tracker:script.gateway: exit 2: `)
	s.mustMove(at, a, b, 100)
	at = time.Now()
	a.Run("ip", "route", "del", "blackhole", gateway.ip)
	a.waitLogSince(at, toBackup+`.* from=fault to=backup reason=recovered`)
	s.mustMove(at, b, a, 150)
	s.mustHaveSaid(a, vrid, 150, 0, 150)
	b.mustLog(0, toFault)
}

// Without a weight a script that fails is a fault.
func TestScriptFault(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.program(check, obedient)
	a.WriteFile(outcome, "0\n")
	a.startActive(scriptTracker() + vi1(150, trackingScript))
	b.startBackup(vi1(100))
	at := time.Now()
	a.WriteFile(outcome, "1\n")
	a.waitLog(toFault + `.* from=active to=fault reason="tracker:script.app: exit 1: as told, 1"`)
	s.mustMove(at, a, b, 100)
	s.mustSee(1, "goodbye", a.resigned(vrid))
	again := time.Now()
	a.WriteFile(outcome, "0\n")
	a.waitLogSince(again, toBackup+`.* from=fault to=backup reason=recovered`)
	s.mustMove(again, b, a, 150)
	s.mustHaveSaid(a, vrid, 150, 0, 150)
}

// A script that cannot be executed when the agent starts has no verdict. With a
// weight the worse value counts meanwhile; without one the router waits, and not
// for ever.
func TestScriptMissing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		weight, state string
		effective     int
		values        []int
	}{
		"weight": {"-50", "active", 100, []int{-50}},
		"fault":  {"0", "fault", 150, []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, 1)
			a := s.servers[0]
			a.start(scriptTracker(`timeout = "1s"`, "weight = "+c.weight) + vi1(150, trackingScript))
			const missing = "cannot be executed: /run/check: no such file or directory"
			a.waitLog(`msg="tracker cannot tell" tracker=tracker.script.app counts=unknown held=false reason="(` + missing + `|the plugin cannot be started)`)
			eventually(t, missing, func() bool {
				doubt := a.tracker("tracker.script.app").Doubt
				return doubt != nil && *doubt == missing
			})
			a.waitLog(map[string]string{"active": toActive, "fault": toFault}[c.state])
			if c.state == "active" {
				s.waitHeld(vip, a)
			}
			a.mustBe("without the script", a.instance("VI_1"), c.state, 150, c.effective, c.values...)
			a.WriteFile(outcome, "0\n")
			a.program(check, obedient)
			s.waitWire(of(150, a.advertised(vrid)))
			s.waitHeld(vip, a)
		})
	}
}

// A script that has failed, and not yet often enough, is seen to fail.
func TestScriptFallSeen(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(check, obedient)
	a.WriteFile(outcome, "0\n")
	a.startActive(scriptTracker(`fall = 1000`) + vi1(150, trackingScript))
	a.WriteFile(outcome, "1\n")
	const fails = `now unhealthy, \d+ of 1000 times in a row: exit 1: as told, 1$`
	eventually(t, "it to fail", func() bool { return strings.Contains(a.answer("status"), "as told, 1") })
	a.mustTell("while it fails", "status", `^tracker\.script\.app +healthy .*exit 0: as told, 0; `+fails)
	a.mustTell("while it fails", "explain VI_1", `^    tracker\.script\.app is `+fails)
	s.mustBeHeld(vip, a)
}

// While a router waits for what its script says first, it can be asked for how long.
func TestScriptAwaited(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(check, "while [ ! -e /run/go ]; do sleep 0.05; done\n")
	a.start(scriptTracker(`timeout = "1h"`) + vi1(150, trackingScript))
	eventually(t, "it to wait", func() bool {
		text, _ := a.ask("explain", "VI_1")
		return strings.Contains(text, "Who has said nothing")
	})
	a.mustTell("while the script runs", "explain VI_1", `^  It waits for the first verdict of tracker\.script\.app\.\n  Who has said nothing in (1h0m[0-9]s|59m\d+s) counts as unhealthy\.$`)
	a.WriteFile("/run/go", "")
	s.waitHeld(vip, a)
}

// A script that was executed, and then cannot be any more: what it said is held.
func TestScriptUnknown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		away   func(a *server)
		reason string
	}{
		"deleted":        {func(a *server) { a.remove(check) }, `cannot be executed: /run/check: no such file or directory`},
		"not executable": {func(a *server) { a.Run("chmod", "a-x", check) }, `cannot be executed: /run/check is not executable: chmod +x /run/check`},
		"no interpreter": {func(a *server) {
			a.Run("sed", "-i", "s=^#!.*=#!/no/such=", check)
		}, `cannot be executed: /run/check: its interpreter /no/such, which its first line names, does not exist`},
		"edited on Windows": {func(a *server) {
			a.Run("sed", "-i", `s=$=\r=`, check)
		}, `cannot be executed: /run/check: its lines end as in files of Windows, so that its interpreter is \"/bin/sh\\r\", which does not exist: sed -i 's/[[:cntrl:]]$//' /run/check`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, 1)
			a := s.servers[0]
			a.program(check, obedient)
			a.WriteFile(outcome, "0\n")
			a.startActive(scriptTracker() + vi1(150, trackingScript))
			a.waitLog(`msg="tracker healthy"`)
			at := time.Now()
			c.away(a)
			doubt := a.waitLogSince(at, `level=WARN msg="tracker cannot tell" tracker=tracker.script.app counts=healthy held=true`)
			if !strings.Contains(doubt.Text, c.reason) {
				t.Errorf("not %q: %s", c.reason, doubt.Text)
			}
			if tracker := a.tracker("tracker.script.app"); !tracker.Held || tracker.Doubt == nil || tracker.Verdict != "healthy" {
				t.Errorf("held: %+v", tracker)
			}
			a.mustTell("while it cannot tell", "explain VI_1", `^    tracker\.script\.app cannot tell: healthy is held until it can, as hold_for is not set$`)
			a.program(check, obedient)
			a.waitLogSince(doubt.At, `msg="tracker healthy"`)
			a.mustLog(0, `from=active`)
			s.mustHaveSaid(a, vrid, 150)
			s.mustBeHeld(vip, a)
		})
	}
}

// A reload changes a tracker while its script runs, which takes a while to end: the
// next run does not begin before, or it would find the lock taken.
func TestScriptAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(check, `trap "sleep 0.3; exit 0" TERM
exec 9> /run/lock; flock -n 9 || { echo "another one runs"; exit 1; }
echo x >> /run/runs
while [ -e /run/long ]; do sleep 0.05; done
`)
	config := func(interval string) string {
		return scriptTracker(`timeout = "30s"`, interval) + vi1(150, trackingScript)
	}
	a.startActive(config(`interval = "1s"`))
	a.WriteFile("/run/long", "")
	again := func() {
		t.Helper()
		before := len(a.text(runs))
		eventually(t, "another run", func() bool { return len(a.text(runs)) > before })
	}
	again()
	for _, interval := range []string{"2s", "3s"} {
		a.reload(config(fmt.Sprintf("interval = %q", interval)))
		again()
	}
	a.remove("/run/long")
	again()
	a.mustLog(0, `another one runs|msg="tracker (unhealthy|cannot tell)"|`+toFault)
	s.mustHaveSaid(a, vrid, 150)
}

// A script has no file that whoever started the agent had open, such as the lock of
// flock(1), which a service that it starts would hold for ever.
func TestScriptDescriptors(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(check, `[ ! -e /proc/$$/fd/7 ]`+"\n")
	a.configure(scriptTracker() + vi1(150, trackingScript))
	a.agent = a.Start(with("sh", []string{"-c", `exec 7> /run/held; exec "$@"`, "sh"}, "agent", "-config", configFile))
	a.waitLog(toActive)
	s.waitHeld(vip, a)
}

// A script on a file system that does not answer any more is unknown, and the others
// go on.
func TestScriptDeadFile(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	const dead = "/run/dead"
	a.program(check, obedient)
	a.program(dead, "echo x >> "+dead+".runs\n")
	a.WriteFile(outcome, "0\n")
	other := block(`tracker "script" "dead"`, `command = ["/run/dead"]`, `interval = "1s"`, `timeout = "2s"`)
	a.startActive(scriptTracker(`weight = -50`) + other + vi1(150, `track = [tracker.script.app, tracker.script.dead]`))
	// A shell that is just about to open it would stand still, and its check be over time.
	ran := len(a.text(dead + ".runs"))
	eventually(t, "a run, long before the next", func() bool { return len(a.text(dead+".runs")) > ran })
	mend := probetest.Dead(t, a.Path(dead))
	a.waitLog(`msg="tracker cannot tell" tracker=tracker.script.dead counts=healthy held=true reason="cannot be executed: /run/dead cannot be opened: no answer for `)
	at := time.Now()
	a.WriteFile(outcome, "3\n")
	s.waitWire(since(at, of(100, a.advertised(vrid))))
	mended := time.Now()
	mend()
	a.waitLogSince(mended, `msg="tracker healthy" tracker=tracker.script.dead`)
	a.mustLog(0, `msg="tracker cannot tell" tracker=tracker.script.app`)
	s.mustHaveSaid(a, vrid, 150, 100)
}

// A script that does not end in time is unhealthy, and killed with its children,
// even if it does not listen.
func TestScriptTimeout(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	child := "sleep " + daemonName()[len("httpd"):] + "0000"
	a.program(check, "[ -e /run/hang ] || exit 0\ntrap '' TERM\n"+child+" & while :; do "+child+"; done\n")
	a.startActive(scriptTracker(`timeout = "1s"`) + vi1(150, trackingScript))
	at := time.Now()
	a.WriteFile("/run/hang", "")
	eventually(t, "the child", func() bool { return len(a.processes(child)) > 0 })
	a.waitLogSince(at, toFault+`.* reason="tracker:script.app: .*1s`)
	a.remove("/run/hang")
	a.waitLogSince(at, `msg="fault is over"`)
	a.waitGone(reach, child)
	a.waitGone(reach, check)
	s.mustHaveSaid(a, vrid, 150, 0)
	s.waitHeld(vip, a)
}

// A script that never ends in time and does not listen to SIGTERM is unhealthy after
// as many intervals as one that listens.
func TestScriptIgnoresTERM(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(check, "[ -e /run/hang ] || exit 0\ntrap '' TERM\nwhile :; do sleep 0.1; done\n")
	a.startActive(scriptTracker(`interval = "1s"`, `timeout = "1s"`, `fall = 3`) + vi1(150, trackingScript))
	a.WriteFile("/run/hang", "")
	a.waitLog(toFault + `.* reason="tracker:script.app: timed out after 1s"`)
	a.mustLog(0, `msg="tracker cannot tell"`)
	s.mustHaveSaid(a, vrid, 150, 0)
}

// A script as another user, and one that is a line for the shell.
func TestScriptUserAndShell(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	needNobody(t)
	a := s.servers[0]
	config := block(`tracker "script" "nobody"`, `command = ["/usr/bin/id", "-u"]`, `user = "nobody"`, `timeout = "10s"`, `weight = 1`) +
		block(`tracker "script" "line"`, `command = ["id -u | sed s/^/user./; exit 4"]`, `shell = true`, `timeout = "10s"`, `weight = -7`) +
		block(`tracker "script" "missing"`, `command = ["/no/such"]`, `shell = true`, `timeout = "10s"`, `weight = -3`) +
		block(`tracker "script" "stranger"`, `command = ["/bin/true"]`, `user = "no-such-user"`, `timeout = "10s"`, `weight = -1`)
	a.startActive(config + vi1(100, `track = [tracker.script.nobody, tracker.script.line, tracker.script.missing, tracker.script.stranger]`))
	for name, want := range map[string]string{
		"nobody": fmt.Sprintf("healthy exit 0: %d", nobody), "line": "unhealthy exit 4: user.0",
		"missing": "unknown exit 127: ", "stranger": "unknown cannot be executed: user: unknown user no-such-user",
	} {
		got := ""
		eventually(t, name+" says "+want, func() bool {
			tracker := a.tracker("tracker.script." + name)
			reason := tracker.Reason
			if tracker.Doubt != nil {
				reason = *tracker.Doubt
			}
			got = tracker.Verdict + " " + reason
			return strings.HasPrefix(got, want)
		})
	}
	s.waitWire(of(90, a.advertised(vrid)))
}
