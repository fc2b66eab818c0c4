package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// note is a hook that writes its arguments to notes.
const (
	note    = "/run/note"
	notes   = "/run/notes"
	noting  = `echo "$*" >> /run/notes` + "\n"
	forAll  = `for_all = true`
	noteFor = `command = ["` + note + `"]`
)

// hook returns a notify block.
func hook(name string, settings ...string) string {
	return block(fmt.Sprintf(`notify "exec" %q`, name), settings...)
}

// told returns the lines of a file that a hook writes, with a text.
func (v *server) told(file, text string) (list []string) {
	v.site.t.Helper()
	for _, line := range strings.Split(v.text(file), "\n") {
		if line != "" && strings.Contains(line, text) {
			list = append(list, line)
		}
	}
	return list
}

// mustTellHook demands which lines with a text a hook has written, in order, once
// there are that many.
func (v *server) mustTellHook(file, text string, want ...string) {
	v.site.t.Helper()
	got := v.told(file, text)
	for deadline := time.Now().Add(reach); len(got) < len(want) && time.Now().Before(deadline); got = v.told(file, text) {
		time.Sleep(time.Millisecond)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		v.site.t.Errorf("what %s has in %s (-want +got):\n%s", v, file, diff)
	}
}

// waitDelivered waits until hooks have been called so often, and have ended, which
// comes after what they write.
func (v *server) waitDelivered(times uint64) {
	v.site.t.Helper()
	eventually(v.site.t, fmt.Sprintf("%d deliveries", times), func() bool { return v.status().HookTotals["delivered"] == times })
}

// examples/notify-keepalived: a script that was written for keepalived is called
// once for every change of state, in order.
func TestNotifyKeepalived(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	script, err := os.ReadFile("../../examples/notify-keepalived/notify.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range s.servers {
		v.program("/run/notify.sh", strings.TrimPrefix(string(script), "#!/bin/sh\n"))
	}
	config := example(t, "notify-keepalived", "/etc/sentinel/", "/run/", `"1s"`, fmt.Sprintf(`"%v"`, interval))
	const log = "/run/vrrp.log"
	a.startActive(config, "-node", "server1")
	a.mustTellHook(log, "", "INSTANCE VI_1 BACKUP 150", "INSTANCE VI_1 MASTER 150")
	b.startBackup(config, "-node", "server2")
	a.Unplug()
	a.mustTellHook(log, "", "INSTANCE VI_1 BACKUP 150", "INSTANCE VI_1 MASTER 150", "INSTANCE VI_1 FAULT 150")
	b.mustTellHook(log, "", "INSTANCE VI_1 BACKUP 100", "INSTANCE VI_1 MASTER 100")
	a.Plug()
	b.waitLog(toBackup + `.* from=active`)
	s.waitHeld(vip, a)
	a.stop()
	b.waitLog(toActive + `.* resigned"`)
	b.stop()
	a.mustTellHook(log, "", "INSTANCE VI_1 BACKUP 150", "INSTANCE VI_1 MASTER 150", "INSTANCE VI_1 FAULT 150",
		"INSTANCE VI_1 BACKUP 150", "INSTANCE VI_1 MASTER 150", "INSTANCE VI_1 STOP 150")
	b.mustTellHook(log, "", "INSTANCE VI_1 BACKUP 100", "INSTANCE VI_1 MASTER 100", "INSTANCE VI_1 BACKUP 100",
		"INSTANCE VI_1 MASTER 100", "INSTANCE VI_1 STOP 100")
	for _, v := range s.servers {
		if state := v.text("/run/vrrp.VI_1"); state != "STOP\n" {
			t.Errorf("the status file of %s: %q", v, state)
		}
		v.mustLog(0, `level=(WARN|ERROR) msg="hook`)
	}
}

// One command for each state, to which nothing is appended, for every router.
func TestHookCommands(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(note, noting)
	a.startActive(hook("web", forAll, fmt.Sprintf(`commands = { active = [%q, "start", "web"], backup = [%[1]q, "stop", "web"] }`, note)) + vi1(150))
	a.mustTellHook(notes, "", "stop web", "start web")
	a.stop()
	a.mustTellHook(notes, "", "stop web", "start web")
}

