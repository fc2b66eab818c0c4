package netio

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"golang.org/x/sys/unix"
)

// end is one end of the cable with an open socket.
type end struct {
	t       testing.TB
	poller  *Poller
	sockets *Sockets
}

const theSocket = 7

func (p pair) open(t testing.TB, n *netnstest.Namespace, family Family) end {
	t.Helper()
	poller, sockets := newSockets(t)
	openIn(t, n, sockets, Socket{ID: theSocket, Index: n.Index("eth0"), Family: family})
	return end{t, poller, sockets}
}

func openIn(t testing.TB, n *netnstest.Namespace, sockets *Sockets, s Socket) {
	t.Helper()
	n.Do(func() {
		if err := sockets.Open(s); err != nil {
			t.Fatal(err)
		}
	})
}

// receive returns the next datagram, or nil after a while. Its payload is a copy.
func (e end) receive(patience time.Duration) *Datagram {
	e.t.Helper()
	until := Clock{}.Now().Add(patience)
	var d Datagram
	for !e.sockets.Receive(&d) {
		if !(Clock{}).Now().Before(until) {
			return nil
		}
		if err := e.poller.Wait(until); err != nil {
			e.t.Fatal(err)
		}
	}
	d.Payload = bytes.Clone(d.Payload)
	return &d
}

func (e end) send(source, destination string, ttl uint8, payload string) {
	e.t.Helper()
	err := e.sockets.Send(theSocket, netip.MustParseAddr(source), netip.MustParseAddr(destination), ttl, []byte(payload))
	if err != nil {
		e.t.Fatal(err)
	}
}

func TestDatagrams(t *testing.T) {
	p := newPair(t)
	p.here.Run("ip", "addr", "add", "192.0.2.7/24", "dev", "eth0")
	p.here.Run("ip", "addr", "add", "2001:db8::7/64", "dev", "eth0")
	ours, theirs := linkLocal(t, p.here, "eth0").String(), linkLocal(t, p.there, "eth0").String()
	tests := []struct {
		name                string
		family              Family
		source, destination string
		ttl                 uint8
	}{
		{"IPv4 multicast", IPv4, "192.0.2.1", "224.0.0.18", 255},
		{"IPv4 multicast from another address", IPv4, "192.0.2.7", "224.0.0.18", 255},
		{"IPv4 multicast with a low TTL", IPv4, "192.0.2.1", "224.0.0.18", 3},
		{"IPv4 unicast", IPv4, "192.0.2.7", "192.0.2.2", 64},
		{"IPv6 multicast", IPv6, ours, "ff02::12", 255},
		{"IPv6 multicast from a global address", IPv6, "2001:db8::7", "ff02::12", 1},
		{"IPv6 unicast", IPv6, "2001:db8::7", "2001:db8::2", 64},
		{"IPv6 unicast between link-local addresses", IPv6, ours, theirs, 255},
	}
	ends := map[Family][2]end{}
	for _, family := range []Family{IPv4, IPv6} {
		ends[family] = [2]end{p.open(t, p.here, family), p.open(t, p.there, family)}
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			here, there := ends[test.family][0], ends[test.family][1]
			here.t, there.t = t, t
			here.send(test.source, test.destination, test.ttl, "a payload of odd length")
			got := there.receive(patience)
			if got == nil {
				t.Fatal("nothing received")
			}
			if got.Age <= 0 || got.Age > patience {
				t.Errorf("age %v", got.Age)
			}
			got.Age = 0
			want := &Datagram{
				Socket: theSocket, TTL: test.ttl, Payload: []byte("a payload of odd length"),
				Source: netip.MustParseAddr(test.source), Destination: netip.MustParseAddr(test.destination),
			}
			if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
				t.Errorf("datagram (-want +got):\n%s", diff)
			}
			if echo := here.receive(0); echo != nil {
				t.Errorf("our own message came back: %+v", echo)
			}
		})
	}
}

func TestSendErrors(t *testing.T) {
	p := newPair(t)
	here := p.open(t, p.here, IPv4)
	tests := []struct {
		name                string
		socket              uint32
		source, destination netip.Addr
	}{
		{"closed socket", 8, netip.MustParseAddr("192.0.2.1"), groupIPv4},
		{"destination of the other family", theSocket, netip.Addr{}, groupIPv6},
		{"source of the other family", theSocket, netip.MustParseAddr("2001:db8::1"), groupIPv4},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := here.sockets.Send(test.socket, test.source, test.destination, 255, []byte("x")); err == nil {
				t.Error("no error")
			}
		})
	}
	if err := here.sockets.Send(theSocket, netip.Addr{}, groupIPv4, 255, []byte("x")); err != nil {
		t.Errorf("source left to the kernel: %v", err)
	}
}

