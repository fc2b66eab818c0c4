package command

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"github.com/sentinel-ha/sentinel/sdk/sdktest"
)

// TestStop: a program that has to end does, with its group.
func TestStop(t *testing.T) {
	for _, c := range []struct {
		name, line string
		least      time.Duration // that it takes
		most       time.Duration
		text       string
	}{
		{"obeys", `echo on; echo $$ > $d/a; sleep 60`, 0, promptly, "timed out: on"},
		{"says so", `trap 'echo bye; exit 0' TERM; echo $$ > $d/a; while :; do sleep 0.01; done`, 0, promptly, "timed out: bye"},
		{"ignores", `trap '' TERM; echo $$ > $d/a; while :; do sleep 0.01; done`, grace, patience, "timed out"},
		{"child holds the output", `sh -c 'trap "" TERM; echo $$ > $d/a; sleep 60; sleep 60' & wait`, grace, patience, "timed out"},
		{"child without output", `sh -c 'trap "" TERM; echo $$ > $d/a; sleep 60; sleep 60' >/dev/null 2>&1 & wait`, 0, promptly, "timed out"},
		{"child has time to end", `sh -c 'trap "sleep 0.3; echo tidy; exit" TERM; echo $$ > $d/a; while :; do sleep 0.01; done' & wait`,
			300 * time.Millisecond, promptly, "timed out: tidy"},
		{"stopped", `echo $$ > $d/a; kill -STOP $$`, grace, patience, "timed out"},
		{"floods", `(sleep 0.3; echo $$ > $d/a) & exec yes`, 0, promptly, "timed out: y"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := openDir(t)
			ctx := sdktest.OverdueWhen(t, dir+"/a")
			r := sh(t, ctx, "d="+dir+"; export d; "+c.line)
			took := ctx.Since()
			if r.Ending != Interrupted || r.String() != c.text || r.Err != context.DeadlineExceeded {
				t.Errorf("%+v %q, want %q", r, r, c.text)
			}
			if took < c.least || took > c.most {
				t.Errorf("was gone after %v, want %v to %v", took, c.least, c.most)
			}
			dies(t, dir+"/a")
		})
	}
}

// TestLeavesGroup: a program that is in another group gets the signals itself.
func TestLeavesGroup(t *testing.T) {
	perl, err := exec.LookPath("perl")
	if err != nil {
		netnstest.NotRun(t, "there is no perl")
	}
	file := openDir(t) + "/a"
	ctx := sdktest.OverdueWhen(t, file)
	r := run(t, ctx, Spec{Args: []string{perl, "-e", "$| = 1; setpgrp(0, getpgrp(getppid())); print 'left'; open F, '>', '" + file + "'; print F $$; close F; sleep 60"}})
	if took := ctx.Since(); r.String() != "timed out: left" || took > promptly {
		t.Errorf("%v after %v", r, took)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if r := sh(t, ctx, "sleep 60"); r.Ending != Interrupted || r.String() != "stopped" || r.Err != context.Canceled {
		t.Errorf("%+v", r)
	}
}

// TestLeftBehind: a process that was left behind is not waited for and may go on
// writing, and nothing is held when it has ended.
func TestLeftBehind(t *testing.T) {
	before := held(t)
	dir := openDir(t)
	began := time.Now()
	r := Run(t.Context(), Spec{Args: Args([]string{`
		cd ` + dir + `
		(echo start > pid; until [ -e enough ]; do head -c 100000 /dev/zero; echo; sleep 0.01; done; echo $? > wrote) &
		echo $! > a; echo started
	`}, true)})
	if r.Ending != Exited || time.Since(began) > promptly {
		t.Errorf("%v after %v", r, time.Since(began))
	}
	if held(t).descriptors == before.descriptors {
		t.Error("nobody reads what it writes")
	}
	time.Sleep(100 * time.Millisecond)
	must(t, os.WriteFile(dir+"/enough", nil, 0o644))
	if status := number(t, dir+"/wrote"); status != 0 {
		t.Errorf("it could not write: %d", status)
	}
	before.again(t)
}

// TestManyLeftBehind: only so many are read.
func TestManyLeftBehind(t *testing.T) {
	before := held(t)
	const more = 3
	var pids []string
	for range maxLeftovers + more {
		r := Run(t.Context(), Spec{Args: Args([]string{"sleep 60 & echo $!"}, true)})
		pids = append(pids, r.lastLine())
	}
	reading := func() int {
		left.mu.Lock()
		defer left.mu.Unlock()
		return len(left.files)
	}
	if n := reading(); n != maxLeftovers {
		t.Errorf("%d are read, want %d", n, maxLeftovers)
	}
	must(t, exec.Command("kill", append([]string{"-9"}, pids...)...).Run())
	before.again(t)
	if n := reading(); n != 0 {
		t.Errorf("%d are read in the end", n)
	}
}

// TestBequeathed: what a process that was left behind on purpose writes is read by
// another process than this one, for as long as it writes, whatever signals others
// are ended with.
func TestBequeathed(t *testing.T) {
	dir := openDir(t)
	r := run(t, t.Context(), Spec{Lasting: true, Args: Args([]string{`
		cd ` + dir + `
		(readlink /proc/self/fd/2 > pipe; until [ -e enough ]; do head -c 100000 /dev/zero; echo; sleep 0.01; done; echo $? > wrote) &
		echo started
	`}, true)})
	if r.Ending != Exited {
		t.Errorf("%+v", r)
	}
	var readers []int
	eventually(t, "one reader", func() string {
		pipe, _ := os.ReadFile(dir + "/pipe")
		readers = reading(t, strings.TrimSpace(string(pipe)))
		if len(readers) == 1 {
			return ""
		}
		return fmt.Sprint(readers)
	})
	ours, _ := unix.Getsid(0)
	if theirs, err := unix.Getsid(readers[0]); err != nil || theirs == ours {
		t.Errorf("it is in our session, %v", err)
	}
	for _, signal := range []unix.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGTERM} {
		must(t, unix.Kill(readers[0], signal))
	}
	time.Sleep(100 * time.Millisecond)
	must(t, os.WriteFile(dir+"/enough", nil, 0o644))
	if status := number(t, dir+"/wrote"); status != 0 {
		t.Errorf("it could not write: %d", status)
	}
	eventually(t, "the reader's end", func() string {
		if err := unix.Kill(readers[0], 0); err == nil {
			return "it is there"
		}
		return ""
	})
}

