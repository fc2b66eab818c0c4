package iface

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/sdktest"
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
		sdktest.Validates(t, name, Tracker, sdk.Values{"interface": name}, want)
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
