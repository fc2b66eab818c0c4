package vrrp_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// TestScenarios plays the stories in testdata. Each command is followed by
// everything the routers did because of it, with the time since the beginning;
// a line of silence says that they did nothing. To rewrite the outputs, run
//
//	go test ./core/vrrp -run TestScenarios -rewrite
//
// and read the difference before you commit it.
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		l := &lan{t: t, start: time.Unix(1000, 0)}
		l.now = l.start
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			l.t, l.d = t, d
			command, ok := commands[d.Cmd]
			if !ok {
				d.Fatalf(t, "unknown command %q", d.Cmd)
			}
			command(l)
			return l.flush()
		})
	})
}

// lan is a network that delivers at once, and the routers on its segments.
type lan struct {
	t      *testing.T
	d      *datadriven.TestData
	start  time.Time
	now    time.Time
	nodes  []*node
	groups []*vrrp.Group
	depth  int // of performances because of each other
	out    []line
}

type node struct {
	name    string
	segment string
	config  vrrp.Config
	router  *vrrp.Router
	source  netip.Addr
	cut     bool
	frozen  bool
	inbox   []vrrp.Heard
}

// line is one action of one node; equal ones in a row, as of several nodes that
// advertise, are printed once.
type line struct {
	at, last time.Duration
	node     string
	text     string
	times    int
}

// commands are the scenario language. Those that act on a router take its name
// first.
var commands = map[string]func(*lan){
	// reset: an empty segment at time 0.
	"reset": func(l *lan) { *l = lan{t: l.t, d: l.d, start: l.start, now: l.start} },
	// router NAME priority=N [source=A] [version=2] [interval=D] [preempt=no]
	// [preempt-delay=D] [delay=D] [refresh=D] [align=D]
	// [segment=NAME]
	"router": (*lan).addRouter,
	// group NAME...: the routers are a sync group.
	"group": func(l *lan) {
		var members []*vrrp.Router
		for _, arg := range l.d.CmdArgs {
			members = append(members, l.named(arg.Key).router)
		}
		l.groups = append(l.groups, vrrp.NewGroup(members...))
	},
	// start NAME [after=D]: the Startup event, elections held back for D.
	"start": func(l *lan) {
		var notBefore time.Time
		if after := l.duration("after"); after > 0 {
			notBefore = l.now.Add(after)
		}
		n := l.node()
		l.perform(n, n.router.Start(l.now, notBefore))
	},
	"stop": func(l *lan) { n := l.node(); l.perform(n, n.router.Stop(l.now)) },
	// advance D: let the time pass.
	"advance": (*lan).advance,
	// cut, heal: the node is off the network, and on it again.
	"cut":  func(l *lan) { l.node().cut = true },
	"heal": func(l *lan) { l.node().cut = false },
	// freeze, thaw: the process is stopped; what arrives waits for it.
	"freeze": func(l *lan) { l.node().frozen = true },
	"thaw":   func(l *lan) { l.thaw(l.node()) },
	// priority NAME to=N: the effective priority changes.
	"priority": func(l *lan) {
		n := l.node()
		l.perform(n, n.router.SetPriority(l.now, uint8(l.number("to", 0))))
	},
	// fault NAME reason=TEXT, recover NAME.
	"fault": func(l *lan) {
		var reason string
		n := l.node()
		l.d.ScanArgs(l.t, "reason", &reason)
		l.perform(n, n.router.SetFault(l.now, reason))
	},
	"recover": func(l *lan) { n := l.node(); l.perform(n, n.router.SetFault(l.now, "")) },
	// hear NAME from=A priority=N [interval=D] [age=D]: an advertisement from
	// somebody who is not on the segment.
	"hear": (*lan).hear,
	// reconfigure NAME with the options of router: a reload in place.
	"reconfigure": func(l *lan) {
		n := l.node()
		l.options(&n.config)
		changed := n.config
		l.perform(n, n.router.Reconfigure(l.now, &changed, l.duration("align")))
	},
	// carrier NAME: the link came back.
	"carrier": func(l *lan) {
		n := l.node()
		l.perform(n, n.router.Announce(l.now, vrrp.AfterCarrier))
	},
	// states: who is what, and when something is due next.
	"states": func(l *lan) {
		for _, n := range l.nodes {
			state, _, cause := n.router.State()
			text := fmt.Sprintf("%v, priority %d, because: %v", state, n.router.Priority(), cause)
			if next := n.router.Deadline(); !next.IsZero() {
				text += fmt.Sprintf("; next at +%.4fs", next.Sub(l.start).Seconds())
			}
			l.print(n, text)
		}
	},
}

func (l *lan) addRouter() {
	n := &node{
		name:   l.d.CmdArgs[0].Key,
		source: netip.AddrFrom4([4]byte{10, 0, 0, byte(len(l.nodes) + 1)}),
		config: vrrp.Config{
			Family: packet.IPv4, Version: 3, VRID: 51, Priority: 100, AdvertInterval: time.Second,
			Preempt: true, Announce: vrrp.Announce{Repeat: 5, Delay: 5 * time.Second},
		},
	}
	n.config.Name = n.name
	l.options(&n.config)
	if l.d.HasArg("segment") {
		l.d.ScanArgs(l.t, "segment", &n.segment)
	}
	if l.d.HasArg("source") {
		var source string
		l.d.ScanArgs(l.t, "source", &source)
		n.source = netip.MustParseAddr(source)
	}
	config := n.config
	n.router = vrrp.NewRouter(&config, l.duration("align"))
	n.router.SetSource(n.source)
	l.nodes = append(l.nodes, n)
}

