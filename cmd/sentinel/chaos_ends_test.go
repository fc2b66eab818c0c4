package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startChaos starts an agent whose plugins do all kinds of things, and returns when
// they do: they fork, flood, hang, stand still and do not listen. The hook of the
// probe is as good as any.
func (v *server) startChaos() {
	v.site.t.Helper()
	v.stubborn(check, "sleep "+daemonName()[len("httpd"):]+"0000")
	v.stubborn(hang, "sleep "+daemonName()[len("httpd"):]+"0000")
	v.link("sentinel-tracker-rogue", "sentinel-tracker-stuck", "sentinel-tracker-endless", "sentinel-tracker-pushy",
		"sentinel-notify-mute", "sentinel-notify-probe")
	var config strings.Builder
	var tracked []string
	for i, do := range []string{"", "fork", "panic", "flood lines", "flood without lines", "flood JSON"} {
		config.WriteString(strings.Replace(rogue(do, `isolated = true`), `"r"`, fmt.Sprintf(`"r%d"`, i), 1))
		tracked = append(tracked, fmt.Sprintf("tracker.rogue.r%d", i))
	}
	config.WriteString(block(`plugin "tracker" "stuck"`, `start_timeout = "500ms"`))
	for _, name := range []string{"stuck", "endless", "pushy"} {
		config.WriteString(block(fmt.Sprintf("tracker %q \"t\"", name), `on_start = "pass"`))
		tracked = append(tracked, "tracker."+name+".t")
	}
	tracked = append(tracked, "tracker.script.app")
	v.WriteFile(rampage, "")
	v.startActive(config.String() + scriptTracker(`timeout = "1h"`, `on_start = "pass"`) + hangingHook +
		block(`notify "probe" "n"`, forAll) + vi1(150, "track = ["+strings.Join(tracked, ", ")+"]"))
	eventually(v.site.t, "script, hook and children", func() bool {
		return v.text(check+".log") != "" && v.text(hang+".log") != "" && len(v.processes("/bin/sleep 1000000")) >= brood/2
	})
	v.mustTellHook(notes, "active", "probe VI_1 active")
	sendTo(v.site.t, v.processes("sentinel-tracker-rogue")[0].pid, syscall.SIGSTOP)
}

// An agent that is killed while its plugins do all that leaves no process behind.
func TestChaosKilled(t *testing.T) {
	a := newSite(t, 1).servers[0]
	a.startChaos()
	t.Logf("%d processes", len(a.processes("")))
	a.agent.Signal(syscall.SIGKILL)
	<-a.agent.Exited()
	a.waitGone(reach, "")
}

// An agent that is told to stop while its plugins do all that stops in time, leaves
// no process behind, and tells those that listen.
func TestChaosStopped(t *testing.T) {
	const budget, slack = 5 * time.Second, 3 * time.Second
	s := newSite(t, 1)
	a := s.servers[0]
	a.startChaos()
	at := time.Now()
	a.agent.Signal(syscall.SIGTERM)
	a.mustTellHook(notes, "stopped", "probe VI_1 stopped")
	told := time.Since(at)
	if status := ends(t, a.agent); status != exitDone {
		t.Errorf("exit status %d", status)
	}
	t.Logf("told after %v, ended after %v", told, time.Since(at))
	if took := time.Since(at); took > budget+slack {
		t.Errorf("ended after %v", took)
	}
	a.waitGone(reach, "")
	s.mustSee(1, "goodbye", a.resigned(vrid))
}

// has returns how many descriptors and threads the agent has.
func (v *server) has() (descriptors, threads int) {
	v.site.t.Helper()
	directory := fmt.Sprintf("/proc/%d", v.agent.PID())
	list, err := os.ReadDir(directory + "/fd")
	if err != nil {
		v.site.t.Fatal(err)
	}
	status, err := os.ReadFile(directory + "/status")
	if err != nil {
		v.site.t.Fatal(err)
	}
	threads, _ = strconv.Atoi(regexp.MustCompile(`(?m)^Threads:\s+(\d+)$`).FindStringSubmatch(string(status))[1])
	v.site.t.Logf("%d descriptors, %d threads, %s", len(list), threads, regexp.MustCompile(`VmRSS.*`).FindString(string(status)))
	return len(list), threads
}

// An agent whose plugin dies, and is replaced by another file, again and again, has
// no more descriptors than before, and not a thread more for each: the runtime keeps
// those that it needed at the same time.
func TestChaosLeak(t *testing.T) {
	t.Parallel()
	const warm, times = 5, 30 // with two new processes each
	a := newSite(t, 1).servers[0]
	spares := []string{"/run/spare/one", "/run/spare/two"}
	for _, spare := range spares {
		a.replace(spare)
	}
	swap := func(i int) { a.Run("sh", "-c", "ln "+spares[i%2]+" /run/spare/new && mv /run/spare/new "+rogueFile) }
	a.Run("mkdir", dropIns)
	swap(1)
	a.startActive(rogue("") + vi1(150, trackingRogue))
	a.waitLog(`msg="tracker healthy"`)
	var descriptors, threads int
	for i := range warm + times {
		if i == warm {
			descriptors, threads = a.has()
		}
		before := a.pidOf(rogueFile)
		swap(i)
		a.answer("reload")
		eventually(t, "another process", func() bool { pid := a.pidOf(rogueFile); return pid != 0 && pid != before })
		a.restart(rogueFile)
	}
	eventually(t, "as few descriptors as before", func() bool { now, _ := a.has(); return now <= descriptors })
	if _, now := a.has(); now > threads+times/2 {
		t.Errorf("%d threads, were %d", now, threads)
	}
	if left := a.Run("ls", "/run/sentinel/plugins"); len(strings.Fields(left)) != 1 {
		t.Errorf("directories of plugins: %s", left)
	}
	a.mustLog(0, `from=active`)
}
