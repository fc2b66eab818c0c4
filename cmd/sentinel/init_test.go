package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/lab/labtest"
	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

// childrenOf returns the children of a process, and how many of them have ended and
// were not collected.
func childrenOf(t *testing.T, pid int) (list []int, uncollected int) {
	t.Helper()
	names, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if fields[1] != strconv.Itoa(pid) {
			continue
		}
		child, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		list = append(list, child)
		if fields[0] == "Z" {
			uncollected++
		}
	}
	return list, uncollected
}

// startContained starts a command as process 1 of its PID namespace, as in a container.
func (v *server) startContained(c lab.Command) *labtest.Process {
	v.site.t.Helper()
	unshare := []string{"--pid", "--fork", "--kill-child", "--mount-proc"}
	p := v.Start(lab.Command{Path: "/usr/bin/unshare", Args: append(unshare, "/bin/true")})
	if ends(v.site.t, p) != exitDone {
		netnstest.NotRun(v.site.t, fmt.Sprintf("no PID namespace can be made: %v", p.Log().Lines()))
	}
	return v.Start(lab.Command{Path: "/usr/bin/unshare", Env: c.Env, Args: append(append(unshare, c.Path), c.Args...)})
}

// An agent that is process 1 collects what checks leave behind, and is reloaded and
// stopped as any other.
func TestInit(t *testing.T) {
	t.Parallel()
	a := newSite(t, 1).servers[0]
	a.program(check, "sleep 0.1 > /dev/null 2>&1 &\necho >> "+runs+"\n")
	a.configure(scriptTracker() + vi1(100, trackingScript))
	a.agent = a.startContained(sentinel("agent", "-config", configFile))
	a.waitLog(toActive)
	list, _ := childrenOf(t, a.agent.PID())
	if len(list) != 1 {
		t.Fatalf("process 1 is one of %v", list)
	}
	first := list[0]
	eventually(t, "many runs", func() bool { return strings.Count(a.text(runs), "\n") > 20 })
	eventually(t, "all that have ended to be collected", func() bool {
		_, left := childrenOf(t, first)
		return left == 0
	})

	sendTo(t, first, syscall.SIGHUP)
	a.waitLog("msg=reloaded")
	sendTo(t, first, syscall.SIGTERM)
	if status := ends(t, a.agent); status != exitDone {
		t.Errorf("exit status %d", status)
	}
	a.mustLog(1, "msg=stopping signal=terminated$")
	a.mustLog(1, "msg=stopped$")
}

// What becomes of the agent becomes of process 1.
func TestInitStatus(t *testing.T) {
	t.Parallel()
	a := newSite(t, 1).servers[0]
	for want, args := range map[int][]string{
		exitDone:   {"agent", "-help"},
		exitFailed: {"agent", "-config", "/nowhere"},
		exitUsage:  {"agent", "extra"},
	} {
		p := a.startContained(sentinel(args...))
		if status := ends(t, p); status != want {
			t.Errorf("%v: exit status %d:\n%s", args, status, p.Log())
		}
	}
}
