package main

import (
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/sdk/probe/probetest"
)

// A tracker of somebody else is dropped into plugin_dir: it can be configured, with
// its own attributes, and its verdicts move the address.
func TestDropInTracker(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.plug(probeTracker)
	a.WriteFile(outcome, "0\n")
	a.startActive(probe(`limit = 5`, `weight = -50`, goodUntilTold) + vi1(150, trackingProbe))
	a.waitLog(`msg="tracker healthy"`)
	b.startBackup(vi1(120))
	s.waitHeld(vip, a)
	a.mustTell("before", "status", `^tracker\.probe\.p +healthy +\S+ +- +by process \d+$`)
	a.mustTell("before", "plugin list", `^sentinel-tracker-probe +running +1\.2\.3 +\d+ +1 +-$`)

	at := time.Now()
	a.WriteFile(outcome, "no disk\n")
	s.waitWire(since(at, of(100, a.advertised(vrid))))
	s.mustMove(at, a, b, 120)
	a.mustTell("during", "explain VI_1", `^ +-50  tracker\.probe\.p: unhealthy, no disk \(weight -50\)$`)
	again := time.Now()
	a.WriteFile(outcome, "0\n")
	s.mustMove(again, b, a, 150)
	s.mustHaveSaid(a, vrid, 150, 100, 150)
	a.stop()
	a.waitGone(reach, "sentinel-tracker-probe")
	a.mustLog(0, `level=ERROR|cannot tell`)
}

// A tracker that measures and says that something is wrong has no number: what it
// measured before is held, and the priority does not rise to that of the number 0.
func TestDropInMeasure(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.plug(dropIns + "/sentinel-tracker-lag")
	a.start(block(`tracker "lag" "database"`, `weight = -1`) + vi1(150, `track = [tracker.lag.database]`))
	a.waitLog(`msg="tracker healthy" tracker=tracker.lag.database`)
	s.waitWire(of(110, a.advertised(vrid)))
	at := time.Now()
	a.WriteFile(rampage, "")
	a.waitLogSince(at, `level=WARN msg="tracker cannot tell" tracker=tracker.lag.database counts=healthy held=true reason="connection refused"`)
	s.waitWire(since(time.Now(), a.advertised(vrid)))
	a.mustBe("without a number", a.instance("VI_1"), "active", 150, 110, -40)
	a.mustLog(0, `msg="tracker unhealthy"`)
}

// A mistake in an attribute of a plugin's own has a place and an advice, and so has
// what only the plugin knows to be wrong.
func TestDropInMistakes(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.plug(probeTracker)
	a.configure(block(`tracker "probe" "p"`, `file = "number"`, `limit = 10`) +
		block(`tracker "probe" "q"`, `flie = "/x"`, `token = 5 + "hunter2"`) +
		block(`tracker "prope" "r"`, `file = "/x"`) +
		block(`tracker "probe" "s"`, `file = "number"`) +
		vi1(150, `track = [tracker.probe.p, tracker.probe.q, tracker.probe.s]`))
	text, status := a.ask("validate", configFile)
	if status != exitFailed {
		t.Errorf("exit status %d", status)
	}
	for _, want := range []string{
		"on /run/ha.hcl line 3, in tracker \"probe\" \"p\":\n   3:   limit = 10\n                ^^\n\n10 is too large: at most 9.",
		"Write file = \"...\", the file with one word.",
		"There is no \"flie\" in a tracker block. Did you mean \"file\"?",
		"There is no tracker of type \"prope\". Did you mean \"probe\"?",
		"Invalid file\n\n  on /run/ha.hcl line 13, in tracker \"probe\" \"s\":\n  13:   file = \"number\"\n               ^^^^^^^^\n\nfile must be absolute.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, "hunter2") {
		t.Errorf("a secret:\n%s", text)
	}
}

