package iface

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"github.com/sentinel-ha/sentinel/sdk"
)

func TestValidate(t *testing.T) {
	const characters = "interface: is no interface's name: no slash, colon or white space"
	for name, want := range map[string]string{
		"eth0":                      "",
		"a":                         "",
		"enp0s31f6.4000x":           "",
		"ünïcode":                   "",
		"a-name-too-long":           "",
		"a-name-too-long1":          "interface: is too long: at most 15 bytes",
		strings.Repeat("ü", 8):      "interface: is too long: at most 15 bytes",
		"":                          "interface: must not be empty",
		".":                         characters,
		"..":                        characters,
		"eth/0":                     characters,
		"eth0:1":                    characters,
		"eth 0":                     characters,
		"eth0\n":                    characters,
		"eth\x000":                  characters,
		strings.Repeat("\u00a0", 3): characters,
	} {
		err := Tracker.Validate(sdk.Values{"interface": name})
		got := ""
		if err != nil {
			got = err.Error()
			var attribute *sdk.AttributeError
			if !errors.As(err, &attribute) {
				t.Errorf("%q: %v is no error of an attribute", name, err)
			}
		}
		if got != want {
			t.Errorf("%q: error %q, want %q", name, got, want)
		}
	}
}

func TestChanges(t *testing.T) {
	here, there := cable(t)
	h := &hub{open: subscribe}
	eth0, eth1 := start(t, h, here, "eth0"), start(t, h, here, "eth1")
	eth0.await(up("eth0"))
	eth1.await(missing("eth1"))
	ip := func(n *netnstest.Namespace, command string) { n.Run("ip", strings.Fields(command)...) }
	steps := []struct {
		name string
		do   func()
		eth0 sdk.Result
		eth1 sdk.Result
	}{
		{"carrier lost", func() { ip(there, "link set eth0 down") }, noCarrier("eth0"), missing("eth1")},
		{"carrier back", func() { ip(there, "link set eth0 up") }, up("eth0"), missing("eth1")},
		{"down", func() { ip(here, "link set eth0 down") }, down("eth0"), missing("eth1")},
		{"up", func() { ip(here, "link set eth0 up") }, up("eth0"), missing("eth1")},
		{"renamed", func() {
			ip(here, "link set eth0 down")
			ip(here, "link set eth0 name eth1")
			ip(here, "link set eth1 up")
		}, missing("eth0"), up("eth1")},
		{"made again", func() { netnstest.Connect(t, here, "eth0", there, "eth9") }, up("eth0"), up("eth1")},
		{"deleted", func() { ip(here, "link del eth1") }, up("eth0"), missing("eth1")},
		{"deleted from the other end", func() { ip(there, "link del eth9") }, missing("eth0"), missing("eth1")},
		{"another takes the name", func() {
			netnstest.Connect(t, here, "eth2", there, "eth2")
			ip(here, "link set eth2 down")
			ip(here, "link set eth2 name eth0")
			ip(here, "link set eth0 up")
		}, up("eth0"), missing("eth1")},
		{"names are swapped", func() {
			netnstest.Connect(t, here, "eth1", there, "eth1")
			ip(here, "link set eth0 down")
			ip(here, "link set eth1 down")
			ip(here, "link set eth0 name x")
			ip(here, "link set eth1 name eth0")
			ip(here, "link set x name eth1")
			ip(here, "link set eth0 up")
		}, up("eth0"), down("eth1")},
		{"moved away", func() { ip(here, fmt.Sprintf("link set eth0 netns /proc/%d/fd/%d", os.Getpid(), handle(t, there))) },
			missing("eth0"), down("eth1")},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			eth0.t, eth1.t = t, t
			step.do()
			eth0.settle(step.eth0)
			eth1.settle(step.eth1)
		})
	}
	eth0.t, eth1.t = t, t
}

// handle opens a namespace for a command of a process of ours.
func handle(t *testing.T, n *netnstest.Namespace) (fd int) {
	t.Helper()
	n.Do(func() {
		file, err := os.Open("/proc/thread-self/ns/net")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		fd = int(file.Fd())
	})
	return fd
}