// A source that has just been taken from the interface is still good for the last
// words, and so is an interface without any address.
func TestSendFromALostSource(t *testing.T) {
	p := newPair(t)
	for _, test := range []struct {
		family      Family
		source      netip.Addr
		destination netip.Addr
	}{
		{IPv4, netip.MustParseAddr("192.0.2.1"), groupIPv4},
		{IPv4, netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")},
		{IPv6, linkLocal(t, p.here, "eth0"), groupIPv6},
	} {
		t.Run(test.destination.String(), func(t *testing.T) {
			here, there := p.open(t, p.here, test.family), p.open(t, p.there, test.family)
			p.here.Run("ip", "addr", "flush", "dev", "eth0")
			if !test.destination.IsMulticast() {
				p.here.Run("ip", "route", "add", "192.0.2.0/24", "dev", "eth0")
			}
			here.send(test.source.String(), test.destination.String(), 255, "last words")
			if got := there.receive(patience); got == nil || got.Source != test.source || string(got.Payload) != "last words" {
				t.Errorf("received %+v", got)
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	n := netnstest.New(t)
	_, sockets := newSockets(t)
	n.Do(func() {
		if err := sockets.Open(Socket{ID: 1, Index: 4711, Family: IPv4}); err == nil {
			t.Error("opened on an interface that does not exist")
		}
		if err := sockets.Open(Socket{ID: 1, Index: 1, Family: IPv4}); err != nil {
			t.Error(err)
		}
		if err := sockets.Open(Socket{ID: 1, Index: 1, Family: IPv4}); err == nil {
			t.Error("the same ID opened twice")
		}
	})
	sockets.Close(1)
	sockets.Close(1) // nothing happens
	sockets.CloseAll()
	n.Do(func() {
		if err := sockets.Open(Socket{ID: 2, Index: 1, Family: IPv4}); err == nil {
			t.Error("opened after CloseAll")
		}
	})
	if sockets.Receive(&Datagram{}) {
		t.Error("received after CloseAll")
	}
}

// A host opens and closes sockets on order.
func TestHostSockets(t *testing.T) {
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	there := p.open(t, p.there, IPv4)
	h.OpenSocket(Socket{ID: 1, Index: p.here.Index("eth0"), Family: IPv4})
	h.OpenSocket(Socket{ID: 2, Index: 4711, Family: IPv4})
	for _, want := range []struct {
		id uint32
		ok bool
	}{{1, true}, {2, false}} {
		if r := await(h, any_[SocketReport]); r.ID != want.id || (r.Err == nil) != want.ok {
			t.Errorf("report %+v", r)
		}
	}
	there.send("192.0.2.2", "224.0.0.18", 255, "x")
	var d Datagram
	netnstest.Eventually(t, func() bool { return h.sockets.Receive(&d) }, "a datagram")
	h.CloseSocket(1)
	netnstest.Eventually(t, func() bool {
		err := h.sockets.Send(1, netip.Addr{}, groupIPv4, 255, nil)
		return err != nil && err.Error() == "send to 224.0.0.18: no socket is open on the interface"
	}, "the socket to be closed")
}

// Datagrams of another interface, another group and another protocol are none of
// this socket's.
func TestOnlyOurs(t *testing.T) {
	p := newPair(t)
	netnstest.Connect(t, p.here, "eth1", p.there, "eth1")
	p.there.Run("ip", "addr", "add", "198.51.100.2/24", "dev", "eth1")
	here, there := p.open(t, p.here, IPv4), p.open(t, p.there, IPv4)
	other := end{t, here.poller, here.sockets}
	openIn(t, p.here, other.sockets, Socket{ID: 8, Index: p.here.Index("eth1"), Family: IPv4})
	openIn(t, p.there, there.sockets, Socket{ID: 8, Index: p.there.Index("eth1"), Family: IPv4})

	there.send("192.0.2.2", "224.0.0.5", 255, "OSPF's group") // not joined
	if err := there.sockets.Send(8, netip.MustParseAddr("198.51.100.2"), groupIPv4, 255, []byte("eth1")); err != nil {
		t.Fatal(err)
	}
	got := here.receive(patience)
	if got == nil || got.Socket != 8 || string(got.Payload) != "eth1" {
		t.Fatalf("got %+v, want the datagram on eth1", got)
	}
	if got := here.receive(silence); got != nil {
		t.Errorf("got %+v, want nothing more", got)
	}
}

func TestReceiveOversized(t *testing.T) {
	for _, family := range []Family{IPv4, IPv6} {
		t.Run(family.String(), func(t *testing.T) {
			p := newPair(t)
			here, there := p.open(t, p.here, family), p.open(t, p.there, family)
			source, destination := "192.0.2.2", "192.0.2.1"
			if family == IPv6 {
				source, destination = "2001:db8::2", "2001:db8::1"
			}
			long := bytes.Repeat([]byte("0123456789abcdef"), 4000) // arrives in fragments
			there.send(source, destination, 255, string(long))
			there.send(source, destination, 255, "short")
			got := here.receive(patience)
			const longest = 8 + 255*16 // of VRRP's messages
			if got == nil || len(got.Payload) <= longest || !bytes.HasPrefix(long, got.Payload) || got.TTL != 255 {
				t.Fatalf("got %d bytes, want more than %d of the message", len(got.Payload), longest)
			}
			if got := here.receive(patience); got == nil || string(got.Payload) != "short" {
				t.Errorf("after it got %+v", got)
			}
		})
	}
}

// One flooded interface does not keep a datagram on another waiting for more than
// a batch.
func TestReceiveFair(t *testing.T) {
	p := newPair(t)
	netnstest.Connect(t, p.here, "eth1", p.there, "eth1")
	p.there.Run("ip", "addr", "add", "198.51.100.2/24", "dev", "eth1")
	here, there := p.open(t, p.here, IPv4), p.open(t, p.there, IPv4)
	openIn(t, p.here, here.sockets, Socket{ID: 8, Index: p.here.Index("eth1"), Family: IPv4})
	openIn(t, p.there, there.sockets, Socket{ID: 8, Index: p.there.Index("eth1"), Family: IPv4})
	const flood = 1000
	for range flood {
		there.send("192.0.2.2", "224.0.0.18", 255, "flood")
	}
	if err := there.sockets.Send(8, netip.MustParseAddr("198.51.100.2"), groupIPv4, 255, []byte("one")); err != nil {
		t.Fatal(err)
	}
	var d Datagram
	before, total := -1, 0
	netnstest.Eventually(t, func() bool {
		for here.sockets.Receive(&d) {
			if d.Socket == 8 {
				before = total
			}
			total++
		}
		return total == flood+1
	}, "%d datagrams", flood+1)
	if before > 2*batchSize {
		t.Errorf("%d datagrams of the flood came before the other interface's", before)
	}
}

// Sockets are opened and closed while the loop receives and sends.
func TestOpenWhileReceiving(t *testing.T) {
	p := newPair(t)
	here, there := p.open(t, p.here, IPv4), p.open(t, p.there, IPv4)
	index := p.here.Index("eth0")
	done := p.here.Go(func() {
		for id := uint32(100); id < 300; id++ {
			if err := here.sockets.Open(Socket{ID: id, Index: index, Family: IPv4}); err != nil {
				t.Error(err)
			}
			here.sockets.Close(id - 1)
		}
	})
	received := 0
	var d Datagram
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		there.send("192.0.2.2", "224.0.0.18", 255, "x")
		here.send("192.0.2.1", "192.0.2.2", 255, "y")
		for here.sockets.Receive(&d) {
			if d.Socket == theSocket {
				received++
			}
			if string(d.Payload) != "x" {
				t.Fatalf("got %+v", d)
			}
		}
	}
	if received == 0 {
		t.Error("nothing received")
	}
}

func TestNoAllocations(t *testing.T) {
	p := newPair(t)
	for _, family := range []Family{IPv4, IPv6} {
		t.Run(family.String(), func(t *testing.T) {
			here, there := p.open(t, p.here, family), p.open(t, p.there, family)
			source, group := netip.MustParseAddr("192.0.2.2"), groupIPv4
			if family == IPv6 {
				source, group = linkLocal(t, p.there, "eth0"), groupIPv6
			}
			payload := make([]byte, 20)
			var d Datagram
			received := 0
			allocations := testing.AllocsPerRun(200, func() {
				if err := there.sockets.Send(theSocket, source, group, 255, payload); err != nil {
					t.Fatal(err)
				}
				if err := here.poller.Wait(Clock{}.Now().Add(time.Second)); err != nil {
					t.Fatal(err)
				}
				for here.sockets.Receive(&d) {
					received++
				}
			})
			if allocations != 0 {
				t.Errorf("%v allocations for a send, a wait and a receive", allocations)
			}
			if received < 200 {
				t.Errorf("only %d datagrams received", received)
			}
		})
	}
}

// A socket that never is empty does not hold up its opening.
func TestEmptyEnds(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pair[0])
	unix.Close(pair[1]) // so that each read returns at once, without an error
	ended := make(chan error, 1)
	go func() { ended <- empty(pair[0]) }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("it does not end")
	}
}