// A file that is replaced is run after a reload, and not before. Its tracker is
// never unknown meanwhile.
func TestDropInReplaced(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.plug(probeTracker)
	a.WriteFile(outcome, "0\n")
	a.startActive(probe() + vi1(150, trackingProbe))
	a.waitLog(`msg="tracker healthy"`)
	before, first := a.pidOf(probeTracker), a.tracker("tracker.probe.p").Reason
	a.Run("sh", "-c", fmt.Sprintf("cp -L %[1]s %[1]s-new && mv %[1]s-new %[1]s", probeTracker))
	a.mustTell("replaced", "plugin list", `^sentinel-tracker-probe +running +1\.2\.3 +\d+ +1 +the file has changed: it is run after a reload$`)
	if text := a.answer("reload"); !strings.Contains(text, "Reloaded.") {
		t.Error(text)
	}
	eventually(t, "another process", func() bool { pid := a.pidOf(probeTracker); return pid != 0 && pid != before })
	eventually(t, "its verdict", func() bool { return a.tracker("tracker.probe.p").Reason != first })
	a.mustLog(0, `msg="tracker cannot tell"|from=active`)
	s.mustHaveSaid(a, vrid, 150)

	// One that was removed goes on, as nothing that does not validate changes anything.
	a.remove(probeTracker)
	text, status := a.ask("reload")
	if status != exitFailed || !strings.Contains(text, `There is no tracker of type "probe".`) || !strings.Contains(text, "Not reloaded: the old configuration stays in force.") {
		t.Errorf("exit status %d: %s", status, text)
	}
	const still = `^sentinel-tracker-probe +running +1\.2\.3 +\d+ +\d+ +`
	a.mustTell("removed", "plugin list", still+`the file is gone, and what was started from it goes on$`)

	// So does one that was replaced by one that cannot be used, and it is known why.
	a.program(probeTracker, "echo no license >&2\nexit 1\n")
	a.mustTell("not read yet", "plugin list", still+`the file has changed: it is run after a reload$`)
	const why = `the plugin cannot be started: it exited with status 1 before it was ready: its last line was "no license"`
	if text, status := a.ask("reload"); status != exitFailed || !strings.Contains(strings.ReplaceAll(text, "\n", " "), why) {
		t.Errorf("exit status %d: %s", status, text)
	}
	a.mustTell("refused", "plugin list", still+`the file has changed, and the reload refused it: `+why+`$`)
	a.Run("chmod", "o+w", probeTracker)
	a.mustTell("unsafe", "plugin list", still+`the file has changed, and is refused: \S+ is writable by everybody: chmod go-w `+probeTracker+`$`)
	a.WriteFile(outcome, "1\n")
	a.waitLog(toFault)
}

// What is in plugin_dir and not run is listed with the reason, by an agent and
// without one.
func TestPluginList(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.plug(probeTracker)
	a.plug(dropIns + "/sentinel-notify-chat")
	a.plug(dropIns + "/sentinel-notify-exec")
	a.Run("mkdir", dropIns+"/hook-dir")
	a.startActive(vi1(150))
	for _, question := range []string{"plugin list", "plugin list -config " + configFile} {
		a.mustTell(question, question,
			`^sentinel-notify-chat +unused .* it needs a block, because file is required$`,
			`^sentinel-tracker-probe +unused .* no track list has a tracker of its type$`,
			`^sentinel-notify-exec +refused .* "exec" is a type of Sentinel's own`,
			`^hook-dir +ignored .* it is a directory$`)
	}

	a.configure(block(`notify "chat" "c"`, `file = "/run/notes"`) + probe() + vi1(150, trackingProbe))
	a.answer("reload")
	a.mustTell("in no list", "plugin list", `^sentinel-notify-chat +unused .* no notify list has a hook of its type$`, `^sentinel-tracker-probe +running `)
	a.mustTell("in no list", "plugin list -config "+configFile, `^sentinel-notify-chat +usable +0\.0\.1 +- +- +-$`, `^sentinel-tracker-probe +usable +1\.2\.3 +- +- +-$`)
}

// pidOf returns the process that runs a file, 0 if none or several do.
func (v *server) pidOf(path string) int {
	v.site.t.Helper()
	if list := v.processes(path); len(list) == 1 {
		return list[0].pid
	}
	return 0
}

// A plugin that is broken when the agent starts does not keep it from serving. As
// soon as it runs, its tracker is what is configured.
func TestDropInBroken(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.plugBroken(probeTracker)
	a.WriteFile(outcome, "0\n")
	config := probe(`weight = -50`) + vi1(150, trackingProbe)
	a.configure(config)
	if text, status := a.ask("validate", configFile); status != exitFailed || !strings.Contains(text, "The plugin sentinel-tracker-probe cannot be used: ") {
		t.Errorf("exit status %d: %s", status, text)
	}
	a.startActive(config)
	const why = `the plugin cannot be started: it exited with status 1 before it was ready: its last line was .*no license`
	a.waitLog(`level=ERROR msg="not run" path=` + probeTracker + ` err="` + why)
	a.waitLog(`msg="tracker cannot tell" tracker=tracker.probe.p counts=unknown held=false reason="` + why)
	s.waitWire(of(100, a.advertised(vrid)))
	a.WriteFile(configFile, "not finished {")
	a.mend(probeTracker)
	a.waitLog(`msg="a plugin runs that could not be started" plugin=sentinel-tracker-probe`)
	s.waitWire(since(time.Now().Add(-reach), of(150, a.advertised(vrid))))
	a.waitLog(`msg="tracker healthy" tracker=tracker.probe.p`) // until its first verdict it did not count
	a.mustTell("mended", "status", `^tracker\.probe\.p +healthy +\S+ +- +by process \d+$`)
}

