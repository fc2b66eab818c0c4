package main

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"net/netip"
)

// A graceful stop says goodbye once for each router, before anything slow, takes
// the addresses away, and ends with status 0; the peer takes over after its skew
// time.
func TestStop(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			s, a, b := newPair(t)
			untouched := a.Addresses("")
			second := router("VI_2", `virtual_router_id = 52`, `virtual_addresses = ["192.0.2.101/24"]`, `priority = 150`)
			a.start(vi1(150) + second)
			a.waitLog(toActive + ` router=VI_1`)
			a.waitLog(toActive + ` router=VI_2`)
			s.waitHeld("192.0.2.101", a)
			b.startBackup(vi1(100))

			began := time.Now()
			a.agent.Signal(signal)
			if status := ends(t, a.agent); status != exitDone {
				t.Errorf("exit status %d", status)
			}
			// Nothing of ours is left, and nothing else is touched.
			if diff := cmp.Diff(untouched, a.Addresses(""), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
				t.Errorf("addresses before and after (-want +got):\n%s", diff)
			}
			if _, err := os.Stat(a.Path("/run/sentinel/addresses.json")); !os.IsNotExist(err) {
				t.Errorf("addresses.json: %v", err)
			}
			for id, address := range map[uint8]string{vrid: vip, 52: "192.0.2.101"} {
				s.mustSee(1, "goodbye", a.resigned(id))
				goodbye := s.last(a.advertised(id)) // and nothing after it
				if goodbye.Advert.Priority != 0 {
					t.Errorf("router %d: the last word has priority %d", id, goodbye.Advert.Priority)
				}
				mustComeBefore(t, "goodbye, then no address", goodbye.At, a.waitAddress(began, address, false).At)
			}
			took := s.waitWire(b.advertised(vrid))
			mustNotBeEarlier(t, "takeover", s.last(a.resigned(vrid)).At, took.At, skew(100))
			b.waitLog(toActive + `.* reason="active router 192.0.2.1 resigned"`)
			s.waitHeld(vip, b)
			a.mustLog(1, `msg=stopping signal=`+`"?`+signal.String())
			a.mustLog(1, `msg=stopped router=VI_1 .* from=active to=stopped reason=shutdown`)
			a.mustLog(1, `msg=stopped$`)
		})
	}
}

// A backup that stops has never said anything, and does not begin with it.
func TestStopBackup(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.startActive(vi1(150))
	b.startBackup(vi1(100))
	b.stop()
	s.mustSee(0, "advertisement of a backup", b.advertised(vrid))
	s.mustSee(0, "announcement of a backup", b.announced(vip))
	s.waitWire(since(time.Now(), a.advertised(vrid)))
	a.mustLog(0, `from=active`)
	s.mustBeHeld(vip, a)
}
