package main

import (
	"syscall"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
)

// vi2 is a router beside VI_1, which a reload must not disturb.
func vi2(settings ...string) string {
	return router("VI_2", append([]string{
		`virtual_router_id = 52`, `priority = 150`, `virtual_addresses = ["192.0.2.110/24"]`,
	}, settings...)...)
}

const (
	vrid2 = 52
	vip2  = "192.0.2.110"
)

// A new interval, and then a new priority, are said at once, and nobody's state
// changes.
func TestReloadInPlace(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(vi1(150))

	// Only so slow a router tells what is said at once from what would be said anyway.
	const slow = 5 * time.Second
	began := time.Now()
	a.reload(vi1(150, `advert_interval = "5s"`))
	a.waitLog(`msg=reloaded changes="VI_1 updated \(advert_interval\)"`)
	e := s.waitWire(since(began, a.advertised(vrid)))
	for e.Advert.Interval != slow { // one of the old ones may come between
		e = s.waitWire(since(e.At.Add(1), a.advertised(vrid)))
	}
	if late := e.At.Sub(began); late > slow/2 {
		t.Errorf("the new interval was advertised after %v", late)
	}

	began = time.Now()
	a.reload(vi1(120, `advert_interval = "5s"`))
	a.waitLog(`msg=reloaded changes="VI_1 updated \(priority\)"`)
	e = s.waitWire(since(began, a.advertised(vrid)))
	if late := e.At.Sub(began); e.Advert.Priority != 120 || late > slow/2 {
		t.Errorf("advertised priority %d after %v", e.Advert.Priority, late)
	}

	began = time.Now()
	a.reload(vi1(120, `advert_interval = "5s"`))
	a.waitLogSince(began, `msg=reloaded changes=none`)
	a.mustLog(0, `from=active|level=(WARN|ERROR)`)
	s.mustSee(0, "goodbye", a.resigned(vrid))
}

// A priority below the peer's has the effect that it should have: the peer
// preempts, without an interruption in between.
func TestReloadPriority(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.startActive(vi1(150))
	b.startBackup(vi1(100))
	began := time.Now()
	a.reload(vi1(50))
	a.waitLog(`msg=reloaded changes="VI_1 updated \(priority\)"`)
	b.waitLog(toActive + `.* reason="preempting 192.0.2.1: our priority 100 is higher than 50"`)
	a.waitLogSince(began, toBackup+`.* reason="192.0.2.2 has priority 100, higher than our 50"`)
	s.waitHeld(vip, b)
	s.mustSee(0, "goodbye", a.resigned(vrid))
}

// Addresses come, go and move from one router to another, in place.
func TestReloadAddresses(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.start(vi1(150, `virtual_addresses = ["192.0.2.100/24", "192.0.2.101/24"]`) + vi2())
	s.waitHeld("192.0.2.101", a)
	s.waitHeld(vip2, a)

	began := time.Now()
	a.reload(vi1(150, `virtual_addresses = ["192.0.2.100/24", "192.0.2.102/24"]`) +
		vi2(`virtual_addresses = ["192.0.2.110/24", "192.0.2.101/24"]`))
	a.waitLog(`msg=reloaded changes="VI_1 updated \(virtual_addresses\); VI_2 updated \(virtual_addresses\)"`)
	s.waitHeld("192.0.2.102", a)
	s.waitWire(since(began, a.announced("192.0.2.102")))
	// The one that moves is first taken away and then put back by its new router.
	gone := a.waitAddress(began, "192.0.2.101", false)
	a.waitAddress(gone.At, "192.0.2.101", true)
	s.waitWire(since(gone.At, a.announced("192.0.2.101")))
	for id, last := range map[uint8]string{vrid: "192.0.2.102", vrid2: "192.0.2.101"} {
		e := s.waitWire(since(gone.At, a.advertised(id)))
		if got := e.Advert.Addresses; len(got) != 2 || got[1].String() != last {
			t.Errorf("router %d advertises %v", id, got)
		}
	}

	began = time.Now()
	a.reload(vi1(150) + vi2())
	a.waitLogSince(began, `msg=reloaded`)
	s.waitHeld("192.0.2.101")
	s.waitHeld("192.0.2.102")
	s.mustBeHeld(vip, a)
	s.mustBeHeld(vip2, a)
	a.mustLog(0, `from=active|level=(WARN|ERROR)`)
	for _, c := range s.AddressChanges() {
		if address := c.Prefix.Addr().String(); !c.Added && (address == vip || address == vip2) {
			t.Errorf("%s was removed meanwhile", address)
		}
	}
}