// A plugin that says nothing holds up the start of the agent, not for long, and not
// its end.
func TestDropInSilent(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(dropIns+"/sentinel-notify-mute", "exec sleep 3600\n")
	plugin := block(`plugin "notify" "mute"`, `start_timeout = "1m"`)
	a.start(plugin + vi1(150))
	eventually(t, "the plugin", func() bool { return len(a.processes("sleep 3600")) > 0 })
	a.agent.Signal(syscall.SIGTERM)
	if status := ends(t, a.agent); status != exitDone {
		t.Errorf("exit status %d", status)
	}
	a.waitGone(reach, "sleep 3600")
	a.startActive(strings.Replace(plugin, "1m", "500ms", 1) + vi1(150))
	a.waitLog(`level=ERROR msg="not run" path=/run/plugins/sentinel-notify-mute err="the plugin cannot be started: `)
}

// A plugin whose interpreter is on a file system that does not answer holds up
// nobody, and runs when it answers again.
func TestDropInDeadInterpreter(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	const interpreter, plugin = "/run/interpreter", dropIns + "/sentinel-notify-mute"
	a.program(interpreter, "exec sleep 3600\n")
	a.program(plugin, "")
	a.WriteFile(plugin, "#!"+interpreter+"\n")
	mend := probetest.Dead(t, a.Path(interpreter))
	a.startActive(block(`plugin "notify" "mute"`, `start_timeout = "2s"`) + vi1(150))
	a.waitLog(`level=ERROR msg="not run" path=` + plugin + ` err="the plugin cannot be started: ` + interpreter + ` cannot be opened: no answer for `)
	s.waitHeld(vip, a)
	mend()
	eventually(t, "the plugin", func() bool { return len(a.processes("sleep 3600")) > 0 })
	s.mustHaveSaid(a, vrid, 150)
}

// Many plugins whose interpreter cannot be looked at any more go on, also after a
// reload. They hold up neither who asks nor who stops the agent.
func TestDropInManyDead(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	const interpreter, program, many = "/run/interpreter", "/run/behind/sentinel-tracker-probe", 24 / slowdown
	a.plug(program)
	a.program(interpreter, "exec "+program+"\n")
	a.program(probeTracker, "")
	a.WriteFile(probeTracker, "#!"+interpreter+"\n")
	a.WriteFile(outcome, "0\n")
	config := func(timeout string) string {
		var trackers strings.Builder
		names := []string{"tracker.probe.p"} // whose process describes itself at a reload
		for i := range many {
			names = append(names, fmt.Sprintf("tracker.probe.p%d", i))
			trackers.WriteString(block(fmt.Sprintf(`tracker "probe" "p%d"`, i), fmt.Sprintf("file = %q", outcome), `isolated = true`, `interval = "10s"`, fmt.Sprintf("timeout = %q", timeout)))
		}
		return block(`plugin "tracker" "probe"`, `start_timeout = "1m"`) + trackers.String() + probe() + vi1(150, "track = ["+strings.Join(names, ", ")+"]")
	}
	a.startActive(config("10s"))
	running := func() int {
		return len(regexp.MustCompile(`(?m)^sentinel-tracker-probe/p\d+ +running +1\.2\.3 +\d+ +1 +-$`).FindAllString(a.answer("plugin", "list"), -1))
	}
	eventually(t, "all of them", func() bool { return running() == many })
	probetest.Dead(t, a.Path(interpreter))
	if n := running(); n != many {
		t.Errorf("%d run", n)
	}
	a.configure(config("9s"))
	a.answer("reload")
	if n := running(); n != many {
		t.Errorf("%d run after a reload", n)
	}
	a.agent.Signal(syscall.SIGHUP)
	a.agent.Signal(syscall.SIGTERM)
	if status := ends(t, a.agent); status != exitDone {
		t.Errorf("exit status %d", status)
	}
	s.mustHaveSaid(a, vrid, 150, 0)
}

