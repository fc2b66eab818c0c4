package main

import (
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// accept = false: the address is there for others to send through and not to. It
// is resolved like any other, packets to it are dropped, and what is sent by way
// of it arrives. Nothing of that outlives the agent.
func TestAcceptFalse(t *testing.T) {
	t.Parallel()
	for _, family := range []struct{ name, address, behind, network string }{
		{"ipv4", vip, "198.51.100.1", "198.51.100.0/24"},
		{"ipv6", "2001:db8::100", "2001:db8:1::1", "2001:db8:1::/64"},
	} {
		t.Run(family.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, 0)
			a, client := s.add(lab.On("behind", "198.51.100.1/24", "2001:db8:1::1/64")), s.add()
			// A single address: the router's own would be in the way of forwarding.
			config := []string{`virtual_addresses = ["` + family.address + `"]`}
			a.startActive(vi1(150, append(config, `accept = false`)...))
			s.waitHeld(family.address, a)

			to := client.Probe(family.address, 10*time.Millisecond)
			client.Run("ip", "route", "add", family.network, "via", family.address, "dev", "eth0")
			through := client.Probe(family.behind, 10*time.Millisecond)
			through.WaitAnswer(a.Node, reach)
			eventually(t, "some pings", func() bool { sent, _ := to.Counts(); return sent >= 10 })
			if _, answered := to.Counts(); answered > 0 {
				t.Errorf("%d pings to the address were answered", answered)
			}
			neighbour := client.Run("ip", "neighbour", "show", family.address, "dev", "eth0")
			if !strings.Contains(neighbour, "02:00:00:00:01:00") {
				t.Errorf("the address is not resolved: %q", neighbour)
			}

			a.mustLog(0, `from=active|level=(WARN|ERROR)`)
			a.stop()
			if rules := a.Run("nft", "list", "ruleset"); rules != "" {
				t.Errorf("left behind:\n%s", rules)
			}
		})
	}
}

// The rules that a killed agent has left would make the address unreachable for
// one that accepts packets.
func TestAcceptAfterKill(t *testing.T) {
	t.Parallel()
	s := newSite(t, 2)
	a, client := s.servers[0], s.servers[1]
	a.startActive(vi1(150, `accept = false`))
	s.waitHeld(vip, a)
	if rules := a.Run("nft", "list", "ruleset"); !strings.Contains(rules, vip) {
		t.Errorf("no rules about %s:\n%s", vip, rules)
	}
	a.kill()
	a.start(vi1(150))
	a.waitLog(toActive)
	client.Probe(vip, 10*time.Millisecond).WaitAnswer(a.Node, reach)
	if rules := a.Run("nft", "list", "ruleset"); rules != "" {
		t.Errorf("left behind:\n%s", rules)
	}
}
