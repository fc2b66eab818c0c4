package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"net/netip"
)

// As many routers as there are identifiers: all advertise, all have their address,
// and nothing is left of any.
func TestManyRouters(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	untouched := a.Addresses("")
	// The race detector makes a thousand system calls slow, and a stop has five seconds.
	const all = 255 / slowdown
	var config strings.Builder
	for id := 1; id <= all; id++ {
		config.WriteString(router(fmt.Sprintf("VI_%d", id), fmt.Sprintf(`virtual_router_id = %d`, id), `priority = 254`,
			`advert_interval = "500ms"`, fmt.Sprintf(`virtual_addresses = ["198.51.100.%d"]`, id)))
	}
	a.start(config.String())
	for id := 1; id <= all; id++ {
		s.waitWire(a.advertised(uint8(id)))
		s.waitWire(a.announced(fmt.Sprintf("198.51.100.%d", id)))
	}
	eventually(t, "every address", func() bool { return len(a.Addresses("")) == len(untouched)+all })
	a.mustLog(0, `level=(WARN|ERROR)`)

	a.stop()
	for id := 1; id <= all; id++ {
		if goodbyes := len(s.seen(a.resigned(uint8(id)))); goodbyes != 1 {
			t.Errorf("router %d said goodbye %d times", id, goodbyes)
		}
	}
	if diff := cmp.Diff(untouched, a.Addresses(""), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("addresses before and after (-want +got):\n%s", diff)
	}
	if lost, err := s.wire.Lost(); err != nil || lost > 0 {
		t.Errorf("%d frames were not seen, %v", lost, err)
	}
}