// Without an "on" a hook hears of what it has commands for, and of nothing else. A
// command for what an "on" leaves out is a mistake.
func TestHookCommandsOn(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(note, noting)
	a.WriteFile(number, "0")
	commands := fmt.Sprintf(`commands = { active = [%q, "active"], priority = [%[1]q, "priority"] }`, note)
	rest := fileTracker(1) + vi1(150, trackingFile)
	a.startActive(hook("web", forAll, commands) + rest)
	a.mustTellHook(notes, "", "active")
	a.WriteFile(number, "3")
	a.mustTellHook(notes, "", "active", "priority")
	a.waitDelivered(2)
	a.mustTell("after two calls", "status", `^notify\.exec\.web +vrrp\.VI_1 +idle +active +2 +-$`)
	a.stop()
	a.mustTellHook(notes, "", "active", "priority")

	a.configure(hook("web", forAll, commands, `on = ["active", "backup"]`) + rest)
	text, status := a.ask("validate", configFile)
	if status != exitFailed || !strings.Contains(text, `The hook is not told of "priority".`) || !strings.Contains(text, `There is nothing for "backup" in commands.`) {
		t.Errorf("exit status %d:\n%s", status, text)
	}
}

// A hook for all hears of instances and of groups, whose priority is 0.
func TestHookForAll(t *testing.T) {
	t.Parallel()
	s, a, _ := newGateways(t)
	a.program(note, noting)
	a.start(hook("log", forAll, noteFor) + group(150))
	s.waitBoth(a)
	eventually(t, "all to be told", func() bool { return len(a.told(notes, "MASTER")) == 3 })
	a.stop()
	for subject, priority := range map[string]int{"INSTANCE VI_1": 150, "INSTANCE VI_2": 150, "GROUP G1": 0} {
		var want []string
		for _, state := range []string{"BACKUP", "MASTER", "STOP"} {
			want = append(want, fmt.Sprintf("%s %s %d", subject, state, priority))
		}
		a.mustTellHook(notes, subject+" ", want...)
	}
}

// A hook hears of what it asks for: conflicts and priorities, and no transitions.
func TestHookOn(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.program(note, noting)
	a.WriteFile(number, "0")
	a.startActive(fileTracker(1) + hook("log", noteFor, `on = ["conflict", "priority"]`) +
		vi1(150, trackingFile, `notify = [notify.exec.log]`))
	a.WriteFile(number, "3")
	s.waitWire(of(153, a.advertised(vrid)))
	a.mustTellHook(notes, "", "INSTANCE VI_1 MASTER_PRIORITY 153")
	b.start(vi1(255, `version = 2`, `advert_interval = "1s"`))
	a.waitLog(`level=WARN msg=.*version`)
	eventually(t, "the conflict", func() bool { return len(a.told(notes, "")) > 1 })
	a.stop()
	a.mustTellHook(notes, "", "INSTANCE VI_1 MASTER_PRIORITY 153", "INSTANCE VI_1 MASTER_CONFLICT 153")
}

// A hook hears of a priority only when it has heard of a state, as keepalived's do.
func TestHookPriorityFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(note, noting)
	a.startActive(block(`tracker "script" "bad"`, `command = ["/bin/false"]`, `weight = -50`) +
		hook("log", noteFor, `on = ["priority", "stopped"]`) +
		vi1(150, `track = [tracker.script.bad]`, `notify = [notify.exec.log]`))
	a.stop()
	a.mustTellHook(notes, "", "INSTANCE VI_1 STOP 100")
}

// The first event comes a moment after the start, and is not missed.
func TestHookFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(note, noting)
	var want []string
	for range 10 {
		a.startActive(hook("log", forAll, noteFor) + vi1(255))
		want = append(want, "INSTANCE VI_1 MASTER 255")
		a.mustTellHook(notes, "", want...)
		a.stop()
		want = append(want, "INSTANCE VI_1 STOP 255")
		a.mustTellHook(notes, "", want...)
	}
}

