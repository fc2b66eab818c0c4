package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// inner is the address on the second segment, and innerID the router's identifier.
const (
	inner   = "10.8.0.100"
	innerID = 52
)

// newGateways makes two servers that are on two segments, "lan" and "back".
func newGateways(t *testing.T) (s *site, a, b *server) {
	t.Helper()
	s = newSite(t, 0)
	return s, s.add(lab.On("back", "10.8.0.1/24")), s.add(lab.On("back", "10.8.0.2/24"))
}

// inside is the router on the second segment, beside VI_1 on the first.
func inside(priority int, settings ...string) string {
	return router("VI_2", append([]string{
		fmt.Sprintf("priority = %d", priority), `interface = "eth1"`, fmt.Sprintf("virtual_router_id = %d", innerID),
		`virtual_addresses = ["` + inner + `/24"]`,
	}, settings...)...)
}

// together is the group of both.
const together = "sync_group \"G1\" {\n  members = [vrrp.VI_1, vrrp.VI_2]\n}\n"

func group(priority int, settings ...string) string {
	return vi1(priority) + inside(priority, settings...) + together
}

// waitBoth waits until exactly one server has both addresses.
func (s *site) waitBoth(v *server) {
	s.t.Helper()
	s.waitHeld(vip, v)
	s.waitHeld(inner, v)
}

// examples/sync-group: two segments, and the addresses on both are always on one
// server.
func TestSyncGroup(t *testing.T) {
	t.Parallel()
	s, a, b := newGateways(t)
	a.start(example(t, "sync-group"), "-node", "server1")
	a.waitLog(`msg="sync group" group=gateway from=backup to=active`)
	b.start(example(t, "sync-group"), "-node", "server2")
	b.waitLog(`msg="sync group" group=gateway from=initialize to=backup`)
	s.waitBoth(a)
	// They begin together. (A machine that stands still in between is no defect.)
	first, second := s.waitWire(a.advertised(vrid)), s.waitWire(a.advertised(innerID))
	if apart := second.At.Sub(first.At).Abs(); apart > 300*time.Millisecond {
		t.Errorf("the two begin %v apart", apart)
	}
	a.mustTell("before", "status", `^gateway +active +\S+ +outside inside$`)

	at := time.Now()
	a.Unplug("back")
	s.waitWire(since(at, b.announced(vip)))
	s.waitWire(since(at, b.announced(inner)))
	s.waitBoth(b)
	s.mustSee(1, "goodbye on the healthy side", a.resigned(vrid))
	a.mustTell("during", "status", `^gateway +fault +\S+ +outside inside$`, `^outside +fault .* sync:inside: interface:eth1: has no carrier$`,
		`^  inside: fault for \S+: interface:eth1: has no carrier$`)
	a.mustTell("during", "explain outside", ` active -> fault: sync:inside: interface:eth1: has no carrier$`,
		`sync:inside must end: interface:eth1: has no carrier$`)
	b.mustTell("during", "status", `^gateway +active `)

	a.Plug("back")
	s.waitBoth(a)
	a.mustTell("after", "status", `^gateway +active +\S+ +outside inside$`)
	a.mustLog(2, `msg="sync group" group=gateway from=backup to=active`)
	s.mustHaveSaid(a, vrid, 150, 0, 150)
}

// A fault of one member that both segments can be told of: each router says
// priority 0, once, and then gives its address away.
func TestSyncFault(t *testing.T) {
	t.Parallel()
	s, a, b := newGateways(t)
	a.WriteFile(number, "0")
	a.start(fileTracker(0) + group(150, trackingFile))
	a.waitLog(`msg="sync group" group=G1 from=backup to=active`)
	b.start(group(100))
	s.waitBoth(a)
	b.waitLog(`msg="peer heard" router=VI_2`)

	at := time.Now()
	a.WriteFile(number, "1")
	s.waitBoth(b)
	for id, address := range map[uint8]string{vrid: vip, innerID: inner} {
		s.mustSee(1, "goodbye", a.resigned(id))
		goodbye := s.last(a.resigned(id))
		mustComeBefore(t, "goodbye, then no address", goodbye.At, a.waitAddress(at, address, false).At)
		mustNotBeEarlier(t, "takeover", goodbye.At, s.waitWire(since(goodbye.At, b.advertised(id))).At, skew(100))
	}
	a.mustLog(1, `msg=fault router=VI_1 source=sync:VI_2 reason="tracker:file.app: /run/app/number holds 1"`)

	a.WriteFile(number, "0")
	s.waitBoth(a)
	for _, id := range []uint8{vrid, innerID} {
		s.mustHaveSaid(a, id, 150, 0, 150)
	}
	// Of the other's routers the one that hears of a better one first yields, and may
	// take its sibling along, which then says goodbye: one of them at most.
	b.waitLog(`msg="sync group" group=G1 from=active to=backup`)
	if goodbyes := len(s.seen(b.resigned(vrid))) + len(s.seen(b.resigned(innerID))); goodbyes > 1 {
		t.Errorf("%s said goodbye %d times", b, goodbyes)
	}
}