// reading returns who reads a pipe.
func reading(t *testing.T, pipe string) (pids []int) {
	t.Helper()
	inputs, err := filepath.Glob("/proc/[0-9]*/fd/0")
	must(t, err)
	for _, input := range inputs {
		if target, _ := os.Readlink(input); target != "" && target == pipe {
			pid, err := strconv.Atoi(strings.Split(input, "/")[2])
			must(t, err)
			pids = append(pids, pid)
		}
	}
	return pids
}

// TestOutsideGroup: what is in another session is neither waited for nor killed.
func TestOutsideGroup(t *testing.T) {
	dir := openDir(t)
	Run(sdktest.OverdueWhen(t, dir+"/a"), Spec{Args: Args([]string{"setsid sh -c 'echo $$ > " + dir + "/a; exec sleep 60' & sleep 60"}, true)})
	if !alive(t, dir+"/a") {
		t.Error("it was killed")
	}
	kill(t, dir+"/a")
	eventually(t, "no output to be read", func() string {
		left.mu.Lock()
		defer left.mu.Unlock()
		return strings.Repeat("x", len(left.files))
	})
}

// TestLasting: what is left behind for long, as a service is that a check has started,
// is read by another process in the end; one at a time.
func TestLasting(t *testing.T) {
	before := held(t)
	l := leftovers{lasting: 50 * time.Millisecond}
	const several = 3
	var pipes []*os.File
	for range several {
		var p [2]int
		must(t, unix.Pipe2(p[:], unix.O_CLOEXEC))
		must(t, unix.SetNonblock(p[0], true))
		l.add(p[0])
		pipes = append(pipes, os.NewFile(uintptr(p[1]), "output"))
	}
	for _, pipe := range pipes {
		name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", pipe.Fd()))
		must(t, err)
		eventually(t, "a reader", func() string {
			if _, err := pipe.WriteString("words\n"); err != nil {
				t.Fatal(err)
			}
			if n := len(reading(t, name)); n != 1 {
				return fmt.Sprint(n)
			}
			return ""
		})
	}
	eventually(t, "nothing to be read here", func() string {
		l.mu.Lock()
		defer l.mu.Unlock()
		return strings.Repeat("x", len(l.files))
	})
	for _, pipe := range pipes {
		if _, err := pipe.WriteString("words\n"); err != nil {
			t.Error(err)
		}
		pipe.Close()
	}
	before.again(t)
}
