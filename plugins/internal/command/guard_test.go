package command

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestParentDies: no program outlives the process that runs it, nor does its
// child, while what is in another session lives on. The guard ends too.
func TestParentDies(t *testing.T) {
	dir := openDir(t)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{runVariable + `=
		cd ` + dir + `
		setsid sh -c 'echo $$ > other; exec sleep 60' &
		sh -c 'trap "" HUP TERM; echo $$ > child; sleep 60; sleep 60' &
		echo $$ > a; sleep 60`}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(t, cmd.Start())
	for _, file := range []string{"/a", "/child", "/other"} {
		if !alive(t, dir+file) {
			t.Fatal("not started")
		}
	}
	pipes := pipesOf(t, fmt.Sprint(cmd.Process.Pid))
	must(t, unix.Kill(-cmd.Process.Pid, unix.SIGKILL)) // as a plugin is killed
	_ = cmd.Wait()
	dies(t, dir+"/a")
	dies(t, dir+"/child")
	if !alive(t, dir+"/other") {
		t.Error("what is not in the group was killed")
	}
	kill(t, dir+"/other")
	eventually(t, "the end of the guard", func() string { return holders(t, pipes) })
}

// TestGuardedFirst: the guard is older than the first program.
func TestGuardedFirst(t *testing.T) {
	dir := openDir(t)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{runVariable + "=echo $$ > " + dir + "/first; sleep 60"}
	must(t, cmd.Start())
	if !alive(t, dir+"/first") {
		t.Fatal("not started")
	}
	text, err := os.ReadFile(dir + "/first")
	must(t, err)
	first, err := strconv.Atoi(strings.TrimSpace(string(text)))
	must(t, err)
	pipes, guard := pipesOf(t, fmt.Sprint(cmd.Process.Pid)), 0
	for _, holder := range strings.Split(holders(t, pipes), "; ") {
		process, _, _ := strings.Cut(holder, " ")
		if text, _ := os.ReadFile(process + "/cmdline"); strings.HasPrefix(string(text), "sentinel-guard") {
			_, _ = fmt.Sscanf(process, "/proc/%d", &guard)
		}
	}
	if guard == 0 || guard > first {
		t.Errorf("the guard is process %d, the first program %d", guard, first)
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	dies(t, dir+"/first")
}

// pipesOf returns the pipes that a process holds.
func pipesOf(t *testing.T, pid string) map[string]bool {
	t.Helper()
	list := map[string]bool{}
	files, err := filepath.Glob("/proc/" + pid + "/fd/*")
	must(t, err)
	for _, file := range files {
		if target, err := os.Readlink(file); err == nil && strings.HasPrefix(target, "pipe:") {
			list[target] = true
		}
	}
	return list
}

// holders returns which processes hold some of the pipes.
func holders(t *testing.T, pipes map[string]bool) (list string) {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*")
	must(t, err)
	for _, process := range processes {
		for pipe := range pipesOf(t, filepath.Base(process)) {
			if pipes[pipe] {
				list += fmt.Sprintf("%s holds %s; ", process, pipe)
			}
		}
	}
	return list
}
