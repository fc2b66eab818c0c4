package iface

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"github.com/sentinel-ha/sentinel/sdk"
)

func TestMain(m *testing.M) { os.Exit(netnstest.Main(m)) }

// patience is how long a test waits for what must happen.
const patience = 15 * time.Second

// silence is how long a test listens for what must not happen.
const silence = 150 * time.Millisecond

// watched is a tracker that runs in a namespace.
type watched struct {
	t       testing.TB
	reports chan sdk.Result
	last    sdk.Result // reported
	cancel  context.CancelFunc
	done    <-chan struct{}
	err     error
}

// start watches an interface in a namespace.
func start(t testing.TB, h *hub, n *netnstest.Namespace, name string) *watched {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w := &watched{t: t, reports: make(chan sdk.Result, 100_000), cancel: cancel}
	w.done = n.Go(func() { w.err = h.watch(ctx, name, func(r sdk.Result) { w.reports <- r }) })
	t.Cleanup(w.end)
	return w
}

// end ends the tracker and waits until it has.
func (w *watched) end() {
	w.t.Helper()
	w.cancel()
	select {
	case <-w.done:
	case <-time.After(patience):
		w.t.Fatal("the tracker does not end")
	}
	if w.err != nil {
		w.t.Errorf("ended with %v", w.err)
	}
}

// await waits until a result is the last that was reported.
func (w *watched) await(want sdk.Result) {
	w.t.Helper()
	for timeout := time.After(patience); w.last != want; {
		select {
		case got := <-w.reports:
			if got == w.last {
				w.t.Errorf("reported twice: %+v", got)
			}
			w.last = got
		case <-timeout:
			w.t.Fatalf("waited %v in vain for %+v; the last was %+v", patience, want, w.last)
		}
	}
}

// settle waits until a result was the last for a while.
func (w *watched) settle(want sdk.Result) {
	w.t.Helper()
	for {
		w.await(want)
		select {
		case w.last = <-w.reports:
		case <-time.After(silence):
			return
		}
	}
}

// quiet fails the test if there is a report.
func (w *watched) quiet() {
	w.t.Helper()
	select {
	case r := <-w.reports:
		w.t.Fatalf("unexpected report %+v", r)
	case <-time.After(silence):
	}
}

func up(name string) sdk.Result        { return sdk.Pass("%s is up and running", name) }
func down(name string) sdk.Result      { return sdk.Fail("%s is down", name) }
func noCarrier(name string) sdk.Result { return sdk.Fail("%s has no carrier", name) }
func missing(name string) sdk.Result   { return sdk.Fail("%s does not exist", name) }

// cable is two namespaces, with eth0 in one connected to eth0 in the other.
func cable(t testing.TB) (here, there *netnstest.Namespace) {
	t.Helper()
	here, there = namespaces(t)
	netnstest.Connect(t, here, "eth0", there, "eth0")
	return here, there
}

// namespaces returns two namespaces in which cables will get different indexes.
// The kernel takes a veth(4) whose peer has its index for a real device, whose
// carrier changes it tells of once a second only (net/core/link_watch.c).
func namespaces(t testing.TB) (here, there *netnstest.Namespace) {
	t.Helper()
	here, there = netnstest.New(t), netnstest.New(t)
	there.Run("ip", "link", "add", "spare0", "type", "veth", "peer", "name", "spare1")
	return here, there
}

// fault is a subscription that a test can break.
type fault struct {
	socket
	errors chan error
	opened chan struct{}
}

// breakable returns a hub whose subscriptions fail with what is sent to break.
func breakable() (h *hub, f *fault) {
	f = &fault{errors: make(chan error, 1), opened: make(chan struct{}, 1000)}
	h = &hub{open: func() (socket, error) {
		s, err := subscribe()
		f.opened <- struct{}{}
		return &fault{socket: s, errors: f.errors}, err
	}}
	return h, f
}

// Receive passes over what the kernel says in favour of an error.
func (f *fault) Receive() ([]syscall.NetlinkMessage, *unix.SockaddrNetlink, error) {
	messages, from, err := f.socket.Receive()
	select {
	case err := <-f.errors:
		return nil, nil, err
	default:
		return messages, from, err
	}
}

// netlinkSocket is subscribe, with a buffer for a few events only.
func netlinkSocket(small bool) (socket, error) {
	s, err := nl.Subscribe(unix.NETLINK_ROUTE, unix.RTNLGRP_LINK)
	if err == nil && small {
		err = s.SetReceiveBufferSize(1, false) // the kernel makes it a little more
	}
	return s, err
}

// silent is a subscription to which nothing is ever sent.
type silent struct{ closed chan struct{} }

func (s *silent) Send(*nl.NetlinkRequest) error { return nil }
func (s *silent) Close()                        { close(s.closed) }
func (s *silent) Receive() ([]syscall.NetlinkMessage, *unix.SockaddrNetlink, error) {
	<-s.closed
	return nil, nil, errors.New("closed")
}