// The weights of a group's trackers count for all members, once.
func TestSyncWeights(t *testing.T) {
	t.Parallel()
	s, a, b := newGateways(t)
	a.WriteFile(number, "0")
	a.start(fileTracker(1) + group(150, trackingFile))
	a.waitLog(`msg="sync group" group=G1 from=backup to=active`)
	b.start(group(100))
	b.waitLog(`msg="peer heard" router=VI_2`)
	a.WriteFile(number, "-70")
	s.waitBoth(b)
	for _, name := range []string{"VI_1", "VI_2"} {
		a.mustBe("during", a.instance(name), "backup", 150, 80, -70)
	}
	for _, id := range []uint8{vrid, innerID} {
		if e := s.last(a.advertised(id)); e.Advert.Priority != 80 && e.Advert.Priority != 0 {
			t.Errorf("the last word for router %d: priority %d", id, e.Advert.Priority)
		}
	}
}

// One of two segments is cut, and nobody's link is lost: as long as the other
// server is heard on one of them, nothing moves. The backup is ready on the other,
// waits, and says so. The clients on the segment that is cut have no gateway there,
// which is for a tracker to notice. When both are cut, both servers serve, until
// they hear each other.
func TestSyncCut(t *testing.T) {
	t.Parallel()
	s, a, b := newGateways(t)
	a.start(group(150))
	a.waitLog(`msg="sync group" group=G1 from=backup to=active`)
	b.start(group(100))
	b.waitLog(`msg="peer heard" router=VI_2`)
	s.waitBoth(a)

	a.Cut(lab.Both, "back")
	eventually(t, "the backup waits", func() bool { return b.instance("VI_2").Takeover == nil })
	b.mustTell("one segment is cut", "explain VI_2", `Its own timer has expired: it becomes active when those of its whole sync group have\.$`)
	b.mustTell("one segment is cut", "status", `^G1 +backup `, `^VI_2 +backup .* none heard +- `)
	time.Sleep(silence)
	s.waitBoth(a)
	s.mustSee(0, "advertisement of the backup", b.advertised(vrid))
	s.mustSee(0, "advertisement of the backup", b.advertised(innerID))
	a.mustLog(0, `from=active`)

	a.Cut(lab.Both, "lan")
	b.waitLog(`msg="sync group" group=G1 from=backup to=active`)
	s.waitHeld(vip, a, b)
	s.waitHeld(inner, a, b)
	a.Heal()
	b.waitLog(`msg="sync group" group=G1 from=active to=backup`)
	s.waitBoth(a)
	a.mustLog(0, `from=active`)
}

// A member that must yield takes the other along, which says goodbye. When it may
// serve again, both do.
func TestSyncYield(t *testing.T) {
	t.Parallel()
	s, a, b := newGateways(t)
	a.start(group(150))
	a.waitLog(`msg="sync group" group=G1 from=backup to=active`)
	s.waitBoth(a)
	b.start(vi1(200)) // only there
	b.waitLog(toActive)
	s.waitHeld(inner)
	s.waitHeld(vip, b)
	a.mustLog(1, toBackup+` router=VI_1 .* from=active .* reason="192.0.2.2 has priority 200, higher than our 150"`)
	a.mustLog(1, toBackup+` router=VI_2 .* from=active .* reason="sync group: VI_1 is not active"`)
	s.mustSee(1, "goodbye of the one that was taken along", a.resigned(innerID))
	s.mustSee(0, "goodbye of the one that yields", a.resigned(vrid))
	time.Sleep(silence)
	s.mustBeHeld(inner)
	a.mustTell("one has yielded", "explain VI_2", `whole sync group`)

	b.stop()
	s.waitBoth(a)
	a.mustLog(2, `msg="sync group" group=G1 from=backup to=active`)
}

// A router that leaves its group by a reload is bound by nobody's fault, and one
// that comes into a group is.
func TestReloadGroup(t *testing.T) {
	t.Parallel()
	s, a, _ := newGateways(t)
	a.Unplug("back")
	a.start(group(150))
	a.waitLog(toFault + ` router=VI_1 .* reason="sync:VI_2: interface:eth1: has no carrier"`)
	s.mustSee(0, "advertisement", a.advertised(vrid))

	a.reload(vi1(150) + inside(150))
	a.waitLog(`msg=reloaded changes="sync_group.G1 removed"`)
	a.waitLog(`msg="fault is over" router=VI_1 source=sync:VI_2 remaining=0`)
	a.waitLog(toActive + ` router=VI_1`)
	s.waitHeld(vip, a)
	if groups := a.status().Groups; len(groups) != 0 {
		t.Errorf("groups that are left: %+v", groups)
	}

	a.reload(group(150))
	a.waitLog(`msg=reloaded changes="sync_group.G1 added"`)
	a.waitLog(toFault + ` router=VI_1 .* from=active`)
	s.waitHeld(vip)
	s.mustSee(1, "goodbye", a.resigned(vrid))
}
