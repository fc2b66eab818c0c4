package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

// mustRefuse demands that a command ends with status 1 and exactly one sentence,
// that matches.
func mustRefuse(t *testing.T, p *labtest.Process, sentence string) {
	t.Helper()
	if status := ends(t, p); status != exitFailed {
		t.Errorf("%s: exit status %d", p, status)
	}
	all := p.Log().Lines()
	if len(all) != 1 || len(lines(p, `^sentinel: .*`+sentence)) != 1 {
		t.Errorf("want one line that matches %q:\n%s", sentence, p.Log())
	} else {
		t.Log(all[0].Text)
	}
}

// Two agents with one runtime_dir would take each other's addresses for their own.
func TestRefuseSecondAgent(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(vi1(150))
	s.waitHeld(vip, a)
	first := a.agent
	a.start(router("VI_9", `virtual_router_id = 99`, `virtual_addresses = []`))
	mustRefuse(t, a.agent, fmt.Sprintf(`another agent \(pid %d\) uses the runtime_dir /run/sentinel;`, first.PID()))

	// With another one it is still another VRRP daemon, unless that is wanted.
	elsewhere := "agent {\n  runtime_dir = \"/run/elsewhere\"\n}\n" +
		router("VI_9", `virtual_router_id = 99`, `virtual_addresses = []`)
	a.start(elsewhere)
	mustRefuse(t, a.agent, fmt.Sprintf(`\S+ \(pid %d\) already speaks VRRP in this network namespace: .*-observe.*-allow-other-vrrp`, first.PID()))
	a.start(elsewhere, "-allow-other-vrrp")
	a.waitLog(toActive)
	a.stop()
	if !first.Running() || len(lines(first, `from=active`)) > 0 {
		t.Errorf("the first agent was disturbed:\n%s", first.Log())
	}
	s.mustBeHeld(vip, a)
}

// Beside another VRRP daemon an agent does not start, unless it is told to.
func TestRefuseBesideKeepalived(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	other := a.Keepalived(keepalivedConfig(3, "virtual_router_id 60", keepalivedList("virtual_ipaddress", "192.0.2.60/24")))
	other.WaitLog("Entering BACKUP STATE", reach)
	a.start(vi1(150))
	mustRefuse(t, a.agent, `keepalived \(pid \d+\) already speaks VRRP in this network namespace: stop it first`)
	a.start(vi1(150), "-allow-other-vrrp")
	a.waitLog(toActive)
	s.waitHeld(vip, a)
	other.WaitLog("Entering MASTER STATE", reach)
	a.stop()
	s.waitHeld("192.0.2.60", a)
}

// Without the capabilities it says which are lacking, what for, and how to get
// them.
func TestRefuseWithoutRights(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.configure(vi1(150))
	for _, c := range []struct{ left, sentence string }{
		{"-all", `no right to run: lacking CAP_NET_RAW \(.+\) and CAP_NET_ADMIN \(.+\); run as root, or .*AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN .*setcap`},
		{"-all,+net_raw", `no right to run: lacking CAP_NET_ADMIN \([^)]+\); run as root`},
		{"-all,+net_admin", `no right to run: lacking CAP_NET_RAW \([^)]+\); run as root`},
	} {
		p := a.Start(with("setpriv", []string{"--bounding-set=" + c.left, "--inh-caps=-all"}, "agent", "-config", configFile))
		mustRefuse(t, p, c.sentence)
	}
	// What needs no rights works without.
	p := a.Start(with("setpriv", []string{"--bounding-set=-all", "--inh-caps=-all"}, "validate", configFile))
	if status := ends(t, p); status != exitDone {
		t.Errorf("validate: exit status %d\n%s", status, p.Log())
	}
}

// inRuntimeDir is an agent block.
func inRuntimeDir(dir string) string { return block("agent", fmt.Sprintf("runtime_dir = %q", dir)) }

// A runtime_dir that cannot be used is refused before anything is touched.
func TestRefuseRuntimeDir(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	for _, dir := range []string{"/proc/sentinel", configFile} {
		a.start(inRuntimeDir(dir) + vi1(255))
		mustRefuse(t, a.agent, `runtime_dir: .*`+dir)
	}
	s.mustSee(0, "advertisement", a.advertised(vrid))
	s.mustBeHeld(vip)
}

// A runtime_dir where others could put files is refused, and so is a lock that leads
// elsewhere: what is there would be overwritten.
func TestRefuseRuntimeDirOfOthers(t *testing.T) {
	t.Parallel()
	needNobody(t)
	s := newSite(t, 1)
	a := s.servers[0]
	const theirs, everybodys, linked, precious = "/run/theirs", "/run/everybodys", "/run/linked", "/run/precious"
	a.Run("mkdir", theirs, theirs+"/below", everybodys, linked)
	a.Run("chown", strconv.Itoa(nobody), theirs)
	a.Run("chmod", "1777", everybodys)
	a.Run("ln", "-s", precious, linked+"/sentinel.lock")
	a.Run("sh", "-c", "echo mine > "+precious)
	for dir, sentence := range map[string]string{
		theirs:            theirs + ` belongs to user \d+, who could replace it: chown root ` + theirs + `$`,
		theirs + "/below": theirs + ` belongs to user \d+, who could replace it: chown root ` + theirs + `$`,
		everybodys:        everybodys + ` is for everybody: name a directory below it$`,
		linked:            `.*` + linked + `/sentinel.lock: too many levels of symbolic links$`,
	} {
		a.start(inRuntimeDir(dir) + vi1(255))
		mustRefuse(t, a.agent, `runtime_dir: `+sentence)
	}
	if text := a.Run("cat", precious); text != "mine\n" {
		t.Errorf("the file that a link leads to holds %q", text)
	}
	s.mustBeHeld(vip)
}

// Nobody else can take the lock, and so keep an agent from being started again.
func TestLockOfOthers(t *testing.T) {
	t.Parallel()
	needNobody(t)
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(vi1(150))
	a.stop()
	other := a.Start(lab.Command{Path: "setpriv", Args: asNobody("flock", "--nonblock", "/run/sentinel/sentinel.lock", "true")})
	if status := ends(t, other); status == 0 {
		t.Errorf("an ordinary user has locked it\n%s", other.Log())
	}
}

// Two routers with one identifier on one interface and family cannot be told
// apart. On another interface, or in the other family, they can.
func TestRefuseSameIdentifier(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	other := `virtual_addresses = ["192.0.2.101/24"]`
	a.start(vi1(150) + router("VI_2", other))
	if status := ends(t, a.agent); status != exitFailed {
		t.Errorf("exit status %d", status)
	}
	text := a.agent.Log().String()
	if strings.Count(text, "Error: ") != 1 || !strings.Contains(text, "VI_1") || !strings.Contains(text, "VI_2") ||
		!strings.Contains(text, "virtual_router_id") {
		t.Errorf("it does not name the two:\n%s", text)
	}
	a.start(vi1(150) + router("VI_6", `virtual_addresses = ["fe80::100/64"]`) + router("VI_7", `interface = "eth7"`, other))
	a.waitLog(toActive + ` router=VI_1`)
	a.waitLog(toActive + ` router=VI_6`)
	s.waitHeld("fe80::100", a)
}
