package netio

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"golang.org/x/sys/unix"
)

func BenchmarkSend(b *testing.B) {
	p := newPair(b)
	for _, family := range []Family{IPv4, IPv6} {
		b.Run(family.String(), func(b *testing.B) {
			here := p.open(b, p.here, family)
			source, group := netip.MustParseAddr("192.0.2.1"), groupIPv4
			if family == IPv6 {
				source, group = linkLocal(b, p.here, "eth0"), groupIPv6
			}
			payload := make([]byte, 20)
			b.ReportAllocs()
			for b.Loop() {
				if err := here.sockets.Send(theSocket, source, group, 255, payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkReceive receives datagrams of which many are waiting.
func BenchmarkReceive(b *testing.B) {
	p := newPair(b)
	for _, family := range []Family{IPv4, IPv6} {
		b.Run(family.String(), func(b *testing.B) {
			here, there := p.open(b, p.here, family), p.open(b, p.there, family)
			source, group := netip.MustParseAddr("192.0.2.2"), groupIPv4
			if family == IPv6 {
				source, group = linkLocal(b, p.there, "eth0"), groupIPv6
			}
			payload := make([]byte, 20)
			var d Datagram
			b.ReportAllocs()
			for received := 0; received < b.N; {
				b.StopTimer()
				for range 1000 {
					if err := there.sockets.Send(theSocket, source, group, 255, payload); err != nil {
						b.Fatal(err)
					}
				}
				b.StartTimer()
				for here.sockets.Receive(&d) {
					received++
				}
			}
		})
	}
}

// BenchmarkReceiveNothing is what a wake-up for another reason costs.
func BenchmarkReceiveNothing(b *testing.B) {
	p := newPair(b)
	here := p.open(b, p.here, IPv4)
	var d Datagram
	for b.Loop() {
		here.sockets.Receive(&d)
	}
}

func BenchmarkWakeAndWait(b *testing.B) {
	p := newPoller(b)
	b.ReportAllocs()
	for b.Loop() {
		p.Wake()
		if err := p.Wait(time.Time{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReceiveLatency is from the sending of a datagram until the loop has it,
// from sleep.
func BenchmarkReceiveLatency(b *testing.B) {
	p := newPair(b)
	here, there := p.open(b, p.here, IPv4), p.open(b, p.there, IPv4)
	latencies := make(chan time.Duration)
	go func() {
		var d Datagram
		for here.poller.Wait(time.Time{}) == nil {
			for here.sockets.Receive(&d) {
				latencies <- d.Age
			}
		}
	}()
	var list []time.Duration
	for b.Loop() {
		time.Sleep(time.Millisecond)
		there.send("192.0.2.2", "224.0.0.18", 255, "x")
		list = append(list, <-latencies)
	}
	report(b, list)
}

// BenchmarkWaitLateness is how late a wait for a deadline returns.
func BenchmarkWaitLateness(b *testing.B) {
	p := newPoller(b)
	var list []time.Duration
	for b.Loop() {
		list = append(list, wait(b, p, Clock{}.Now().Add(time.Millisecond)))
	}
	report(b, list)
}

// report reports the distribution of latencies.
func report(b *testing.B, list []time.Duration) {
	slices.Sort(list)
	for name, share := range map[string]float64{"p50": 0.5, "p99": 0.99} {
		b.ReportMetric(float64(list[int(float64(len(list)-1)*share)].Nanoseconds())/1000, name+"-µs")
	}
}

// BenchmarkOrderToARP is from the order to add addresses and announce them until
// the neighbour has the first announcement of the last.
func BenchmarkOrderToARP(b *testing.B) {
	for _, count := range []int{1, 20, 255} {
		b.Run(fmt.Sprintf("%d addresses", count), func(b *testing.B) { orderToARP(b, 1, count) })
	}
	b.Run("100 routers", func(b *testing.B) { orderToARP(b, 100, 1) })
}

// startUnlocked starts a host whose goroutine is not tied to a thread, as it is in
// a process that is in its namespace: such ties cost a switch of threads.
func (h *testHost) startUnlocked(n *netnstest.Namespace) {
	h.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	var w *worker
	n.Do(func() {
		var err error
		if w, err = newWorker(h.Host); err != nil {
			h.t.Fatal(err)
		}
	})
	done := make(chan struct{})
	h.done = done
	go func() {
		defer close(done)
		defer w.close()
		w.loop(ctx)
	}()
	h.t.Cleanup(h.end)
}

func orderToARP(b *testing.B, routers, count int) {
	p := newPair(b)
	h := newTestHost(b, b.TempDir())
	h.startUnlocked(p.here)
	h.Watch([]string{"eth0"})
	h.link("eth0", anyLink)
	capture := p.there.Capture("eth0", unix.ETH_P_ARP)
	var list []time.Duration
	for b.Loop() {
		start := time.Now()
		for router := range routers {
			addresses := addressesOf(router, count)
			name := fmt.Sprint(router)
			h.ChangeAddresses(AddressOrder{Seq: 1, Router: name, Add: true, Addresses: addresses})
			h.Announce(AnnounceOrder{Router: name, Addresses: addresses, Rounds: 1})
		}
		for frame := range 2 * routers * count { // request and reply
			_, at := capture.NextStamped(patience)
			if frame == 2*(routers*count-1) {
				list = append(list, at.Sub(start))
			}
		}
		for router := range routers {
			h.ChangeAddresses(AddressOrder{Seq: uint64(2 + router), Addresses: addressesOf(router, count)})
		}
		await(h, func(r AddressReport) bool { return r.Seq == uint64(1+routers) })
		time.Sleep(2 * readGap) // until the events are dealt with
	}
	report(b, list)
}

func addressesOf(router, count int) []Address {
	var list []Address
	for i := range count {
		list = append(list, Address{Prefix: hostPrefix([4]byte{10, 1, byte(router), byte(i)}), Interface: "eth0"})
	}
	return list
}

// BenchmarkLinkEvent is from a change until it is reported.
func BenchmarkLinkEvent(b *testing.B) {
	p := newPair(b)
	var at time.Time
	reported := make(chan time.Time, 1)
	h := newTestHost(b, b.TempDir())
	h.Host = NewHost(HostConfig{
		RuntimeDir: b.TempDir(), Sockets: h.sockets,
		Report: func(r Report) {
			if _, ok := r.(LinkReport); ok {
				select {
				case reported <- time.Now():
				default:
				}
			}
		},
	})
	h.startUnlocked(p.here)
	h.Watch([]string{"eth0"})
	<-reported
	var list []time.Duration
	var kernel *rtnl
	p.here.Do(func() { kernel, _ = openRTNL() })
	defer kernel.close()
	index := p.here.Index("eth0")
	for b.Loop() {
		time.Sleep(2 * readGap)
		for len(reported) > 0 {
			<-reported
		}
		at = time.Now()
		if err := kernel.add(index, on("eth0", "10.1.0.1/32")); err != nil {
			b.Fatal(err)
		}
		list = append(list, (<-reported).Sub(at))
		time.Sleep(2 * readGap)
		if err := kernel.remove(index, on("eth0", "10.1.0.1/32").Prefix); err != nil {
			b.Fatal(err)
		}
		<-reported
	}
	report(b, list)
}

// BenchmarkRemoveMany takes off addresses that were announced.
func BenchmarkRemoveMany(b *testing.B) {
	for _, count := range []int{200, 2000} {
		b.Run(fmt.Sprintf("%d addresses", count), func(b *testing.B) {
			p := newPair(b)
			h := newTestHost(b, b.TempDir())
			h.startUnlocked(p.here)
			addresses := make([]Address, count)
			for i := range addresses {
				addresses[i] = Address{Prefix: hostPrefix([4]byte{10, 1, byte(i / 250), byte(i % 250)}), Interface: "eth0"}
			}
			for b.Loop() {
				b.StopTimer()
				h.add(addresses...)
				h.Announce(AnnounceOrder{Router: "r", Addresses: addresses, Rounds: 1})
				b.StartTimer()
				h.remove(addresses...)
			}
		})
	}
}