// A hook is called when the addresses are in place, or gone, however many they are:
// what it starts may need them, as keepalived's scripts know it.
func TestHookAddresses(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	const many = 250
	var list []string
	for i := range many {
		list = append(list, fmt.Sprintf("%q", fmt.Sprintf("203.0.113.%d", i+1)))
	}
	a.program(note, `echo "$1 $3 $(ip -4 addr show dev eth0 | grep -c 203.0.113.)" >> /run/notes`+"\n")
	a.start(hook("log", noteFor, forAll) +
		vi1(150, fmt.Sprintf("virtual_addresses = [%s]", strings.Join(list, ", "))) +
		block(`sync_group "G1"`, `members = [vrrp.VI_1]`))
	a.mustTellHook(notes, "INSTANCE MASTER", "INSTANCE MASTER 250")
	a.mustTellHook(notes, "GROUP MASTER", "GROUP MASTER 250")
	a.Unplug()
	a.mustTellHook(notes, "INSTANCE FAULT", "INSTANCE FAULT 0")
	a.mustTellHook(notes, "GROUP FAULT", "GROUP FAULT 0")
	a.stop()
}

// A hook that fails is tried again, and gives way to what is newer.
func TestHookFails(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(note, `echo "$*" >> /run/tried; [ -e /run/bad ] && exit 75; `+noting)
	a.WriteFile("/run/bad", "")
	a.start(hook("log", noteFor, forAll) + vi1(150))
	a.waitLog(`level=WARN msg="hook (failed|expired)" hook=notify.exec.log to=backup .*err="?exit 75`)
	a.waitLog(toActive)
	eventually(t, "two attempts at the newer one", func() bool { return len(a.told("/run/tried", "MASTER")) >= 2 })
	a.mustTell("while it fails", "explain VI_1", `^  notify\.exec\.log of vrrp\.VI_1 has (not been told active, and is tried again in \S+|been running for \S+, told active); it failed: exit 75$`)
	a.remove("/run/bad")
	a.mustTellHook(notes, "", "INSTANCE VI_1 MASTER 150")
	eventually(t, "nothing to be wrong any more", func() bool { return !strings.Contains(a.answer("explain", "VI_1"), "Hooks:") })
	all := a.told("/run/tried", "")
	for i := 1; i < len(all); i++ {
		if strings.Contains(all[i-1], "MASTER") && strings.Contains(all[i], "BACKUP") {
			t.Errorf("an old event after a new one: %q", all)
		}
	}
	a.stop()
	a.mustTellHook(notes, "", "INSTANCE VI_1 MASTER 150", "INSTANCE VI_1 STOP 150")
}

// A program that ends with another status than 0 and 75 has failed for good, in a
// block and dropped in: it is not called again, the log says so, and the call counts.
func TestHookFailsForGood(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(note, noting+"echo broken >&2; exit 1\n")
	a.program(dropIns+"/hook-note", `echo "dropped $3" >> /run/notes; exit 3`+"\n")
	a.startActive(hook("log", noteFor, forAll) + vi1(150))
	a.mustLog(2, `level=WARN msg="hook rejected" hook=notify\.exec\.log .*err="exit 1: broken"`)
	a.mustLog(2, `level=WARN msg="hook rejected" hook=hook\.note .*err="exit 3"`)
	time.Sleep(2 * time.Second) // the first would have been tried again by now
	a.mustTellHook(notes, "INSTANCE", "INSTANCE VI_1 BACKUP 150", "INSTANCE VI_1 MASTER 150")
	a.mustTellHook(notes, "dropped", "dropped BACKUP", "dropped MASTER")
	a.mustTell("after two calls", "status", `^notify\.exec\.log +vrrp\.VI_1 +idle +- +2 +exit 1: broken$`)
	a.mustTell("after two calls", "status", `^hook\.note +vrrp\.VI_1 +idle +- +2 +exit 3$`)
	a.mustTell("after two calls", "explain VI_1", `^Hooks:$`,
		`^  notify\.exec\.log of vrrp\.VI_1 failed \S+ ago, and is not tried again until there is something new: exit 1: broken$`)
	a.stop()
	a.mustLog(0, `msg="hook failed"`)
}

