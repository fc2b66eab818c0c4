package main

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The log's reader has stopped reading, and the pipe to it is full: the agent does
// its work, answers, and ends as it should.
func TestStuckLog(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.configure(fileTracker(1) + vi1(150, trackingFile))
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	command := sentinel("agent", "-config", configFile)
	agent := exec.Command(command.Path, command.Args...)
	agent.Env, agent.Dir, agent.Stderr = append(os.Environ(), command.Env...), "/", writer
	a.Do(agent.Start)
	ended := make(chan error, 1)
	go func() { ended <- agent.Wait() }()
	t.Cleanup(func() { _ = agent.Process.Kill() })
	s.waitHeld(vip, a)
	clog(t, int(writer.Fd()))
	writer.Close()

	a.WriteFile(number, "3") // which is logged, in vain
	s.waitWire(of(153, a.advertised(vrid)))
	a.mustBe("with a stuck log", a.instance("VI_1"), "active", 150, 153, 3)
	b.startBackup(vi1(100))
	began := time.Now()
	if err := agent.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		t.Logf("ended %v after the signal", time.Since(began))
		if err != nil {
			t.Errorf("it ends with %v", err)
		}
	case <-time.After(reach):
		t.Fatal("it does not end")
	}
	s.waitHeld(vip, b)
	s.mustSee(1, "goodbye", a.resigned(vrid))
}

// The agent is started with something to say, and there is no room for it, or nobody
// reads: it serves all the same, and ends as it should.
func TestStartUnread(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	reader, stuck, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	defer stuck.Close()
	clog(t, int(stuck.Fd()))
	s := newSite(t, 1)
	a := s.servers[0]
	a.configure(fileTracker(1) + vi1(150)) // never used, which is a warning
	for name, log := range map[string]*os.File{"full": full, "stuck": stuck} {
		command := sentinel("agent", "-config", configFile)
		agent := exec.Command(command.Path, command.Args...)
		agent.Env, agent.Dir, agent.Stderr = append(os.Environ(), command.Env...), "/", log
		a.Do(agent.Start)
		t.Cleanup(func() { _ = agent.Process.Kill() })
		s.waitHeld(vip, a)
		if err := agent.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := agent.Wait(); err != nil {
			t.Errorf("%s: it ends with %v", name, err)
		}
		s.waitHeld(vip)
	}
}

// clog fills a pipe to the last byte.
func clog(t *testing.T, fd int) {
	t.Helper()
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETPIPE_SZ, 4096); err != nil {
		t.Fatal(err)
	}
	// This is the pipe's own mode, not this descriptor's. Whoever else writes to it
	// is to block in the end.
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{512, 1} {
		var err error
		for err == nil {
			_, err = unix.Write(fd, make([]byte, size))
		}
		if !errors.Is(err, unix.EAGAIN) {
			t.Fatal(err)
		}
	}
	if err := unix.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
}

// Two signals at once, whenever they come, leave no address and end with status 0.
func TestTwoSignals(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	const owner = `priority = 255` // has the address at once
	for _, c := range []struct {
		after         time.Duration
		first, second syscall.Signal
	}{
		{0, syscall.SIGTERM, syscall.SIGTERM},
		{0, syscall.SIGINT, syscall.SIGTERM},
		{time.Millisecond, syscall.SIGTERM, syscall.SIGINT},
		{5 * time.Millisecond, syscall.SIGTERM, syscall.SIGTERM},
		{0, syscall.SIGHUP, syscall.SIGTERM},
		{0, syscall.SIGTERM, syscall.SIGHUP},
	} {
		for _, wait := range []string{`msg=starting`, `msg="entering|` + toActive, `msg="address added"`} {
			a.start(vi1(100, owner))
			a.waitLog(wait)
			a.agent.Signal(c.first)
			time.Sleep(c.after)
			_ = a.agent.Process.Signal(c.second) // which it may not live to see
			if status := ends(t, a.agent); status != exitDone {
				t.Errorf("%v, %v, %v, when it had said %s: exit status %d", c.first, c.after, c.second, wait, status)
			}
			s.mustBeHeld(vip)
		}
	}
}

// A pipe into which nobody writes, among the files of a directory, is no
// configuration. One that is named is read, in vain, which keeps nobody from
// anything but reloading.
func TestReloadPipe(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.WriteFile("/run/conf.d/a.hcl", vi1(150))
	a.WriteFile("/run/b.hcl", "")
	a.agent = a.Start(sentinel("agent", "-config", "/run/conf.d", "-config", "/run/b.hcl"))
	a.waitLog(toActive)
	s.waitHeld(vip, a)
	a.Run("mkfifo", "/run/conf.d/c.hcl")
	a.agent.Signal(syscall.SIGHUP)
	a.waitLog(`/run/conf\.d/c\.hcl: a pipe, not a file`)
	a.waitLog(`level=ERROR msg="not reloaded`)
	a.remove("/run/conf.d/c.hcl")
	a.WriteFile("/run/conf.d/a.hcl", vi1(140))
	a.agent.Signal(syscall.SIGHUP)
	a.waitLog(`msg=reloaded changes="VI_1 updated \(priority\)"`)

	a.remove("/run/b.hcl")
	a.Run("mkfifo", "/run/b.hcl")
	a.agent.Signal(syscall.SIGHUP)
	a.agent.Signal(syscall.SIGHUP)
	time.Sleep(silence)
	s.waitWire(since(time.Now(), a.advertised(vrid)))
	a.mustSay(exitDone, "VI_1", "status")
	began := time.Now()
	a.stop()
	t.Logf("ended %v after the signal", time.Since(began))
	s.mustBeHeld(vip)
	s.mustSee(1, "goodbye", a.resigned(vrid))
}
