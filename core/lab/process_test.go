package lab_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

func shell(script string) lab.Command { return lab.Command{Path: "sh", Args: []string{"-c", script}} }

func TestProcess(t *testing.T) {
	t.Parallel()
	l := labtest.New(t)
	a := l.AddNode("a")
	before := time.Now()
	p := a.Start(lab.Command{
		Path: "sh", Args: []string{"-c", `trap 'echo stopping; exit 7' TERM; echo out $WHAT; echo err >&2; pwd; while :; do sleep 0.01; done`},
		Env: []string{"WHAT=happens"}, Dir: "/usr",
	})
	line := p.WaitLog("^out happens$", reach)
	if line.At.Before(before) || line.At.After(time.Now()) {
		t.Errorf("a line of %v, started at %v", line.At, before)
	}
	p.WaitLog("^err$", reach)
	p.WaitLog("^/usr$", reach)
	if !p.Running() || p.State() != nil || p.Name() != "sh" {
		t.Errorf("running: %v, state: %v, name: %s", p.Running(), p.State(), p.Name())
	}
	if status := p.Stop(reach); status != 7 {
		t.Errorf("exit status %d, want 7", status)
	}
	if p.Running() || p.State().ExitCode() != 7 {
		t.Errorf("still running or ended by %v", p.State())
	}
	if text := p.Log().String(); strings.Count(text, "\n") != 4 || !strings.HasSuffix(text, "stopping\n") {
		t.Errorf("log:\n%s", text)
	}
	if _, err := p.Process.Usage(); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("usage of an ended process: %v", err)
	}
}

func TestProcessThatDoesNotStop(t *testing.T) {
	t.Parallel()
	a := labtest.New(t).AddNode("a")
	p := a.Start(shell(`trap '' TERM; echo ready; while :; do sleep 0.01; done`))
	p.WaitLog("ready", reach)
	status, err := p.Process.Stop(50 * time.Millisecond)
	if status != -1 || err == nil {
		t.Errorf("status %d, error %v", status, err)
	}
}

func TestNodeKillTakesEverything(t *testing.T) {
	t.Parallel()
	l := labtest.New(t)
	a, b := l.AddNode("a"), l.AddNode("b")
	// One that leaves the process group and one that is left by its parent.
	p := a.Start(shell(`setsid sleep 60 & (sleep 60 &) ; echo ready; wait`))
	other := b.Start(shell(`echo ready; sleep 60`))
	p.WaitLog("ready", reach)
	other.WaitLog("ready", reach)
	a.Freeze()
	a.Kill()
	select {
	case <-p.Exited():
	default:
		t.Error("Kill has returned and the process has not ended")
	}
	if status := p.State().Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Errorf("ended by %v", p.State())
	}
	if !other.Running() {
		t.Error("another node's process was killed")
	}
	if got := faults(l); got != nil {
		t.Errorf("a killed node is still said to be %v", got)
	}
}

func TestFreezeAndThaw(t *testing.T) {
	t.Parallel()
	a := labtest.New(t).AddNode("a")
	p := a.Start(shell(`i=0; while :; do i=$((i+1)); echo $i; sleep 0.001; done`))
	p.WaitLog("^5$", reach)
	a.Freeze()
	stopped := len(p.Log().Lines())
	eventually(t, "the output ends", func() bool {
		before := len(p.Log().Lines())
		time.Sleep(20 * time.Millisecond)
		return len(p.Log().Lines()) == before
	})
	thawed := time.Now()
	a.Thaw()
	p.WaitLogSince(thawed, "[0-9]", reach)
	if len(p.Log().Lines()) <= stopped {
		t.Error("it did not go on")
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	a := labtest.New(t).AddNode("a")
	// A parent that waits for a child that works.
	p := a.Start(shell(`sh -c 'while :; do :; done' & echo ready; wait`))
	p.WaitLog("ready", reach)
	eventually(t, "the child has worked for 50 ms", func() bool { return p.Usage().CPU > 50*time.Millisecond })
	usage := p.Usage()
	if usage.Processes != 2 || usage.RSS < 100<<10 || usage.RSS > 100<<20 || usage.PSS > usage.RSS || usage.PSS == 0 {
		t.Errorf("%+v", usage)
	}
}

func TestOwnUsage(t *testing.T) {
	t.Parallel()
	a := labtest.New(t).AddNode("a")
	p := a.Start(shell(`sh -c 'sleep 60; echo' & wait`))
	eventually(t, "two of three to be shells", func() bool { return len(p.OwnUsage()) == 2 && p.Usage().Processes == 3 })
	if first := p.OwnUsage()[p.PID()]; first.CPU == 0 || first.PSS == 0 {
		t.Errorf("%+v", first)
	}
}

// TestCloseLeavesNothing is not parallel, because it counts.
func TestCloseLeavesNothing(t *testing.T) {
	labtest.NeedLab(t)
	count := func(dir string) int {
		entries, err := os.ReadDir(dir)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return len(entries)
	}
	labtest.New(t).Close() // after the first, the runtime has what it keeps open
	files, labs, processes := count("/proc/self/fd"), count("/run/lab"), children(t)
	l := labtest.New(t)
	a := l.AddNode("a", lab.At("10.0.0.1/24"))
	b := l.AddNode("b", lab.At("10.0.0.2/24"), lab.On("wan", "10.8.0.2/24"))
	l.Capture()
	a.Probe("10.0.0.2", time.Millisecond).WaitAnswer(b, reach)
	a.Cut(lab.Both)
	a.Start(shell("setsid sleep 60 & sleep 60"))
	b.Run("true")
	var mark string
	b.Do(func() (err error) {
		mark, err = os.Readlink("/proc/thread-self/ns/net")
		return err
	})
	l.Close()
	eventually(t, "files, directories and processes are as before", func() bool {
		return count("/proc/self/fd") <= files && count("/run/lab") == labs && children(t) == processes
	})
	eventually(t, "no thread is in a node", func() bool {
		threads, err := filepath.Glob("/proc/self/task/*/ns/net")
		return err == nil && !slices.ContainsFunc(threads, func(link string) bool {
			target, err := os.Readlink(link)
			return err == nil && target == mark
		})
	})
}

// children returns how many processes there are besides the test and its like.
func children(t *testing.T) int {
	t.Helper()
	found, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

func TestClose(t *testing.T) {
	t.Parallel()
	l := labtest.New(t)
	a := l.AddNode("a", lab.At("10.0.0.1/24"))
	p := a.Start(shell(`setsid sh -c 'trap "" TERM; while :; do sleep 0.01; done' & echo ready; wait`))
	p.WaitLog("ready", reach)
	capture := l.Capture()
	probe := a.Probe("10.0.0.2", time.Millisecond)
	waited := make(chan error, 1)
	go func() {
		_, err := p.Log().Wait("never printed", time.Minute)
		waited <- err
	}()
	own := a.Path("/run")
	l.Close()
	l.Close() // and again
	if err := <-waited; !errors.Is(err, lab.ErrClosed) {
		t.Errorf("a wait ended with %v", err)
	}
	if p.Running() {
		t.Error("a process runs on")
	}
	if _, err := os.Stat(own); !os.IsNotExist(err) {
		t.Errorf("%s: %v", own, err)
	}
	if _, err := l.Lab.AddNode("late"); !errors.Is(err, lab.ErrClosed) {
		t.Errorf("a node after the end: %v", err)
	}
	if _, err := a.Node.Start(shell("true")); err == nil {
		t.Error("a process after the end")
	}
	_, _ = capture.Events(), probe.Outages() // can still be read
}