// options reads what a router is configured with; what is not named stays.
func (l *lan) options(c *vrrp.Config) {
	c.Version = uint8(l.number("version", int(c.Version)))
	c.Priority = uint8(l.number("priority", int(c.Priority)))
	if l.d.HasArg("preempt") {
		var preempt string
		l.d.ScanArgs(l.t, "preempt", &preempt)
		c.Preempt = preempt == "yes"
	}
	for key, field := range map[string]*time.Duration{
		"interval": &c.AdvertInterval, "preempt-delay": &c.PreemptDelay,
		"delay": &c.Announce.Delay, "refresh": &c.Announce.Refresh,
	} {
		if l.d.HasArg(key) {
			*field = l.duration(key)
		}
	}
}

// advance moves the clock from deadline to deadline. A router that asks again
// and again for the same moment is a bug, so the loop is bounded.
func (l *lan) advance() {
	d, err := time.ParseDuration(l.d.CmdArgs[0].Key)
	if err != nil {
		l.d.Fatalf(l.t, "%v", err)
	}
	end := l.now.Add(d)
	for range 100_000 {
		n := l.earliest()
		if n == nil || n.router.Deadline().After(end) {
			l.now = end
			return
		}
		if next := n.router.Deadline(); next.After(l.now) {
			l.now = next
		}
		l.perform(n, n.router.Tick(l.now))
	}
	l.d.Fatalf(l.t, "too many deadlines in %v", d)
}

// earliest returns the running node with the earliest deadline.
func (l *lan) earliest() *node {
	var first *node
	for _, n := range l.nodes {
		next := n.router.Deadline()
		if n.frozen || next.IsZero() {
			continue
		}
		if first == nil || next.Before(first.router.Deadline()) {
			first = n
		}
	}
	return first
}

// perform prints a node's actions and delivers what it sends.
func (l *lan) perform(from *node, actions []vrrp.Action) {
	l.depth++
	l.carryOut(from, actions)
	l.depth--
	if l.depth > 0 {
		return
	}
	for _, g := range l.groups {
		g.Settle(l.now, func(r *vrrp.Router, actions []vrrp.Action) {
			l.depth++
			l.carryOut(l.running(r), actions)
			l.depth--
		})
	}
}

func (l *lan) carryOut(from *node, actions []vrrp.Action) {
	for _, action := range append([]vrrp.Action(nil), actions...) {
		l.print(from, action.String())
		if action.Kind != vrrp.Advertise || from.cut {
			continue
		}
		heard := vrrp.Heard{
			Source: from.source, Priority: action.Priority,
			Interval: from.config.AdvertInterval, At: l.now,
		}
		for _, to := range l.nodes {
			if to != from && !to.cut && to.segment == from.segment {
				l.deliver(to, heard)
			}
		}
	}
}

func (l *lan) deliver(to *node, heard vrrp.Heard) {
	if to.frozen {
		to.inbox = append(to.inbox, heard)
		return
	}
	l.perform(to, to.router.Receive(l.now, heard))
}

// thaw does what the engine does: first what was received, then the timers.
func (l *lan) thaw(n *node) {
	n.frozen = false
	for _, heard := range n.inbox {
		l.deliver(n, heard)
	}
	n.inbox = nil
	l.perform(n, n.router.Tick(l.now))
}

func (l *lan) hear() {
	n := l.node()
	var from string
	l.d.ScanArgs(l.t, "from", &from)
	interval := n.config.AdvertInterval
	if l.d.HasArg("interval") {
		interval = l.duration("interval")
	}
	l.deliver(n, vrrp.Heard{
		Source: netip.MustParseAddr(from), Priority: uint8(l.number("priority", 0)),
		Interval: interval, At: l.now.Add(-l.duration("age")),
	})
}

func (l *lan) node() *node { return l.named(l.d.CmdArgs[0].Key) }

func (l *lan) named(name string) *node {
	for _, n := range l.nodes {
		if n.name == name {
			return n
		}
	}
	l.d.Fatalf(l.t, "no router %q", name)
	return nil
}

func (l *lan) running(r *vrrp.Router) *node {
	for _, n := range l.nodes {
		if n.router == r {
			return n
		}
	}
	return nil
}

func (l *lan) number(key string, otherwise int) int {
	if l.d.HasArg(key) {
		l.d.ScanArgs(l.t, key, &otherwise)
	}
	return otherwise
}

func (l *lan) duration(key string) time.Duration {
	if !l.d.HasArg(key) {
		return 0
	}
	var text string
	l.d.ScanArgs(l.t, key, &text)
	d, err := time.ParseDuration(text)
	if err != nil {
		l.d.Fatalf(l.t, "%v", err)
	}
	return d
}

func (l *lan) print(n *node, text string) {
	at := l.now.Sub(l.start)
	for i := len(l.out) - 1; i >= 0; i-- {
		earlier := &l.out[i]
		if earlier.node == n.name && earlier.text == text && (i == len(l.out)-1 || earlier.last < at) {
			earlier.last = at
			earlier.times++
			return
		}
		if !strings.HasPrefix(earlier.text, "send") || !strings.HasPrefix(text, "send") {
			break
		}
	}
	l.out = append(l.out, line{at: at, last: at, node: n.name, text: text, times: 1})
}

func (l *lan) flush() string {
	if len(l.out) == 0 {
		return "(silence)\n"
	}
	var b strings.Builder
	for _, line := range l.out {
		fmt.Fprintf(&b, "+%.4fs %s %s", line.at.Seconds(), line.node, line.text)
		if line.times > 1 {
			fmt.Fprintf(&b, " (%d times until +%.4fs)", line.times, line.last.Seconds())
		}
		b.WriteByte('\n')
	}
	l.out = nil
	return b.String()
}