// A router that is not changed does not notice what is done to another, in place
// or by a restart: it misses no advertisement and changes no state.
func TestReloadUndisturbed(t *testing.T) {
	t.Parallel()
	// Long enough that a busy machine does not look like a missed advertisement.
	const steady = 300 * time.Millisecond
	undisturbed := vi2(`advert_interval = "300ms"`)
	s, a, b := newPair(t)
	a.start(vi1(150) + undisturbed)
	a.waitLog(toActive + ` router=VI_1`)
	a.waitLog(toActive + ` router=VI_2`)
	s.waitHeld(vip2, a)
	b.startBackup(vi2(`advert_interval = "300ms"`, `priority = 100`))

	for _, changed := range []string{
		vi1(160, `preempt = false`),        // in place
		vi1(160, `virtual_router_id = 61`), // another router on the wire
		vi1(160, `virtual_router_id = 61`, `version = 2`, `advert_interval = "1s"`),
		"", // none
		vi1(150),
	} {
		began := time.Now()
		a.reload(changed + undisturbed)
		a.waitLogSince(began, `msg=reloaded changes="VI_1`)
		s.waitWire(since(began, a.advertised(vrid2)))
	}
	// Until it is sure that nothing came of the last change either.
	for range 3 {
		s.waitWire(since(time.Now(), a.advertised(vrid2)))
	}
	gaps := s.wire.Gaps(a.advertised(vrid2))
	t.Logf("gaps between advertisements every %v: %+v", steady, gaps)
	if gaps.Max >= 2*steady {
		t.Errorf("an advertisement was missed: gap of %v", gaps.Max)
	}
	a.mustLog(1, `router=VI_2 .*from=.* to=active`)
	a.mustLog(0, `router=VI_2 .*from=active`)
	b.mustLog(0, `router=VI_2 .*from=backup`)
	s.mustSee(0, "goodbye", a.resigned(vrid2))
	s.mustBeHeld(vip2, a)
}

// Another virtual_router_id is another router: the old one leaves as if it was
// stopped, and the new one begins anew.
func TestReloadRestart(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(vi1(150))
	s.waitHeld(vip, a)
	began := time.Now()
	a.reload(vi1(150, `virtual_router_id = 61`))
	a.waitLog(`msg=reloaded changes="VI_1 restarted \(virtual_router_id\)"`)
	goodbye := s.waitWire(a.resigned(vrid))
	mustComeBefore(t, "goodbye, then no address", goodbye.At, a.waitAddress(began, vip, false).At)
	first := s.waitWire(a.advertised(61))
	mustNotBeEarlier(t, "the new router", began, first.At, downInterval(150))
	s.waitHeld(vip, a)
	s.mustSee(1, "goodbye", a.resigned(vrid))
	if e := s.last(a.advertised(vrid)); e.Advert.Priority != packet.PriorityRelease {
		t.Errorf("the old router was heard after its goodbye: %+v", e.Advert)
	}
	a.mustLog(1, `msg=stopped router=VI_1 vrid=51 .* from=active to=stopped`)
}

// A configuration that is not valid changes nothing, and says where it is wrong.
func TestReloadBroken(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(vi1(150))
	s.waitHeld(vip, a)
	began := time.Now()
	a.reload(vi1(150, `virtual_router_id = 256`, `prioritty = 10`))
	a.waitLog(`level=ERROR msg="not reloaded: the configuration is not valid and the old one stays in force"`)
	a.mustLog(2, `on /run/ha.hcl line \d+, in vrrp "VI_1":$`)
	a.mustLog(1, `256 is out of range`)
	a.mustLog(1, `Did you mean "priority"\?`)
	a.agent.Signal(syscall.SIGHUP) // as often as you like
	a.waitLogSince(began, `level=ERROR`)
	s.waitWire(since(time.Now(), a.advertised(vrid)))
	s.mustBeHeld(vip, a)
	a.mustLog(0, `from=active|msg=reloaded`)
	s.mustSee(0, "goodbye", a.resigned(vrid))

	// And neither does one that is not there.
	a.Run("mv", configFile, "/run/gone")
	began = time.Now()
	a.agent.Signal(syscall.SIGHUP)
	a.waitLogSince(began, `msg="not reloaded`)
	a.reload(vi1(140))
	a.waitLogSince(began, `msg=reloaded changes="VI_1 updated \(priority\)"`)
}
