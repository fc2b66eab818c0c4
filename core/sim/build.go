package sim

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

const (
	maxNodes  = 4
	firstVRID = 51
)

// build makes the nodes and their configurations.
func (w *world) build() {
	interval := pick(w, 10*time.Millisecond, 50*time.Millisecond, 100*time.Millisecond, time.Second, time.Second)
	family, version := packet.IPv4, uint8(packet.Version3)
	switch {
	case w.chance(0.2):
		family = packet.IPv6
	case interval == time.Second && w.chance(0.3):
		version = packet.Version2
	}
	w.network.delay = w.between(0, interval/20)
	w.network.jitter = w.between(0, interval/20)
	if w.chance(0.1) {
		w.network.jitter = w.between(0, interval/5) // the shortest interval: one word overtakes another
	}
	w.maxLateness = w.between(0, min(interval/20, 2*time.Millisecond))
	w.kernelTime = w.between(50*time.Microsecond, min(interval/2, 20*time.Millisecond))
	w.troubled = w.between(20*interval, min(100*interval, 100*time.Second))

	count := 2 + w.rand.IntN(maxNodes-1)
	routers := 1 + w.rand.IntN(2)
	w.segments = 1 + w.rand.IntN(routers)
	unicast := w.chance(0.2)
	preempt := w.chance(0.6) // of all; otherwise each for itself
	startup := time.Duration(0)
	if w.chance(0.2) {
		startup = w.between(0, 5*interval)
	}
	for i := range count {
		n := &node{
			world: w, index: i, name: fmt.Sprintf("n%d", i+1),
			kernel: kernel{up: [maxSegments]bool{true, true}, links: [maxSegments]int{1, 2}, lastLink: 2}, delay: startup,
		}
		for segment := range maxSegments {
			n.addresses[segment] = nodeAddress(family, segment, i)
		}
		for r := range routers {
			config := vrrp.Config{
				Name: fmt.Sprintf("VI_%d", r+1), Interface: interfaceNames[r%w.segments], Family: family, Version: version,
				VRID: uint8(firstVRID + r), Priority: uint8(1 + w.rand.IntN(254)), AdvertInterval: interval,
				Preempt: preempt || w.chance(0.3), Accept: true, TrackLink: true,
				Addresses: addresses(family, r, 1+w.rand.IntN(3), interfaceNames[r%w.segments]),
				Announce:  vrrp.Announce{Repeat: 5, Delay: 5 * interval, Refresh: 60 * interval},
			}
			if w.chance(0.15) {
				config.Priority = 100 // ties happen
			}
			if config.Preempt && w.chance(0.2) {
				config.PreemptDelay = w.between(0, 10*interval)
			}
			if i == 0 && w.chance(0.1) || i == 1 && w.chance(0.02) {
				config.Priority, config.Preempt, config.PreemptDelay = packet.PriorityOwner, true, 0
			}
			if version == packet.Version3 && w.chance(0.1) {
				config.AdvertInterval = 2 * interval
			}
			if w.chance(0.1) {
				config.TrackLink = false
				for i := range config.Addresses {
					config.Addresses[i].TrackLink = false
				}
			}
			if unicast {
				config.Unicast = &vrrp.Unicast{TTL: 255, MinTTL: 255}
				for peer := range count {
					if peer != i {
						config.Unicast.Peers = append(config.Unicast.Peers, nodeAddress(family, r%w.segments, peer))
					}
				}
			}
			n.setup.Routers = append(n.setup.Routers, config)
			w.reckon(&config)
		}
		w.nodes = append(w.nodes, n)
	}
	w.addTrackers()
	if routers == 2 && w.chance(0.3) {
		w.grouped = true
		w.addGroup()
	}
	for r := range routers {
		w.names = append(w.names, fmt.Sprintf("VI_%d", r+1))
	}
	w.interval, w.startup = interval, startup
	w.reckonConvergence()
	for _, n := range w.nodes {
		w.after(w.between(0, 5*interval), n.start)
	}
	w.logf("%d nodes, %d routers, v%d %v, interval %v, delay %v+%v, kernel up to %v, converges in %v",
		count, routers, version, family, interval, w.network.delay, w.network.jitter, w.kernelTime, w.convergence)
}

