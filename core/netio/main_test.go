package netio

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

func TestMain(m *testing.M) { os.Exit(netnstest.Main(m)) }

// patience is how long a test waits for what must happen.
const patience = 15 * time.Second

// silence is how long a test listens for what must not happen.
const silence = 150 * time.Millisecond

// pair is two hosts on one cable: here with 192.0.2.1 and 2001:db8::1 on eth0,
// there with 192.0.2.2 and 2001:db8::2.
type pair struct{ here, there *netnstest.Namespace }

func newPair(t testing.TB) pair {
	t.Helper()
	p := pair{netnstest.New(t), netnstest.New(t)}
	netnstest.Connect(t, p.here, "eth0", p.there, "eth0")
	for host, n := range map[int]*netnstest.Namespace{1: p.here, 2: p.there} {
		n.Run("ip", "addr", "add", fmt.Sprintf("192.0.2.%d/24", host), "dev", "eth0")
		n.Run("ip", "addr", "add", fmt.Sprintf("2001:db8::%d/64", host), "dev", "eth0", "nodad")
	}
	return p
}

// linkLocal returns the link-local address of an interface.
func linkLocal(t testing.TB, n *netnstest.Namespace, name string) (address netip.Addr) {
	t.Helper()
	n.Do(func() {
		kernel, err := openRTNL()
		if err != nil {
			t.Fatal(err)
		}
		defer kernel.close()
		d, err := kernel.device(name)
		if err != nil {
			t.Fatal(err)
		}
		list, err := kernel.addresses(d.index)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			if a.Addr().IsLinkLocalUnicast() {
				address = a.Addr()
			}
		}
	})
	return address
}

// newSockets returns a poller and an empty set of sockets.
func newSockets(t testing.TB) (*Poller, *Sockets) {
	t.Helper()
	p, err := NewPoller()
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSockets(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.CloseAll()
		p.Close()
	})
	return p, s
}

// testHost is a host that runs in a namespace and whose reports are kept.
type testHost struct {
	*Host
	t       testing.TB
	sockets *Sockets
	reports chan Report
	prepare func() error // called on the thread that runs the host, before it
	stop    context.CancelFunc
	done    <-chan struct{}
	err     error
	seq     uint64
}

func startHost(t testing.TB, n *netnstest.Namespace, dir string) *testHost {
	t.Helper()
	h := newTestHost(t, dir)
	h.start(n)
	return h
}

func newTestHost(t testing.TB, dir string) *testHost {
	t.Helper()
	_, sockets := newSockets(t)
	h := &testHost{
		t: t, sockets: sockets, reports: make(chan Report, 100_000),
		prepare: func() error { return nil },
	}
	h.Host = NewHost(HostConfig{RuntimeDir: dir, Sockets: sockets, Report: func(r Report) { h.reports <- r }})
	return h
}

func (h *testHost) start(n *netnstest.Namespace) {
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	h.done = n.Go(func() {
		if h.err = h.prepare(); h.err == nil {
			h.err = h.Run(ctx)
		}
	})
	h.t.Cleanup(h.end)
}

// end ends the host and waits until it has.
func (h *testHost) end() {
	h.t.Helper()
	h.stop()
	<-h.done
	if h.err != nil {
		h.t.Errorf("Run: %v", h.err)
	}
}

// await returns the next report of a type that matches, passing over all others
// but warnings, which fail the test unless they are what is awaited.
func await[T Report](h *testHost, match func(T) bool) T {
	h.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case r := <-h.reports:
			if wanted, ok := r.(T); ok && match(wanted) {
				return wanted
			}
			if w, ok := r.(Warning); ok {
				h.t.Fatalf("unexpected warning: %v", w.Err)
			}
		case <-timeout:
			var zero T
			h.t.Fatalf("waited %v in vain for a %T", patience, zero)
		}
	}
}

// any_ matches every report of its type.
func any_[T Report](T) bool { return true }

// change carries out an address order and returns its answer.
func (h *testHost) change(o AddressOrder) AddressReport {
	h.t.Helper()
	h.seq++
	o.Seq = h.seq
	h.ChangeAddresses(o)
	return await(h, func(r AddressReport) bool { return r.Seq == o.Seq })
}

// add adds addresses and demands that each was.
func (h *testHost) add(addresses ...Address) {
	h.t.Helper()
	for _, r := range h.change(AddressOrder{Router: "r", Add: true, Addresses: addresses}).Results {
		if r.Err != nil || !r.Changed {
			h.t.Fatalf("add %v: changed %t, error %v", r.Address.Prefix, r.Changed, r.Err)
		}
	}
}

// remove removes addresses and demands that each was.
func (h *testHost) remove(addresses ...Address) {
	h.t.Helper()
	for _, r := range h.change(AddressOrder{Router: "r", Addresses: addresses}).Results {
		if r.Err != nil || !r.Changed {
			h.t.Fatalf("remove %v: changed %t, error %v", r.Address.Prefix, r.Changed, r.Err)
		}
	}
}

func on(name, prefix string) Address {
	return Address{Prefix: netip.MustParsePrefix(prefix), Interface: name}
}

// ipBatch feeds commands to ip(8), which is called on a thread in the namespace.
func ipBatch(t testing.TB, commands string) {
	t.Helper()
	cmd := exec.Command("ip", "-batch", "-")
	cmd.Stdin = strings.NewReader(commands)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ip -batch: %v\n%s", err, output)
	}
}

func hostPrefix(a [4]byte) netip.Prefix { return netip.PrefixFrom(netip.AddrFrom4(a), 32) }
