package iface

import (
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"github.com/sentinel-ha/sentinel/sdk"
)

// A tracker that is started twice, or for the same interface as another, has its
// reports.
func TestShared(t *testing.T) {
	here, _ := cable(t)
	var opened atomic.Int32
	h := &hub{open: func() (socket, error) { opened.Add(1); return subscribe() }}
	one, two := start(t, h, here, "eth0"), start(t, h, here, "eth0")
	one.await(up("eth0"))
	two.await(up("eth0"))
	three := start(t, h, here, "lo")
	three.await(up("lo"))
	one.end()
	here.Run("ip", "link", "set", "eth0", "down")
	two.await(down("eth0"))
	one.quiet()
	if n := opened.Load(); n != 1 {
		t.Errorf("%d subscriptions, want 1", n)
	}
	two.end()
	three.end()
	again := start(t, h, here, "eth0")
	again.await(down("eth0"))
	if n := opened.Load(); n != 2 {
		t.Errorf("%d subscriptions, want 2", n)
	}
}

// What happened while a subscription was broken is found when there is another.
// The verdict stands meanwhile, if that takes no time.
func TestResubscribe(t *testing.T) {
	here, there := cable(t)
	netnstest.Connect(t, here, "eth1", there, "eth1")
	h, f := breakable()
	eth0, eth1 := start(t, h, here, "eth0"), start(t, h, here, "eth1")
	eth0.await(up("eth0"))
	eth1.await(up("eth1"))
	time.Sleep(retry)
	f.errors <- unix.ENOBUFS
	here.Run("ip", "link", "set", "eth0", "down") // is lost
	eth0.await(down("eth0"))
	eth1.quiet()
	here.Run("ip", "link", "set", "eth1", "down")
	eth1.await(down("eth1"))
	if n := len(f.opened); n != 2 {
		t.Errorf("%d subscriptions, want 2", n)
	}
}

// A subscription that cannot be had is a result, and is tried again.
func TestNoSubscription(t *testing.T) {
	here, _ := cable(t)
	var broken atomic.Bool
	broken.Store(true)
	h := &hub{open: func() (socket, error) {
		if broken.Load() {
			return nil, unix.EMFILE
		}
		return subscribe()
	}}
	w := start(t, h, here, "eth0")
	w.await(sdk.CannotTell("the kernel does not tell of eth0: too many open files"))
	time.Sleep(retry)
	w.quiet() // the same result is not reported again
	broken.Store(false)
	w.await(up("eth0"))
}

// A subscription that always ends at once does not keep the processor busy.
func TestBreaksAtOnce(t *testing.T) {
	here, _ := cable(t)
	h, f := breakable()
	stop := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case f.errors <- unix.ENOBUFS:
			case <-stop:
				return
			}
		}
	}()
	began := time.Now()
	w := start(t, h, here, "eth0")
	w.await(sdk.CannotTell("the kernel does not tell of eth0: read link events: no buffer space available"))
	time.Sleep(2 * retry)
	if n, most := len(f.opened), int(time.Since(began)/retry)+1; n > most {
		t.Errorf("%d subscriptions in %v, want %d at most", n, time.Since(began), most)
	}
	close(stop)
	<-stopped
	select {
	case <-f.errors:
	default:
	}
	w.await(up("eth0"))
}

// A real socket whose buffer overflows loses events and no verdict.
func TestOverflow(t *testing.T) {
	here, _ := cable(t)
	var opened atomic.Int32
	h := &hub{open: func() (socket, error) {
		opened.Add(1)
		s, err := netlinkSocket(opened.Load() == 1)
		return s, err
	}}
	w := start(t, h, here, "eth0")
	w.await(up("eth0"))
	time.Sleep(retry)
	h.mu.Lock()
	s := h.current
	h.mu.Unlock()
	s.mu.Lock() // keeps the reader from reading
	here.Do(func() {
		for i := range 200 {
			link, err := netlink.LinkByName("eth0")
			if err == nil {
				err = netlink.LinkSetMTU(link, 1400+i%2)
			}
			if err != nil {
				s.mu.Unlock()
				t.Fatal(err)
			}
		}
	})
	here.Run("ip", "link", "set", "eth0", "down")
	s.mu.Unlock()
	w.await(down("eth0"))
	if n := opened.Load(); n < 2 {
		t.Errorf("%d subscriptions, want another: the buffer did not overflow", n)
	}
}

// Nothing is left when a tracker has ended, whatever it waited for.
func TestLeaks(t *testing.T) {
	here, _ := cable(t)
	h := &hub{open: subscribe}
	cycle := func() {
		a, b := start(t, h, here, "eth0"), start(t, h, here, "none")
		a.await(up("eth0"))
		b.await(missing("none"))
		a.end()
		b.end()
		nothing := &hub{open: func() (socket, error) { return &silent{make(chan struct{})}, nil }}
		c := start(t, nothing, here, "eth0")
		c.quiet()
		c.end()
		failing := &hub{open: func() (socket, error) { return nil, unix.EMFILE }}
		d := start(t, failing, here, "eth0")
		d.await(sdk.CannotTell("the kernel does not tell of eth0: too many open files"))
		d.end()
	}
	cycle()
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	for range 10 {
		cycle()
	}
	netnstest.Eventually(t, func() bool { return runtime.NumGoroutine() <= goroutines && openFiles(t) <= files },
		"%d goroutines and %d files; there are %d and %d", goroutines, files, runtime.NumGoroutine(), openFiles(t))
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