// After a restart, however the agent ended, hooks hear of the present and of
// nothing older.
func TestHookRestart(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(note, `while [ -e /run/block ]; do sleep 0.05; done; `+noting)
	a.WriteFile(number, "0")
	config := fileTracker(0) + hook("log", noteFor, forAll, `timeout = "1h"`) + vi1(150, trackingFile)
	const backup, master, stop = "INSTANCE VI_1 BACKUP 150", "INSTANCE VI_1 MASTER 150", "INSTANCE VI_1 STOP 150"
	a.startActive(config)
	a.mustTellHook(notes, "", backup, master)

	// The hook hangs in one event, and others wait.
	a.WriteFile("/run/block", "")
	a.WriteFile(number, "1")
	a.waitLog(toFault)
	recovered := time.Now()
	a.WriteFile(number, "0")
	a.waitLogSince(recovered, toActive)
	a.agent.Signal(syscall.SIGKILL)
	<-a.agent.Exited()
	a.waitGone(reach, note)
	a.remove("/run/block")
	a.startActive(config)
	a.mustTellHook(notes, "", backup, master, backup, master)
	a.stop()
	a.mustTellHook(notes, "", backup, master, backup, master, stop)
	a.startActive(config)
	a.mustTellHook(notes, "", backup, master, backup, master, stop, backup, master)
}

// A router that was removed from the configuration while no agent ran has stopped for
// the hooks that knew it.
func TestHookRestartWithout(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(note, noting)
	log := hook("log", noteFor, forAll)
	a.startActive(log + vi1(255))
	const master = "INSTANCE VI_1 MASTER 255"
	a.mustTellHook(notes, "", master)
	eventually(t, "the record", func() bool { return strings.Contains(a.text("/run/sentinel/notified.json"), `"active"`) })
	a.kill()
	a.start(log + router("VI_2", `priority = 255`, `virtual_addresses = ["192.0.2.100/24"]`))
	a.mustTellHook(notes, "VI_1", master, "INSTANCE VI_1 STOP 0")
	a.mustTellHook(notes, "VI_2", "INSTANCE VI_2 MASTER 255")
	eventually(t, "nobody knows VI_1", func() bool { return !strings.Contains(a.text("/run/sentinel/notified.json"), "VI_1") })
	a.stop()
}

// What hooks are told cannot be written down: status says so, and what was written
// before counts for nothing when the agent is killed.
func TestHookRecordFails(t *testing.T) {
	const record = "/run/sentinel/notified.json"
	for name, spoil := range map[string]string{
		"no room":         "cat /dev/zero > /run/sentinel/other || true",
		"not replaceable": "mount --bind " + record + " " + record,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, 1)
			a := s.servers[0]
			a.program(note, noting)
			a.WriteFile(number, "1")
			a.Run("mkdir", "-p", "/run/sentinel")
			a.Run("mount", "-t", "tmpfs", "-o", "size=32k,mode=0755", "none", "/run/sentinel")
			config := fileTracker(0) + hook("log", noteFor, forAll) + vi1(150, trackingFile, `advert_interval = "10s"`)
			const backup, fault = "INSTANCE VI_1 BACKUP 150", "INSTANCE VI_1 FAULT 150"
			a.start(config)
			a.mustTellHook(notes, "", fault)
			eventually(t, "the record", func() bool { return strings.Contains(a.Run("cat", record), `"state": "fault"`) })
			if r := a.status().HookRecord; r.Failures != 0 || r.Error != nil {
				t.Errorf("%+v", r)
			}
			a.Run("sh", "-c", spoil)
			a.WriteFile(number, "0")
			a.mustTellHook(notes, "", fault, backup)
			a.waitLog(`level=WARN msg="hook record failed" err="record of what hooks were told: `)
			a.mustTell(name, "status", `^  hooks are told again after a restart: record of what hooks were told: \S+ `+record)
			if r := a.status().HookRecord; r.Failures == 0 || r.Error == nil {
				t.Errorf("%+v", r)
			}
			a.agent.Signal(syscall.SIGKILL)
			<-a.agent.Exited()
			a.WriteFile(number, "1")
			a.start(config)
			a.mustTellHook(notes, "", fault, backup, fault)
			a.stop()
		})
	}
}

