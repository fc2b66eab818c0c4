package main

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// The plugin is killed: its trackers cannot tell at once, what they said last is
// held, and another process goes on.
func TestPluginKilled(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.program(check, obedient)
	a.WriteFile(outcome, "0\n")
	a.startActive(scriptTracker() + vi1(150, trackingScript))
	b.startBackup(vi1(100))
	for range 2 {
		time.Sleep(1100 * time.Millisecond) // lines about a tracker come once a second
		before := a.plugin("script")
		at := time.Now()
		sendTo(t, before, syscall.SIGKILL)
		doubt := a.waitLogSince(at, `level=WARN msg="tracker cannot tell" tracker=tracker.script.app counts=healthy held=true reason="?(the plugin was killed|the connection to the plugin broke)`)
		healthy := a.waitLogSince(at, `msg="tracker healthy" tracker=tracker.script.app`)
		t.Logf("unknown after %v, healthy after %v", doubt.At.Sub(at), healthy.At.Sub(at))
		if after := a.plugin("script"); after == before {
			t.Errorf("process %d is the one that was killed", after)
		}
	}
	a.mustLog(0, `from=active|msg=priority`)
	b.mustLog(0, toActive)
	s.mustHaveSaid(a, vrid, 150)

	// What the next process says counts.
	at := time.Now()
	a.WriteFile(outcome, "1\n")
	sendTo(t, a.plugin("script"), syscall.SIGKILL)
	a.waitLogSince(at, toFault+`.* from=active`)
	s.mustMove(at, a, b, 100)
}

// stubborn is a script, for a tracker or a hook, that writes that it runs, does
// not listen to SIGTERM, has a child, and never ends.
func (v *server) stubborn(path, child string) {
	v.site.t.Helper()
	v.program(path, "trap '' TERM\n"+child+" &\necho running >> "+path+".log\nwhile :; do "+child+"; done\n")
}

// hangingHook is a hook that runs such a script, beside the tracker.
const (
	hang        = "/run/hang"
	hangingHook = "notify \"exec\" \"hang\" {\n  command = [\"" + hang + "\"]\n  for_all = true\n  timeout = \"1h\"\n}\n"
)

// listed is how long a plugin may take from a program's start to its next step.
const listed = 200 * time.Millisecond

// startHanging starts an agent with a script and a hook that hang, and returns when
// both do, and the address is there.
func (v *server) startHanging(child string) {
	v.site.t.Helper()
	v.stubborn(check, child)
	v.stubborn(hang, child)
	v.start(scriptTracker(`timeout = "1h"`, `on_start = "pass"`) + hangingHook + vi1(150, trackingScript))
	v.site.waitHeld(vip, v)
	eventually(v.site.t, "script and hook", func() bool { return v.text(check+".log") != "" && v.text(hang+".log") != "" })
	eventually(v.site.t, "two children of each", func() bool { return len(v.processes(child)) == 4 })
	// On a busy machine they can be there before their plugins have come to write
	// down their groups (sdk/guard).
	time.Sleep(listed)
}

// An agent that is killed leaves no process behind, whatever these are doing.
func TestAgentKilled(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	for range 3 {
		child := fmt.Sprintf("sleep %s0000", daemonName()[len("httpd"):])
		a.startHanging(child)
		a.agent.Signal(syscall.SIGKILL)
		<-a.agent.Exited()
		a.waitGone(reach, "")
		for _, file := range []string{check, hang} {
			a.remove(file + ".log")
		}
	}
}

// A script and a hook that hang for ever delay nothing of a stop but its very end,
// and that by no more than hooks may.
func TestStopHanging(t *testing.T) {
	t.Parallel()
	const budget, slack = 5 * time.Second, 3 * time.Second
	s, a, b := newPair(t)
	child := fmt.Sprintf("sleep %s0000", daemonName()[len("httpd"):])
	a.startHanging(child)
	b.startBackup(vi1(100))
	at := time.Now()
	a.agent.Signal(syscall.SIGTERM)
	gone := a.waitAddress(at, vip, false)
	took := s.waitWire(since(at, b.advertised(vrid)))
	if status := ends(t, a.agent); status != exitDone {
		t.Errorf("exit status %d", status)
	}
	ended := time.Now()
	t.Logf("address gone after %v, taken over after %v, ended after %v", gone.At.Sub(at), took.At.Sub(at), ended.Sub(at))
	if ended.Sub(at) > budget+slack {
		t.Errorf("ended after %v", ended.Sub(at))
	}
	mustComeBefore(t, "address gone, then the end of the hooks", gone.At.Add(budget/4), ended)
	mustComeBefore(t, "takeover, then the end of the hooks", took.At, ended)
	a.waitGone(reach, "")
	s.mustSee(1, "goodbye", a.resigned(vrid))
	a.mustLog(1, `level=WARN msg="hook lost" hook=notify.exec.hang`)
}
