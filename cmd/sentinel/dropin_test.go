package main

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// dropIns is where executables are looked for: plugins/ beside the configuration.
const dropIns = "/run/plugins"

// examples/hooks: an executable beside the configuration is called for everything.
func TestDropIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	script, err := os.ReadFile("../../examples/hooks/plugins/hook-log")
	if err != nil {
		t.Fatal(err)
	}
	a.program(dropIns+"/hook-log", strings.TrimPrefix(string(script), "#!/bin/sh\n"))
	a.startActive(example(t, "hooks"), "-node", "server1")
	const log = "/run/hook.log"
	a.mustTellHook(log, "initialize", "VI_1: initialize -> backup: startup")
	eventually(t, "the second state", func() bool {
		return len(a.told(log, "VI_1: backup -> active: no active router heard for ")) == 1
	})
	a.stop()
	a.mustTellHook(log, "stopped", "VI_1: active -> stopped: shutdown")
	if all := a.told(log, ""); len(all) != 3 {
		t.Errorf("called %d times: %q", len(all), all)
	}
	a.mustLog(0, `level=(WARN|ERROR)`)
}

// What others could change is not run, and the log says how to repair it. What is
// no hook by its name is not looked at.
func TestDropInRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	for _, name := range []string{"hook-good", "hook-shared", "hook-good.bak", "hook-good~", "hook-", "note"} {
		a.program(dropIns+"/"+name, `echo "${0##*/} $3" >> /run/notes`+"\n")
	}
	a.program(dropIns+"/hook-plain", noting)
	a.Run("chmod", "a-x", dropIns+"/hook-plain")
	a.Run("chmod", "o+w", dropIns+"/hook-shared")
	a.startActive(vi1(150))
	a.mustTellHook(notes, "", "hook-good BACKUP", "hook-good MASTER")
	shared := a.waitLog(`level=ERROR msg="not run" path=/run/plugins/hook-shared err=`)
	const repair = "chmod go-w /run/plugins/hook-shared"
	if !strings.Contains(shared.Text, "hook-shared is writable by everybody: "+repair) {
		t.Errorf("no repair: %s", shared.Text)
	}
	a.mustLog(1, `level=ERROR msg="not run" path=/run/plugins/hook-plain err="?/run/plugins/hook-plain is not executable: chmod \+x /run/plugins/hook-plain`)
	a.mustLog(2, `level=(WARN|ERROR)`)

	// The command does repair it.
	a.Run("sh", "-c", repair)
	a.agent.Signal(syscall.SIGHUP)
	a.mustTellHook(notes, "shared", "hook-shared MASTER")

	// Who reloads is told of the other.
	const notRun = "Warning: Not run\n\nhook-plain: /run/plugins/hook-plain is not executable:\n  chmod +x /run/plugins/hook-plain\n\n"
	if text := a.answer("reload"); !strings.Contains(text, notRun) || !strings.HasSuffix(text, "Reloaded.\n") {
		t.Errorf("%s", text)
	}

	// Whoever may write to the directory could replace what is in it.
	a.Run("chmod", "a+w", dropIns)
	at := time.Now()
	a.agent.Signal(syscall.SIGHUP)
	a.waitLogSince(at, `level=ERROR msg="not run" path=/run/plugins/hook-good err="/run/plugins is writable by everybody: chmod go-w /run/plugins"`)
	a.waitLogSince(at, `msg=reloaded`)
	a.stop()
	a.mustTellHook(notes, "", "hook-good BACKUP", "hook-good MASTER", "hook-shared MASTER")
}

// Hooks that come, go and are replaced are noticed by a reload.
func TestDropInReload(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	hook := func(name string) { a.program(dropIns+"/hook-"+name, `echo "`+name+` $3" >> /run/notes`+"\n") }
	a.WriteFile(number, "0")
	a.startActive(fileTracker(0) + vi1(150, trackingFile))
	hook("one")
	hook("two")
	a.agent.Signal(syscall.SIGHUP)
	a.mustTellHook(notes, "one", "one MASTER")
	a.mustTellHook(notes, "two", "two MASTER")
	a.remove(dropIns + "/hook-one")
	at := time.Now()
	a.agent.Signal(syscall.SIGHUP)
	a.waitLogSince(at, `msg=reloaded`)
	a.WriteFile(number, "1")
	a.mustTellHook(notes, "two", "two MASTER", "two FAULT")
	a.remove(dropIns + "/hook-two")
	at = time.Now()
	a.agent.Signal(syscall.SIGHUP)
	a.waitLogSince(at, `msg=reloaded`)
	a.waitGone(reach, "plugin-serve exec")
	a.WriteFile(number, "0")
	a.waitLogSince(at, toActive)
	a.stop()
	a.mustTellHook(notes, "one", "one MASTER")
	a.mustTellHook(notes, "two", "two MASTER", "two FAULT")
	a.mustLog(0, `msg="hook `)
}

// A directory that cannot be looked into keeps no agent from starting, which uses what
// is there when it can; and no reload takes for gone what was there.
func TestDropInFaultyDirectory(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.Run("ln", "-s", "plugins", dropIns) // to itself
	a.WriteFile(outcome, "0\n")
	a.start(probe("weight = -50") + vi1(150, trackingProbe))
	a.waitLog(`msg="tracker cannot tell" .* reason="open /run/plugins: too many levels of symbolic links`)
	s.waitWire(of(100, a.advertised(vrid)))

	a.remove(dropIns)
	a.program(dropIns+"/hook-note", `echo "$3" >> /run/notes`+"\n")
	a.plug(probeTracker)
	a.answer("reload") // or within two minutes by itself
	s.waitWire(of(150, a.advertised(vrid)))
	a.mustTellHook(notes, "", "MASTER")

	a.Run("mv", dropIns, dropIns+".away")
	a.Run("ln", "-s", "plugins", dropIns)
	text, status := a.ask("reload")
	if status != exitFailed || !strings.Contains(text, "What plugins and hooks there are is not known, because of /run/plugins: too many levels of symbolic\nlinks.") {
		t.Errorf("exit status %d:\n%s", status, text)
	}
	a.Run("rm", dropIns)
	a.Run("mv", dropIns+".away", dropIns)
	a.answer("reload")
	a.stop()
	a.mustTellHook(notes, "", "MASTER", "STOP")
	a.mustLog(0, `msg="tracker cannot tell" .* held=true`)
}