// Hooks and routers that come and go with a reload.
func TestHookReload(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(note, noting)
	second := router("VI_2", `virtual_router_id = 52`, `virtual_addresses = ["192.0.2.101/24"]`, `priority = 120`)
	all := hook("log", forAll, noteFor)
	a.startActive(vi1(150))

	a.reload(all + vi1(150)) // which was not there when it happened
	a.mustTellHook(notes, "", "INSTANCE VI_1 MASTER 150")
	a.reload(all + vi1(150) + second)
	a.mustTellHook(notes, "VI_2", "INSTANCE VI_2 BACKUP 120", "INSTANCE VI_2 MASTER 120")
	a.reload(all + vi1(150))
	a.mustTellHook(notes, "VI_2", "INSTANCE VI_2 BACKUP 120", "INSTANCE VI_2 MASTER 120", "INSTANCE VI_2 STOP 120")
	at := time.Now()
	a.reload(vi1(150))
	a.waitLogSince(at, `msg=reloaded`)
	a.waitGone(reach, "plugin-serve exec")
	if s := a.status(); len(s.Hooks) != 0 || s.HookTotals["delivered"] != 4 || s.HookTotals["queued"] != 4 {
		t.Errorf("what is gone still counts: %+v, %v", s.Hooks, s.HookTotals)
	}
	a.stop()
	a.mustTellHook(notes, "VI_1", "INSTANCE VI_1 MASTER 150")
	a.mustTellHook(notes, "VI_2", "INSTANCE VI_2 BACKUP 120", "INSTANCE VI_2 MASTER 120", "INSTANCE VI_2 STOP 120")
	a.mustLog(0, `msg="hook `)
}

// A router, the group and the last hooks of a plugin go with one reload: they are
// told that it has stopped, and then the plugin ends.
func TestHookReloadAll(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(note, `while [ -e /run/block ]; do sleep 0.05; done; `+noting)
	second := router("VI_2", `virtual_router_id = 52`, `virtual_addresses = ["192.0.2.101/24"]`, `priority = 120`)
	group := block(`sync_group "G"`, `members = [vrrp.VI_1, vrrp.VI_2]`)
	hooks := hook("log", forAll, `command = ["`+note+`", "log"]`) + hook("own", forAll, `command = ["`+note+`", "own"]`, `isolated = true`)
	a.startActive(hooks + vi1(150) + second + group)
	eventually(t, "all to be told", func() bool { return len(a.told(notes, "MASTER")) == 6 })
	a.WriteFile("/run/block", "")
	a.reload(vi1(150))
	a.waitLog(`msg=stopped router=VI_2`)
	if left := a.plugins("exec"); len(left) != 2 {
		t.Errorf("while the hooks are told: %v", left)
	}
	a.remove("/run/block")
	for _, name := range []string{"log", "own"} {
		a.mustTellHook(notes, name+" INSTANCE VI_2", name+" INSTANCE VI_2 BACKUP 120", name+" INSTANCE VI_2 MASTER 120", name+" INSTANCE VI_2 STOP 120")
		a.mustTellHook(notes, name+" GROUP", name+" GROUP G BACKUP 0", name+" GROUP G MASTER 0", name+" GROUP G STOP 0")
	}
	a.waitGone(reach, "plugin-serve exec")
	a.mustTellHook(notes, "VI_1 STOP") // it does not listen to them any more
	a.mustLog(0, `msg="hook `)
}

// A hook that does not listen to SIGTERM when its time is over is still at work: what
// is newer comes when it has ended, and loses nothing of its time.
func TestHookOvertime(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(note, `if [ "$3" = BACKUP ]; then trap '' TERM; while :; do echo "$*" > /run/last; sleep 0.05; done; fi; `+noting)
	a.startActive(hook("log", noteFor, forAll, `timeout = "2s"`, `retries = 0`) + vi1(150))
	a.mustTellHook(notes, "", "INSTANCE VI_1 MASTER 150")
	a.stop()
	a.mustTellHook(notes, "", "INSTANCE VI_1 MASTER 150", "INSTANCE VI_1 STOP 150")
}

// A hook in somebody's plugin that is held up when its time is over, too, hears of the
// end all the same.
func TestHookOvertimeForeign(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.link("sentinel-notify-final")
	a.startActive(block(`notify "final" "f"`, forAll, `timeout = "1500ms"`, `retries = 0`) + vi1(150))
	a.mustTellHook(notes, "", "held")
	a.stop()
	a.mustTellHook(notes, "stopped", "stopped")
}

