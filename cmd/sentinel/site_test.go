package main

import (
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

const (
	// reach bounds the wait for anything that must happen. It is far more than
	// anything takes, on a machine that has other things to do as well.
	reach = 15 * time.Second
	// interval is that of most routers here: as fast as is sane beside a dozen
	// other tests that share the machine.
	interval = 100 * time.Millisecond * max(2, slowdown)
	// vip and vrid are what most routers serve.
	vip  = "192.0.2.100"
	vrid = 51
)

// What the agent logs, for the waits.
const (
	toBackup = `msg="entering backup"`
	toActive = `msg="transition to active"`
	toFault  = `msg="entering fault"`
)

// router returns a vrrp block with these settings, each a line or a block on a
// line. A line takes the place of an earlier one, or a default, of the same name.
func router(name string, settings ...string) string {
	all := append([]string{
		`interface = "eth0"`,
		`version = 3`,
		fmt.Sprintf(`virtual_router_id = %d`, vrid),
		fmt.Sprintf(`advert_interval = "%v"`, interval),
		fmt.Sprintf(`virtual_addresses = ["%s/24"]`, vip),
	}, settings...)
	var b strings.Builder
	fmt.Fprintf(&b, "vrrp %q {\n", name)
	for i, line := range all {
		key, _, _ := strings.Cut(line, " = ")
		replaced := slices.ContainsFunc(all[i+1:], func(later string) bool { return strings.HasPrefix(later, key+" = ") })
		if !replaced {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// vi1 is the virtual router that most tests are about.
func vi1(priority int, settings ...string) string {
	return router("VI_1", append([]string{fmt.Sprintf("priority = %d", priority)}, settings...)...)
}

// password returns an authentication block.
func password(text string) string {
	return fmt.Sprintf("authentication {\n    type = \"simple_text\"\n    password = %q\n  }", text)
}

// site is a lab with servers a, b, ... on one segment, and a record of what they
// say there.
type site struct {
	*labtest.Lab
	t       *testing.T
	wire    *labtest.Capture
	servers []*server
}

// server is a node, and the agent that was last started on it.
type server struct {
	*labtest.Node
	site  *site
	agent *labtest.Process
	ip    string // its IPv4 address
	ip6   string // its global IPv6 address
}

// newSite makes a site with so many servers. The n-th has the addresses 192.0.2.n
// and 2001:db8::n on eth0, and like every node a link-local one, also the
// higher the higher n is.
func newSite(t *testing.T, servers int) *site {
	t.Helper()
	s := &site{Lab: labtest.New(t), t: t}
	for range servers {
		s.add()
	}
	s.wire = s.Capture()
	return s
}

// add adds the next server.
func (s *site) add(options ...lab.NodeOption) *server {
	s.t.Helper()
	n := len(s.servers) + 1
	v := &server{site: s, ip: fmt.Sprintf("192.0.2.%d", n), ip6: fmt.Sprintf("2001:db8::%d", n)}
	options = append([]lab.NodeOption{lab.At(v.ip+"/24", v.ip6+"/64")}, options...)
	v.Node = s.AddNode(string(rune('a'+n-1)), options...)
	s.servers = append(s.servers, v)
	return v
}

// newPair makes a site with two servers.
func newPair(t *testing.T) (s *site, a, b *server) {
	t.Helper()
	s = newSite(t, 2)
	return s, s.servers[0], s.servers[1]
}

// configFile is where a server has its configuration.
const configFile = "/run/ha.hcl"

// configure writes the server's configuration, which may hold a secret.
func (v *server) configure(config string) {
	v.site.t.Helper()
	v.WriteFile(configFile, config)
	if err := os.Chmod(v.Path(configFile), 0o600); err != nil {
		v.site.t.Fatal(err)
	}
}

// start starts the agent.
func (v *server) start(config string, flags ...string) {
	v.site.t.Helper()
	v.configure(config)
	v.agent = v.Start(sentinel(append([]string{"agent", "-config", configFile}, flags...)...))
}

// startActive starts the agent, and returns when its router VI_1 is active.
func (v *server) startActive(config string, flags ...string) {
	v.site.t.Helper()
	v.start(config, flags...)
	v.waitLog(toActive)
}

// startBackup starts the agent beside an active router, and returns when it has
// been heard.
func (v *server) startBackup(config string, flags ...string) {
	v.site.t.Helper()
	v.start(config, flags...)
	v.waitLog(`msg="peer heard"`)
}

// waitLog waits for a line of the agent, among all since it was started.
func (v *server) waitLog(pattern string) lab.Line {
	v.site.t.Helper()
	return v.agent.WaitLog(pattern, reach)
}

// waitLogSince waits for a line of the agent that comes after a time.
func (v *server) waitLogSince(since time.Time, pattern string) lab.Line {
	v.site.t.Helper()
	return v.agent.WaitLogSince(since, pattern, reach)
}

// reload gives the agent another configuration and tells it so.
func (v *server) reload(config string) {
	v.site.t.Helper()
	v.configure(config)
	v.agent.Signal(syscall.SIGHUP)
}

// stop ends the agent as an init system does, and demands that it ends well.
func (v *server) stop() {
	v.site.t.Helper()
	if status := v.agent.Stop(reach); status != exitDone {
		v.site.t.Fatalf("agent on %s: exit status %d", v, status)
	}
}

// kill ends the agent as kill -9 does. Its addresses stay.
func (v *server) kill() {
	v.site.t.Helper()
	v.agent.Kill()
	<-v.agent.Exited() // until then it has its lock
}

// linkLocal returns the link-local address of eth0.
func (v *server) linkLocal() string {
	v.site.t.Helper()
	for _, a := range v.Addresses("eth0") {
		if a.Prefix.Addr().IsLinkLocalUnicast() {
			return a.Prefix.Addr().String()
		}
	}
	v.site.t.Fatalf("%s has no link-local address", v)
	return ""
}

// waitHeld waits until an address is on an interface of exactly these servers.
func (s *site) waitHeld(address string, by ...*server) {
	s.t.Helper()
	s.WaitHolders(address, reach, nodes(by)...)
}

// mustBeHeld demands that an address is on an interface of exactly these servers
// now.
func (s *site) mustBeHeld(address string, by ...*server) {
	s.t.Helper()
	if err := s.Lab.Lab.WaitHolders(netip.MustParseAddr(address), time.Millisecond, unwrap(by)...); err != nil {
		s.t.Error(err)
	}
}

func nodes(servers []*server) []*labtest.Node {
	list := make([]*labtest.Node, len(servers))
	for i, v := range servers {
		list[i] = v.Node
	}
	return list
}

func unwrap(servers []*server) []*lab.Node {
	list := make([]*lab.Node, len(servers))
	for i, v := range servers {
		list[i] = v.Node.Node
	}
	return list
}

// ends waits until a process has ended by itself, and returns its exit status. Its
// log is complete then.
func ends(t *testing.T, p *labtest.Process) int {
	t.Helper()
	select {
	case <-p.Exited():
	case <-time.After(reach):
		t.Fatalf("%s does not end:\n%s", p, p.Log())
	}
	return p.Stop(reach)
}

// lines returns the lines of a log that match.
func lines(p *labtest.Process, pattern string) []lab.Line {
	expression := regexp.MustCompile(pattern)
	var list []lab.Line
	for _, line := range p.Log().Lines() {
		if expression.MatchString(line.Text) {
			list = append(list, line)
		}
	}
	return list
}

// mustLog demands that so many lines of the agent's log match, no more, once there
// are that many.
func (v *server) mustLog(want int, pattern string) {
	v.site.t.Helper()
	got := lines(v.agent, pattern)
	for deadline := time.Now().Add(reach); len(got) < want && time.Now().Before(deadline); got = lines(v.agent, pattern) {
		time.Sleep(time.Millisecond)
	}
	if len(got) != want {
		v.site.t.Errorf("%s has %d lines that match %q, want %d", v, len(got), pattern, want)
	}
}

// eventually waits for a condition that no lab wait knows.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(reach); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", reach, what)
		}
	}
}