// What others could change is not run, and a tracker that needs it cannot tell. The
// command that is named repairs it, without a reload.
func TestDropInRepaired(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.plug(probeTracker)
	a.Run("sh", "-c", fmt.Sprintf("cp -L %[1]s %[1]s-new && mv %[1]s-new %[1]s && chmod o+w %[1]s", probeTracker))
	a.WriteFile(outcome, "0\n")
	a.startActive(probe(`weight = 20`) + vi1(150, trackingProbe))
	const repair = "chmod go-w " + probeTracker
	a.waitLog(`level=ERROR msg="not run" path=` + probeTracker + ` err=".*: ` + repair + `"`)
	a.mustTell("refused", "status", `^tracker\.probe\.p +unknown .*: `+repair)
	s.waitWire(of(150, a.advertised(vrid)))
	a.Run("sh", "-c", repair)
	eventually(t, "the tracker", func() bool {
		if len(lines(a.agent, "and is tried rarely")) > 0 { // the machine was slow
			a.answer("reload")
		}
		return len(lines(a.agent, `msg="tracker healthy"`)) > 0
	})
	s.waitWire(of(170, a.advertised(vrid)))
}

// A plugin may run as somebody else, have an environment, be pinned, and have a
// process for each block.
func TestPluginBlock(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	needNobody(t)
	a := s.servers[0]
	a.plug(probeTracker)
	a.Run("chmod", "755", "/run")
	a.WriteFile(outcome, "0\n")
	a.Run("chmod", "644", outcome)
	sum := strings.Fields(a.Run("sha256sum", probeTracker))[0]
	two := probe() + strings.Replace(probe(`isolated = true`), `"p"`, `"q"`, 1) + vi1(150, `track = [tracker.probe.p, tracker.probe.q]`)
	plugin := func(sum string) string {
		return block(`plugin "tracker" "probe"`, `sha256 = "`+sum+`"`, `user = "nobody"`, `environment = { PROBE = "hunter2" }`)
	}
	a.startActive(plugin(sum) + two)
	eventually(t, "both", func() bool { return len(a.processes(probeTracker)) == 2 })
	for _, p := range a.processes(probeTracker) {
		line := a.Run("sh", "-c", fmt.Sprintf("grep ^Uid: /proc/%[1]d/status; tr '\\0' '\\n' < /proc/%[1]d/environ", p.pid))
		if !regexp.MustCompile(fmt.Sprintf(`(?s)^Uid:\s%d\s.*\nPROBE=hunter2\n`, nobody)).MatchString(line) {
			t.Errorf("%s", line)
		}
	}
	a.mustTell("running", "plugin list", `^sentinel-tracker-probe/q +running`)

	a.configure(plugin(strings.Repeat("0", 64)) + two)
	text, status := a.ask("reload")
	if status != exitFailed || !strings.Contains(text, "it is not the file that was") {
		t.Errorf("exit status %d: %s", status, text)
	}
	a.mustLog(0, `hunter2`)
}

// A hook of somebody else needs no block; with one it does what that says.
func TestDropInNotifier(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.plug(probeNotifier)
	a.startActive(vi1(150))
	a.mustTellHook(notes, "", "probe VI_1 backup", "probe VI_1 active")
	a.waitDelivered(2)
	a.mustTell("without a block", "status", `^notify\.probe +vrrp\.VI_1 +idle +active +2 +-$`)

	a.configure(block(`notify "probe" "other"`, `file = "/run/other"`, `on = ["stopped"]`, `for_all = true`) + vi1(150))
	a.answer("reload")
	a.stop()
	a.mustTellHook("/run/other", "", "probe VI_1 stopped")
	a.mustTellHook(notes, "", "probe VI_1 backup", "probe VI_1 active")
	a.mustLog(0, `level=(WARN|ERROR)`)
}

// The plugin of a hook dies in the middle of a delivery, while more waits: the next
// process is told the present state, and nothing older.
func TestNotifierDies(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.plug(probeNotifier)
	a.WriteFile(number, "0")
	a.startActive(block(`notify "probe" "n"`, `die = "fault"`, `for_all = true`) + fileTracker(0) + vi1(150, trackingFile))
	a.mustTellHook(notes, "active", "probe VI_1 active")
	a.WriteFile(number, "1")
	a.waitLog(`msg="hook failed" hook=notify.probe.n to=fault .*exited with status 3`)
	a.WriteFile(number, "0")
	eventually(t, "the present state", func() bool {
		text := a.text(notes)
		return strings.HasSuffix(text, "probe VI_1 active\n") && strings.Count(text, "\n") >= 3
	})
}
