package vrrp_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sort"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// TestGroupTie: two nodes of equal priority, two segments, address order opposite. Both last heard a third
// active node that then died. Delay d, wake-up jitter j.
func TestGroupTie(t *testing.T) {
	worst := map[int]int{}
	for seed := range 40 {
		rnd := rand.New(rand.NewPCG(uint64(seed), 1))
		const d = 100 * time.Microsecond
		jit := func() time.Duration { return time.Duration(rnd.Int64N(int64(100 * time.Microsecond))) }
		type ev struct {
			at time.Time
			do func(now time.Time)
		}
		var q []ev
		at := func(t time.Time, do func(time.Time)) { q = append(q, ev{t, do}) }
		start := time.Unix(1000, 0)
		cfg := func(n string) *vrrp.Config {
			return &vrrp.Config{Name: n, Version: 3, Family: packet.IPv4, Priority: 100, AdvertInterval: time.Second, Preempt: true, Announce: vrrp.Announce{Repeat: 1}}
		}
		addr := [2][2]netip.Addr{{netip.MustParseAddr("10.0.1.1"), netip.MustParseAddr("10.0.2.2")}, {netip.MustParseAddr("10.0.1.2"), netip.MustParseAddr("10.0.2.1")}}
		var r [2][2]*vrrp.Router
		var g [2]*vrrp.Group
		var planned [2]time.Time
		flips := 0
		var perform func(n, s int, now time.Time, acts []vrrp.Action)
		var settle func(n int, now time.Time)
		perform = func(n, s int, now time.Time, acts []vrrp.Action) {
			for _, a := range acts {
				if a.Kind == vrrp.Transitioned && a.To == vrrp.Active {
					flips++
				}
				if a.Kind == vrrp.Advertise {
					o := 1 - n
					h := vrrp.Heard{Source: addr[n][s], Priority: a.Priority, Interval: time.Second}
					at(now.Add(d), func(now time.Time) { h.At = now; perform(o, s, now, r[o][s].Receive(now, h)); settle(o, now) })
				}
			}
		}
		settle = func(n int, now time.Time) {
			g[n].Settle(now, func(x *vrrp.Router, acts []vrrp.Action) {
				s := 0
				if x == r[n][1] {
					s = 1
				}
				perform(n, s, now, append([]vrrp.Action(nil), acts...))
			})
			var next time.Time
			for s := range 2 {
				if dl := r[n][s].Deadline(); !dl.IsZero() && (next.IsZero() || dl.Before(next)) {
					next = dl
				}
			}
			if !next.IsZero() && !next.Equal(planned[n]) {
				planned[n] = next
				at(next.Add(jit()), func(now time.Time) {
					for s := range 2 {
						if dl := r[n][s].Deadline(); !dl.IsZero() && !now.Before(dl) {
							perform(n, s, now, append([]vrrp.Action(nil), r[n][s].Tick(now)...))
						}
					}
					settle(n, now)
				})
			}
		}
		for n := range 2 {
			for s := range 2 {
				r[n][s] = vrrp.NewRouter(cfg(fmt.Sprint(n, s)), 0)
				r[n][s].SetSource(addr[n][s])
			}
			g[n] = vrrp.NewGroup(r[n][0], r[n][1])
			for s := range 2 {
				perform(n, s, start, r[n][s].Start(start, start))
				perform(n, s, start, r[n][s].Receive(start, vrrp.Heard{Source: netip.MustParseAddr("10.0.1.9"), Priority: 200, Interval: time.Second, At: start}))
			}
			settle(n, start)
		}
		for len(q) > 0 {
			sort.SliceStable(q, func(i, j int) bool { return q[i].at.Before(q[j].at) })
			e := q[0]
			q = q[1:]
			if e.at.Sub(start) > 120*time.Second {
				break
			}
			e.do(e.at)
		}
		worst[(flips-2)/2]++
	}
	for extra := range worst {
		if extra > 2 {
			t.Fatalf("takeovers in vain, and in how many runs: %v", worst)
		}
	}
}
