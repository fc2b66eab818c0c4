package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/lab/labtest"
	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

// with is a command of the program, started by another one.
func with(program string, flags []string, args ...string) lab.Command {
	inner := sentinel(args...)
	return lab.Command{Path: program, Args: append(append(flags, inner.Path), inner.Args...), Env: inner.Env}
}

// nobody is an ordinary user and group.
const nobody = 65534

// An ordinary user with two capabilities can do all that the agent does.
func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	labtest.NeedLab(t)
	needNobody(t)
	s, a, b := newPair(t)
	const dir = "/run/private"
	a.configure(fmt.Sprintf("agent {\n  runtime_dir = %q\n}\n", dir) + vi1(150, `accept = false`,
		`virtual_address "2001:db8::100/64" { advertise = false }`))
	owner := fmt.Sprintf("%d:%d", nobody, nobody)
	a.Run("mkdir", dir)
	a.Run("chown", owner, configFile)
	const capabilities = "+net_admin,+net_raw"
	agent := with("setpriv", []string{
		fmt.Sprintf("--reuid=%d", nobody), fmt.Sprintf("--regid=%d", nobody), "--clear-groups",
		"--bounding-set=-all," + capabilities, "--inh-caps=-all," + capabilities, "--ambient-caps=-all," + capabilities,
		"--no-new-privs",
	}, "agent", "-config", configFile)
	mustRefuse(t, a.Start(agent), `runtime_dir: .*`+dir+`.*permission denied`)

	a.Run("chown", owner, dir)
	a.agent = a.Start(agent)
	a.waitLog(toActive)
	s.waitHeld(vip, a)
	s.waitHeld("2001:db8::100", a)
	s.waitWire(a.announced(vip))
	if its := strings.TrimSpace(a.Run("stat", "-c", "%u:%g", dir+"/addresses.json")); its != owner {
		t.Errorf("the record belongs to %s: it was not an ordinary user", its)
	}
	b.startBackup(vi1(100))
	a.mustLog(0, `level=(WARN|ERROR)`)
	a.stop()
	b.waitLog(toActive + `.* resigned"`)
	s.waitHeld(vip, b)
	s.waitHeld("2001:db8::100")
	if rules := a.Run("nft", "list", "ruleset"); rules != "" {
		t.Errorf("left behind:\n%s", rules)
	}
}

// A plugin of another user comes to its directory whatever the umask is.
func TestUmask(t *testing.T) {
	t.Parallel()
	labtest.NeedLab(t)
	needNobody(t)
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(check, obedient)
	a.configure("agent {\n  runtime_dir = \"/run/new/private\"\n}\n" +
		fmt.Sprintf("plugin \"tracker\" \"script\" {\n  user = \"%d\"\n}\n", nobody) + scriptTracker() + vi1(150, trackingScript))
	a.agent = a.Start(with("sh", []string{"-c", `umask 077; exec "$@"`, "sh"}, "agent", "-config", configFile))
	a.waitLog(toActive)
	s.waitHeld(vip, a)
}

// A plugin of another user that runs cannot fill the file system on which we record
// addresses.
func TestPluginDirectory(t *testing.T) {
	t.Parallel()
	labtest.NeedLab(t)
	needNobody(t)
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(check, `directory=$(tr '\0' '\n' < /proc/$PPID/environ | sed -n 's/^PLUGIN_UNIX_SOCKET_DIR=//p')
[ $(id -u) -ne 0 ] && [ -n "$directory" ] && ! touch $directory/file
`)
	a.startActive(fmt.Sprintf("plugin \"tracker\" \"script\" {\n  user = \"%d\"\n}\n", nobody) + scriptTracker() + vi1(150, trackingScript))
	s.waitHeld(vip, a)
	a.stop()
	a.mustLog(0, `level=(WARN|ERROR)`)
}

// needNobody ends a test where there is no user but the one who runs it.
func needNobody(t *testing.T) {
	t.Helper()
	users, err := os.ReadFile("/proc/self/uid_map")
	if fields := strings.Fields(string(users)); err != nil || len(fields) == 3 && fields[2] == "1" {
		netnstest.NotRun(t, "there are no other users in this user namespace; run the tests as root")
	}
}