// addTrackers gives some of the routers something to watch.
func (w *world) addTrackers() {
	if w.chance(0.5) {
		return
	}
	w.startWait = w.between(0, 4*w.longestInterval)
	for _, n := range w.nodes {
		n.setup.Terms = make(map[string][]priority.Term)
		for i := range 1 + w.rand.IntN(2) {
			rules := priority.Rules{Name: fmt.Sprintf("tracker.%d", i+1), OnStart: priority.Wait, StartWait: w.startWait,
				OnUnknown: pick(w, priority.Hold, priority.Pass, priority.Fail)}
			n.setup.Trackers = append(n.setup.Trackers, rules)
			for _, config := range n.setup.Routers {
				if w.chance(0.3) {
					continue
				}
				term := priority.Term{Tracker: rules.Name, Weight: pick(w, 0, 50, -50, w.rand.IntN(507)-253), Reverse: w.chance(0.1)}
				n.setup.Terms[config.Name] = append(n.setup.Terms[config.Name], term)
			}
		}
	}
}

// addGroup makes all routers of each node a sync group. What package config sees
// to holds: the members share their weights and agree on preemption; and they
// have the same priority, or two nodes could each win one of them for ever.
func (w *world) addGroup() {
	for _, n := range w.nodes {
		first := n.setup.Routers[0]
		group := vrrp.GroupConfig{Name: "G1"}
		for i := range n.setup.Routers {
			config := &n.setup.Routers[i]
			config.Priority, config.AdvertInterval = first.Priority, first.AdvertInterval
			config.Preempt, config.PreemptDelay = first.Preempt, first.PreemptDelay
			group.Members = append(group.Members, config.Name)
		}
		n.setup.Terms = united(n.setup.Terms, group.Members)
		n.setup.Groups = []vrrp.GroupConfig{group}
	}
}

// united gives every member the weights of all. A tracker with weight 0 is a fault
// of those only that have it, and reaches the others by the group.
func united(terms map[string][]priority.Term, members []string) map[string][]priority.Term {
	if terms == nil {
		return nil
	}
	first := make(map[string]priority.Term)
	var order []string
	for _, member := range members {
		for _, term := range terms[member] {
			if _, known := first[term.Tracker]; !known {
				first[term.Tracker] = term
				order = append(order, term.Tracker)
			}
		}
	}
	all := make(map[string][]priority.Term)
	for _, member := range members {
		for _, tracker := range order {
			has := slices.ContainsFunc(terms[member], func(t priority.Term) bool { return t.Tracker == tracker })
			if has || first[tracker].Weight != 0 {
				all[member] = append(all[member], first[tracker])
			}
		}
	}
	return all
}

// reckonConvergence works out T_conv from the longest of everything.
func (w *world) reckonConvergence() {
	w.convergence = w.longestDown + w.longestDelay + w.startup + w.startWait + w.longestInterval +
		2*(w.network.delay+w.network.jitter+w.maxLateness) + w.kernelTime
	if w.longestDelay > 0 {
		// The delay only begins to count when somebody of lower priority has
		// become active, and after it the timer has to run out.
		w.convergence += w.longestDown
	}
	if w.grouped {
		// Of two groups with the same priority each may win one member from the
		// other. Then both resign, and one hesitates for a part of an interval.
		w.convergence += w.longestDown + w.longestInterval
	}
}

// reckon takes a configuration into account for the time to converge.
func (w *world) reckon(c *vrrp.Config) {
	w.longestInterval = max(w.longestInterval, c.AdvertInterval)
	w.longestDelay = max(w.longestDelay, c.PreemptDelay)
	// A router may follow another's interval.
	w.longestDown = max(w.longestDown, vrrp.ActiveDownInterval(c.Version, 1, w.longestInterval))
}

func addresses(family packet.Family, router, count int, interfaceName string) []vrrp.Address {
	var list []vrrp.Address
	for i := range count {
		a := netip.AddrFrom4([4]byte{10, 0, byte(router + 1), byte(100 + i)})
		if family == packet.IPv6 {
			a = netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 13: byte(router + 1), 15: byte(100 + i)})
		}
		list = append(list, vrrp.Address{
			Prefix: netip.PrefixFrom(a, a.BitLen()), Interface: interfaceName, Advertise: true, TrackLink: true,
		})
	}
	return list
}

func pick[T any](w *world, options ...T) T { return options[w.rand.IntN(len(options))] }
