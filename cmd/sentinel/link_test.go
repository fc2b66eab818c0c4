package main

import (
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// The link of the active router goes away: a fault with a reason, and the other
// takes over. It returns by way of backup, and the addresses are announced again.
func TestLinkLoss(t *testing.T) {
	t.Parallel()
	for _, loss := range []struct {
		name, reason string
		away, back   func(*server)
	}{
		{"no carrier", "has no carrier", func(v *server) { v.Unplug() }, func(v *server) { v.Plug() }},
		{"down", "is down", func(v *server) { v.Run("ip", "link", "set", "eth0", "down") },
			func(v *server) { v.Run("ip", "link", "set", "eth0", "up") }},
	} {
		t.Run(loss.name, func(t *testing.T) {
			t.Parallel()
			s, a, b := newPair(t)
			a.startActive(vi1(150))
			b.startBackup(vi1(100))

			loss.away(a)
			a.waitLog(`level=WARN msg=fault router=VI_1 source=interface:eth0 reason="` + loss.reason)
			a.waitLog(toFault + `.* from=active to=fault reason="interface:eth0: ` + loss.reason)
			b.waitLog(toActive)
			s.waitHeld(vip, b)

			back := time.Now()
			loss.back(a)
			a.waitLog(`msg="fault is over" router=VI_1 source=interface:eth0 remaining=0`)
			a.waitLog(toBackup + `.* from=fault to=backup reason=recovered`)
			a.waitLogSince(back, toActive+`.* reason="preempting 192.0.2.2`)
			took := s.waitWire(since(back, a.advertised(vrid)))
			mustNotBeEarlier(t, "return", back, took.At, downInterval(150))
			s.waitWire(since(took.At, a.announced(vip)))
			s.waitHeld(vip, a)
			a.stop()
			b.stop()
			s.waitHeld(vip)
		})
	}
}

// A router in fault is silent, also when it is stopped.
func TestStopInFault(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.Unplug()
	a.start(vi1(150))
	a.waitLog(toFault + `.* from=initialize to=fault reason="interface:eth0: has no carrier"`)
	plugged := time.Now()
	a.stop()
	a.Plug()
	// Were anything still to come, it would be within an interval.
	time.Sleep(2 * interval)
	s.mustSee(0, "advertisement in fault", since(plugged, a.advertised(vrid)))
	a.mustLog(0, toActive)
}

// track_link = false: the link's state is no fault; the address stays, and is
// announced when the link is back.
func TestLinkUntracked(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(vi1(150, `track_link = false`))
	// An announcement without a carrier cannot be sent, and the agent says so: five
	// rounds of two frames.
	eventually(t, "the whole first burst", func() bool { return len(s.seen(a.announced(vip))) == 10 })
	s.waitHeld(vip, a)
	a.Unplug()
	// Longer than any of its timers.
	time.Sleep(downInterval(150))
	s.mustBeHeld(vip, a)
	back := time.Now()
	a.Plug()
	a.waitLog(`msg="announcing addresses".* reason="carrier is back"`)
	s.waitWire(since(back, a.announced(vip)))
	s.waitWire(since(back, a.advertised(vrid)))
	a.mustLog(0, `level=(WARN|ERROR)|from=active|msg=fault`)
	s.mustBeHeld(vip, a)
}

// An interface that does not exist is a fault and no reason to exit. It may come,
// go, and come again as another one.
func TestInterfaceComesAndGoes(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.start(vi1(150, `interface = "net7"`))
	a.waitLog(toFault + `.* reason="interface:net7: does not exist"`)

	var indexes []string
	for range 2 {
		came := time.Now()
		a.Run("ip", "link", "add", "net7", "type", "veth", "peer", "name", "far7")
		a.Run("ip", "link", "set", "far7", "up")
		a.Run("ip", "link", "set", "net7", "up")
		a.waitLogSince(came, `msg=fault router=VI_1 source=source reason="net7 has no ipv4 address of its own to send from"`)
		a.AddAddress("net7", "192.0.2.70/24")
		a.waitLogSince(came, toBackup+`.* from=fault .*reason=recovered`)
		a.waitLogSince(came, toActive)
		s.waitHeld(vip, a)
		indexes = append(indexes, strings.TrimSpace(a.Run("cat", "/sys/class/net/net7/ifindex")))

		gone := time.Now()
		a.Run("ip", "link", "del", "net7")
		// The kernel first takes the addresses away: that may be noticed before.
		a.waitLogSince(gone, toFault+`.* from=active to=fault`)
		a.waitLogSince(gone, `msg=fault router=VI_1 source=interface:net7 reason="does not exist"`)
		s.waitHeld(vip)
	}
	if indexes[0] == indexes[1] {
		t.Errorf("the second interface has the index of the first: %v", indexes)
	}
	a.stop()
}

// A configured source address that is missing is a fault until it is there, and
// then adverts come from it.
func TestSourceMissing(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	const source = "192.0.2.77"
	a.start(vi1(150, `source = "`+source+`"`))
	a.waitLog(toFault + `.* reason="source: 192.0.2.77 is not on eth0"`)
	a.AddAddress("eth0", source+"/24")
	a.waitLog(toBackup + `.* reason=recovered`)
	if from := s.waitWire(a.advertised(vrid)).Advert.Source; from.String() != source {
		t.Errorf("advertised from %v", from)
	}
	s.waitHeld(vip, a)

	// It goes again: the router cannot speak any more, and says so before it stops.
	gone := time.Now()
	a.DeleteAddress(source)
	a.waitLogSince(gone, toFault+`.* reason="source: 192.0.2.77 is not on eth0"`)
	s.waitHeld(vip)
}

// The addresses of a router can be on another interface than its advertisements.
// If that goes away, the router cannot serve.
func TestLinkOfAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	a := s.add(lab.On("dmz", "198.51.100.1/24"))
	a.startActive(vi1(150, `virtual_address "198.51.100.100/24" { interface = "eth1" }`))
	s.waitHeld("198.51.100.100", a)
	a.Unplug("dmz")
	a.waitLog(toFault + `.* reason="interface:eth1: has no carrier"`)
	s.waitHeld(vip)
	s.waitHeld("198.51.100.100")
	s.mustSee(1, "goodbye", a.resigned(vrid))
	back := time.Now()
	a.Plug("dmz")
	a.waitLogSince(back, toActive)
	s.waitHeld("198.51.100.100", a)
}
