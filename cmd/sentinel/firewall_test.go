package main

import (
	"fmt"
	"testing"
)

// A service behind a firewall that prohibits connections to it is unhealthy, over
// IPv6 as well, where the kernel calls it a lack of permission.
func TestFirewall(t *testing.T) {
	t.Parallel()
	s := newSite(t, 2)
	a, b := s.servers[0], s.servers[1]
	b.Run("nft", "add table inet f; add chain inet f c { type filter hook input priority 0; }; add rule inet f c tcp dport 80 reject with icmpx type admin-prohibited")
	a.start(block(`tracker "tcp" "v4"`, fmt.Sprintf(`address = "%s:80"`, b.ip), `timeout = "10s"`, `weight = -1`) +
		block(`tracker "tcp" "v6"`, fmt.Sprintf(`address = "[%s]:80"`, b.ip6), `timeout = "10s"`, `weight = -2`) +
		block(`tracker "http" "v6"`, fmt.Sprintf(`url = "http://[%s]/"`, b.ip6), `timeout = "10s"`, `weight = -4`) +
		vi1(150, `track = [tracker.tcp.v4, tracker.tcp.v6, tracker.http.v6]`))
	a.waitLog(`msg="tracker unhealthy" tracker=tracker.tcp.v4 reason=".*: no route to host"`)
	a.waitLog(`msg="tracker unhealthy" tracker=tracker.tcp.v6 reason=".*: permission denied"`)
	a.waitLog(`msg="tracker unhealthy" tracker=tracker.http.v6 reason=".*: permission denied"`)
}
