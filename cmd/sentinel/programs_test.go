package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program writes a shell script of the node that can be executed, at once and by
// another process: one that is open for writing here could not be.
func (v *server) program(path, text string) {
	v.site.t.Helper()
	const source, copied = "/run/new/source", "/run/new/copy"
	v.WriteFile(source, "#!/bin/sh\n"+text)
	v.Run("install", "-m", "755", source, copied)
	v.Run("mkdir", "-p", filepath.Dir(path))
	v.Run("mv", copied, path)
}

// text returns what is in a file of the node, nothing if there is none.
func (v *server) text(path string) string {
	v.site.t.Helper()
	text, err := os.ReadFile(v.Path(path))
	if err != nil && !os.IsNotExist(err) {
		v.site.t.Fatal(err)
	}
	return string(text)
}

// running is a process of a node.
type running struct {
	pid     int
	command string
}

// processes returns what runs in the server's node, by whomever it was started,
// with a text in its command line.
func (v *server) processes(text string) (list []running) {
	v.site.t.Helper()
	namespace := ""
	v.Do(func() (err error) {
		namespace, err = os.Readlink("/proc/thread-self/ns/mnt")
		return err
	})
	directories, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		v.site.t.Fatal(err)
	}
	for _, directory := range directories {
		if its, err := os.Readlink(directory + "/ns/mnt"); err != nil || its != namespace {
			continue // or it has ended
		}
		line, err := os.ReadFile(directory + "/cmdline")
		command := string(bytes.ReplaceAll(bytes.TrimRight(line, "\x00"), []byte{0}, []byte{' '}))
		if err == nil && strings.Contains(command, text) {
			pid, _ := strconv.Atoi(filepath.Base(directory))
			list = append(list, running{pid, command})
		}
	}
	return list
}

// waitGone waits until nothing like that runs in the node.
func (v *server) waitGone(within time.Duration, text string) {
	v.site.t.Helper()
	began := time.Now()
	for left := v.processes(text); len(left) > 0; left = v.processes(text) {
		if time.Since(began) > within {
			v.site.t.Fatalf("%v after, there still is on %s: %v", within, v, left)
		}
		time.Sleep(time.Millisecond)
	}
	v.site.t.Logf("nothing is left of %q after %v", text, time.Since(began))
}

// plugin waits for the process of a first-party plugin, and returns its number.
func (v *server) plugin(name string) (pid int) {
	v.site.t.Helper()
	eventually(v.site.t, "the plugin "+name, func() bool {
		list := v.plugins(name)
		if len(list) > 0 {
			pid = list[0]
		}
		return pid != 0
	})
	return pid
}

// plugins returns the processes of a first-party plugin. A program that one has forked,
// and that is not executed yet, looks the same and is none.
func (v *server) plugins(name string) (pids []int) {
	v.site.t.Helper()
	list := v.processes(" plugin-serve " + name)
	for _, p := range list {
		parent := parentOf(p.pid)
		if parent != 0 && !slices.ContainsFunc(list, func(other running) bool { return other.pid == parent }) {
			pids = append(pids, p.pid)
		}
	}
	return pids
}

// parentOf returns the parent of a process, 0 if it has ended.
func parentOf(pid int) int {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1]) // after the state
	return parent
}

// sendTo sends a signal to a process that may have ended.
func sendTo(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil && err != syscall.ESRCH {
		t.Fatal(err)
	}
}

// check is the script that most of these trackers run, runs where it writes what
// it is going to exit with, and outcome the file that says so.
const (
	check   = "/run/check"
	runs    = "/run/runs"
	outcome = "/run/outcome"
)

// obedient is a script that does as outcome says, once that has been written.
const obedient = `s=0; [ ! -e /run/outcome ] || until read s < /run/outcome; do :; done; echo $s >> /run/runs; echo "as told, $s"; exit $s` + "\n"

// every is how often the scripts of these tests run. They may take much longer.
const every = interval

// scriptTracker returns a tracker of that script.
func scriptTracker(settings ...string) string {
	return block(`tracker "script" "app"`, append([]string{
		fmt.Sprintf("command = [%q]", check), fmt.Sprintf(`interval = "%v"`, every), `timeout = "10s"`,
	}, settings...)...)
}

// goodUntilTold is for a tracker with a weight, which is not waited for: on a busy
// machine a router can be active before a plugin has started, and would say less.
const goodUntilTold = `on_start = "pass"`

// trackingScript makes a router track it.
const trackingScript = `track = [tracker.script.app]`

// block returns a block with these settings. A line takes the place of an earlier
// one of the same name.
func block(head string, settings ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s {\n", head)
	for i, line := range settings {
		key, _, _ := strings.Cut(line, " = ")
		last := i
		for j, later := range settings {
			if strings.HasPrefix(later, key+" = ") {
				last = j
			}
		}
		if last == i {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	b.WriteString("}\n")
	return b.String()
}