// An interface that leaves a bridge is still there, though a message like that of
// a deletion says that the bridge has lost it.
func TestBridgePort(t *testing.T) {
	here, _ := cable(t)
	h := &hub{open: subscribe}
	here.Run("ip", "link", "add", "br0", "type", "bridge")
	here.Run("ip", "link", "set", "eth0", "master", "br0")
	eth0, br0 := start(t, h, here, "eth0"), start(t, h, here, "br0")
	eth0.await(up("eth0"))
	br0.await(down("br0"))
	here.Run("ip", "link", "set", "br0", "up")
	br0.await(up("br0"))
	here.Run("ip", "link", "set", "eth0", "nomaster")
	br0.await(noCarrier("br0"))
	eth0.quiet()
}

// Each interface has its own verdict: that one recovers says nothing of another.
func TestIndependent(t *testing.T) {
	here, there := namespaces(t)
	h := &hub{open: subscribe}
	var all []*watched
	for i := range 3 {
		name := fmt.Sprintf("eth%d", i)
		netnstest.Connect(t, here, name, there, name)
		all = append(all, start(t, h, here, name))
		all[i].await(up(name))
	}
	for i := range all[:2] {
		there.Run("ip", "link", "set", fmt.Sprintf("eth%d", i), "down")
		all[i].await(noCarrier(fmt.Sprintf("eth%d", i)))
	}
	there.Run("ip", "link", "set", "eth0", "up")
	all[0].await(up("eth0"))
	all[1].quiet()
	all[2].quiet()
	there.Run("ip", "link", "set", "eth1", "up")
	all[1].await(up("eth1"))
	all[0].quiet()
}

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

// A flood of changes is taken in, and the last report is the truth.
func TestFlapping(t *testing.T) {
	here, there := cable(t)
	w := start(t, &hub{open: subscribe}, here, "eth0")
	w.await(up("eth0"))
	there.Do(func() {
		link, err := netlink.LinkByName("eth0")
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			if err := errors.Join(netlink.LinkSetDown(link), netlink.LinkSetUp(link)); err != nil {
				t.Fatal(err)
			}
		}
	})
	there.Run("ip", "link", "set", "eth0", "down")
	w.settle(noCarrier("eth0"))
	there.Run("ip", "link", "set", "eth0", "up")
	w.await(up("eth0"))
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

// TestTracker runs what is exported.
func TestTracker(t *testing.T) {
	here, _ := cable(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	reports := make(chan sdk.Result, 10)
	var err error
	done := here.Go(func() {
		err = Tracker.Run(ctx, sdk.Values{"interface": "eth0"}, sdk.Schedule{}, func(r sdk.Result) { reports <- r })
	})
	w := &watched{t: t, reports: reports}
	w.await(up("eth0"))
	here.Run("ip", "link", "set", "eth0", "down")
	w.await(down("eth0"))
	cancel()
	<-done
	if err != nil {
		t.Error(err)
	}
}

// TestLatency measures the time from a change to its report, from before the
// request to the kernel on.
func TestLatency(t *testing.T) {
	here, there := cable(t)
	w := start(t, &hub{open: subscribe}, here, "eth0")
	w.await(up("eth0"))
	var own, carrier []time.Duration
	measure := func(list *[]time.Duration, n *netnstest.Namespace, want sdk.Result) {
		var at time.Time
		n.Do(func() {
			link, err := netlink.LinkByName("eth0")
			if err != nil {
				t.Fatal(err)
			}
			at = time.Now()
			if err := netlink.LinkSetDown(link); err != nil {
				t.Fatal(err)
			}
		})
		w.await(want)
		*list = append(*list, time.Since(at))
		n.Run("ip", "link", "set", "eth0", "up")
		w.await(up("eth0"))
	}
	for range 30 {
		measure(&own, here, down("eth0"))
		measure(&carrier, there, noCarrier("eth0"))
	}
	for name, list := range map[string][]time.Duration{"set down": own, "carrier lost": carrier} {
		slices.Sort(list)
		median := list[len(list)/2]
		t.Logf("%s: p50 %v, max %v", name, median, list[len(list)-1])
		if median > 50*time.Millisecond {
			t.Errorf("%s: the median is %v", name, median)
		}
	}
}
