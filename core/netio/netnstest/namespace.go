package netnstest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Namespace is a network namespace. It goes with its test.
type Namespace struct {
	t      testing.TB
	handle *os.File
}

// New makes a namespace whose loopback interface is up and whose interfaces will
// do no duplicate address detection, which would make each test wait for it.
func New(t testing.TB) *Namespace {
	t.Helper()
	Require(t)
	n := &Namespace{t: t}
	made := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			n.handle, err = os.Open("/proc/thread-self/ns/net")
		}
		made <- err
	}()
	if err := <-made; err != nil {
		t.Fatalf("make network namespace: %v", err)
	}
	t.Cleanup(func() { n.handle.Close() })
	n.Sysctl("net/ipv6/conf/default/accept_dad", "0")
	n.Sysctl("net/ipv6/conf/default/dad_transmits", "0")
	n.Run("ip", "link", "set", "lo", "up")
	return n
}

// Do calls f on a thread in the namespace and waits for it. f may end the test.
func (n *Namespace) Do(f func()) {
	n.t.Helper()
	completed := false
	<-n.Go(func() {
		f()
		completed = true
	})
	if !completed {
		runtime.Goexit() // as f has done
	}
}

// Go calls f on a thread in the namespace; the channel is closed when f has
// returned. Goroutines that f starts are in whatever namespace Go puts them.
func (n *Namespace) Go(f func()) (done <-chan struct{}) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // for good
		if err := unix.Setns(int(n.handle.Fd()), unix.CLONE_NEWNET); err != nil {
			n.t.Errorf("enter network namespace: %v", err)
			return
		}
		f()
	}()
	return ended
}

// Run runs a command in the namespace and returns what it prints. The test fails
// if the command does.
func (n *Namespace) Run(name string, args ...string) string {
	n.t.Helper()
	output, err := n.Try(name, args...)
	if err != nil {
		n.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, output)
	}
	return output
}

// Try is Run for a command that may fail.
func (n *Namespace) Try(name string, args ...string) (output string, err error) {
	n.t.Helper()
	n.Do(func() {
		var b []byte
		b, err = exec.Command(name, args...).CombinedOutput()
		output = string(b)
	})
	return output, err
}

// Start starts a command in the namespace, which is ended with the test: by TERM
// and after some seconds by KILL, it and its children.
func (n *Namespace) Start(name string, args ...string) *exec.Cmd {
	n.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &testLog{n.t, name}, &testLog{n.t, name}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	n.Do(func() {
		if err := cmd.Start(); err != nil {
			n.t.Fatalf("%s: %v", name, err)
		}
	})
	n.t.Cleanup(func() {
		_ = cmd.Process.Signal(unix.SIGTERM)
		kill := time.AfterFunc(5*time.Second, func() { _ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL) })
		defer kill.Stop()
		_ = cmd.Wait()
	})
	return cmd
}

// testLog writes what a command prints to the test's log.
type testLog struct {
	t    testing.TB
	name string
}

func (l *testLog) Write(b []byte) (int, error) {
	l.t.Logf("%s: %s", l.name, strings.TrimSpace(string(b)))
	return len(b), nil
}

// Sysctl sets a sysctl of the namespace, by its path below /proc/sys.
func (n *Namespace) Sysctl(path, value string) {
	n.t.Helper()
	n.Do(func() {
		if err := os.WriteFile(filepath.Join("/proc/sys", path), []byte(value), 0); err != nil {
			n.t.Fatal(err)
		}
	})
}

// Connect lays a cable from an interface of one namespace to one of another. Both
// are made, and are up.
func Connect(t testing.TB, a *Namespace, nameA string, b *Namespace, nameB string) {
	t.Helper()
	a.Do(func() {
		link := &netlink.Veth{
			LinkAttrs: netlink.LinkAttrs{Name: nameA},
			PeerName:  nameB, PeerNamespace: netlink.NsFd(b.handle.Fd()),
		}
		if err := netlink.LinkAdd(link); err != nil {
			t.Fatalf("make cable: %v", err)
		}
	})
	a.Run("ip", "link", "set", nameA, "up")
	b.Run("ip", "link", "set", nameB, "up")
	for _, end := range []struct {
		*Namespace
		name string
	}{{a, nameA}, {b, nameB}} {
		Eventually(t, func() bool {
			shown := end.Run("ip", "-6", "addr", "show", "dev", end.name)
			return strings.Contains(shown, "inet6 fe80") && !strings.Contains(shown, "tentative")
		}, "a link-local address on %s", end.name)
	}
}

// Eventually waits until a condition holds, which has some seconds to come true.
func Eventually(t testing.TB, condition func() bool, format string, args ...any) {
	t.Helper()
	const patience = 10 * time.Second
	for start := time.Now(); !condition(); time.Sleep(2 * time.Millisecond) {
		if time.Since(start) > patience {
			t.Fatalf("waited %v in vain for "+format, append([]any{patience}, args...)...)
		}
	}
}