// A hook that is configured anew while it runs never runs twice at a time.
func TestHookReloadRunning(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(note, `trap '' TERM; while :; do echo "$1" >> /run/notes; sleep 0.05; done`+"\n")
	config := func(argument string) string {
		return hook("log", fmt.Sprintf(`command = [%q, %q]`, note, argument), forAll, `timeout = "500ms"`) + vi1(255)
	}
	a.start(config("old"))
	eventually(t, "the hook to run", func() bool { return len(a.told(notes, "old")) > 0 })
	a.reload(config("new"))
	eventually(t, "the new one to run", func() bool { return len(a.told(notes, "new")) > 2 })
	all := a.told(notes, "")
	if first := slices.Index(all, "new"); slices.Contains(all[first:], "old") {
		t.Errorf("both ran at a time: %q", all)
	}
	a.kill()
}

// A service that a hook starts and that writes to its output survives the plugin,
// which is killed and then exchanged, and the agent.
func TestHookService(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	const service, beat = "/run/service", "/run/beat"
	a.program(service, "while echo beating; do echo beat >> "+beat+"; sleep 0.01; done\n")
	a.program(note, noting+`[ "$3" != MASTER ] || `+service+" &\n")
	config := hook("log", forAll, noteFor) + vi1(150)
	a.startActive(config)
	beats := func(when string) {
		t.Helper()
		n := len(a.told(beat, ""))
		eventually(t, "the service to beat "+when, func() bool { return len(a.told(beat, "")) > n+2 })
	}
	beats("at first")
	eventually(t, "its output to be read by another process", func() bool {
		return slices.ContainsFunc(a.processes("cat"), func(p running) bool { return p.command == "cat" })
	})
	for _, p := range a.processes("") {
		if p.command != "cat" && !strings.HasSuffix(p.command, service) {
			continue
		}
		if got, want := oomScore(t, p.pid), oomScore(t, a.agent.PID()); got != want {
			t.Errorf("when memory is short %q counts %s, and the agent %s", p.command, got, want)
		}
	}
	sendTo(t, a.plugin("exec"), syscall.SIGKILL)
	a.waitLog(`the plugin was killed`)
	beats("without the plugin")
	a.reload(block(`plugin "notify" "exec"`, `environment = { A = "1" }`) + config)
	beats("with another plugin")
	a.stop()
	beats("without the agent")
}

func oomScore(t *testing.T, pid int) string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// A hook whose plugin dies all the time, and is tried rarely, is told of the end all the
// same.
func TestHookStopBroken(t *testing.T) {
	t.Parallel()
	a := newSite(t, 1).servers[0]
	a.program(note, noting)
	a.startActive(hook("log", forAll, noteFor) + vi1(150))
	a.mustTellHook(notes, "MASTER", "INSTANCE VI_1 MASTER 150")
	for deaths := 1; len(lines(a.agent, "is tried rarely")) == 0; deaths++ {
		sendTo(t, a.plugin("exec"), syscall.SIGKILL)
		eventually(t, "its death", func() bool { return len(lines(a.agent, `plugin=exec pause=`)) == deaths })
	}
	a.stop()
	if all := a.told(notes, "STOP"); len(all) != 1 {
		t.Errorf("told %q", a.told(notes, ""))
	}
}

// A hook that hangs for ever delays nothing: not the start, not the takeover, not
// the other hooks.
func TestHookHangs(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	for _, v := range s.servers {
		v.stubborn(hang, "sleep "+daemonName()[len("httpd"):]+"0000")
		v.program(note, noting)
	}
	hooks := hangingHook + hook("log", forAll, noteFor)
	a.startActive(hooks + vi1(150))
	a.mustTellHook(notes, "", "INSTANCE VI_1 BACKUP 150", "INSTANCE VI_1 MASTER 150")
	b.startBackup(hooks + vi1(100))
	b.mustTellHook(notes, "", "INSTANCE VI_1 BACKUP 100")
	eventually(t, "both hang", func() bool { return a.text(hang+".log") != "" && b.text(hang+".log") != "" })

	a.agent.Freeze() // an active router that dies without a word
	last := s.last(a.advertised(vrid))
	took := s.waitWire(b.advertised(vrid))
	mustNotBeEarlier(t, "takeover", last.At, took.At, downInterval(100))
	if late := took.At.Sub(last.At) - downInterval(100); late > reach/3 { // for as long as the hooks hang, if they delayed it
		t.Errorf("the takeover was late by %v", late)
	}
	s.waitWire(b.announced(vip))
	b.mustTellHook(notes, "", "INSTANCE VI_1 BACKUP 100", "INSTANCE VI_1 MASTER 100")
	a.mustLog(0, `msg="hook `)
}
