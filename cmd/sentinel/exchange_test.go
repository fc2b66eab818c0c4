package main

import (
	"fmt"
	"net"
	"net/http"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

// A reload exchanges the plugin of a hook that is busy, while more waits: the new
// one is told the present state, and nothing older.
func TestHookExchanged(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(note, noting+`while [ -e /run/block ]; do sleep 0.05; done`+"\n")
	a.WriteFile("/run/block", "")
	a.WriteFile(number, "0")
	config := fileTracker(0) + hook("log", forAll, noteFor, `timeout = "1h"`) + vi1(150, trackingFile)
	a.startActive(config)
	a.mustTellHook(notes, "", "INSTANCE VI_1 BACKUP 150")
	a.WriteFile(number, "1")
	a.waitLog(toFault)
	recovered := time.Now()
	a.WriteFile(number, "0")
	a.waitLogSince(recovered, toActive)

	before := a.plugin("exec")
	a.configure(block(`plugin "notify" "exec"`, `environment = { A = "1" }`) + config)
	a.answer("reload")
	a.remove("/run/block")
	eventually(t, "another process", func() bool {
		list := a.plugins("exec")
		return len(list) == 1 && list[0] != before
	})
	a.mustTellHook(notes, "", "INSTANCE VI_1 BACKUP 150", "INSTANCE VI_1 MASTER 150")
	a.stop()
	a.mustTellHook(notes, "", "INSTANCE VI_1 BACKUP 150", "INSTANCE VI_1 MASTER 150", "INSTANCE VI_1 STOP 150")
}

// A reload replaces the server of a hook that has asked to be left in peace: the new
// one is told at once.
func TestHookRepaired(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	var listener net.Listener
	a.Do(func() (err error) {
		listener, err = net.Listen("tcp", "127.0.0.1:80")
		return err
	})
	told := make(chan string, 10)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			w.Header().Set("Retry-After", "600")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		told <- r.URL.Path
	})}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	webhook := func(path string) string {
		return block(`notify "webhook" "team"`, forAll, fmt.Sprintf(`url = "http://127.0.0.1%s"`, path)) + vi1(255)
	}
	a.start(webhook("/old"))
	a.waitLog(`msg="hook failed" hook=notify.webhook.team to=active .*next=10m0s`)
	a.reload(webhook("/new"))
	select {
	case <-told:
	case <-time.After(reach):
		t.Error("it waits for the old server")
	}
	a.stop()
}

// A hook whose plugin was broken for some time is called as soon as that runs.
func TestHookMended(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.plugBroken(probeNotifier)
	a.start(block(`notify "probe" "n"`, forAll) + vi1(255))
	failed := a.waitLog(`msg="hook failed" hook=notify.probe.n to=active .*next=[4-7]\.`)
	wait, err := time.ParseDuration(regexp.MustCompile(`next=(\S+)`).FindStringSubmatch(failed.Text)[1])
	if err != nil {
		t.Fatal(err)
	}
	a.mend(probeNotifier)
	a.answer("reload")
	a.mustTellHook(notes, "", "probe VI_1 active")
	if took := time.Since(failed.At); took >= wait {
		t.Errorf("called after %v, and was to be called after %v", took, wait)
	}
	a.stop()
}

// A plugin that was broken runs again because of a reload whose file is not valid:
// its tracker is what is configured, by the configuration that is in force.
func TestDropInRepairedMeanwhile(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.plugBroken(probeTracker)
	a.WriteFile(outcome, "0\n")
	config := probe(`weight = -50`) + vi1(150, trackingProbe)
	a.startActive(config)
	s.waitWire(of(100, a.advertised(vrid)))
	eventually(t, "a plugin that is tried rarely", func() bool { return len(lines(a.agent, "is tried rarely")) > 0 })
	a.mend(probeTracker)
	a.configure(config + block(`sync_group "G"`))
	if text, status := a.ask("reload"); status != exitFailed {
		t.Errorf("exit status %d: %s", status, text)
	}
	s.waitWire(since(time.Now().Add(-reach), of(150, a.advertised(vrid))))
}

// Whoever tells the agent to reload all the time, while that takes long, gets what
// was configured meanwhile.
func TestReloadStorm(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(dropIns+"/sentinel-notify-mute", "exec sleep 3600\n")
	plugin := block(`plugin "notify" "mute"`, `start_timeout = "500ms"`)
	a.startActive(plugin + vi1(150))
	at := time.Now()
	a.configure(plugin + vi1(140))
	for len(s.seen(since(at, of(140, a.advertised(vrid))))) == 0 {
		a.agent.Signal(syscall.SIGHUP)
		if time.Since(at) > reach {
			t.Fatal("no reload takes effect")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// From several shells at once: each is told what became of the configuration, also
// that it is not valid.
func TestReloadAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(vi1(150))
	for _, c := range []struct {
		config, says string
		status       int
	}{{vi1(140), "Reloaded.", exitDone}, {vi1(150, `version = 4`), "Not reloaded: ", exitFailed}} {
		a.configure(c.config)
		var shells []*labtest.Process
		for range 5 {
			shells = append(shells, a.Start(sentinel("reload")))
		}
		for _, p := range shells {
			if status := ends(t, p); status != c.status || len(lines(p, c.says)) != 1 {
				t.Errorf("exit status %d: %v", status, p.Log().Lines())
			}
		}
	}
	s.mustHaveSaid(a, vrid, 150, 140)
	a.stop()
}
