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

// asNobody makes setpriv(1) run a program as an ordinary user.
func asNobody(flags ...string) []string {
	return append([]string{fmt.Sprintf("--reuid=%d", nobody), fmt.Sprintf("--regid=%d", nobody), "--clear-groups"}, flags...)
}

// An ordinary user with two capabilities can do all that the agent does.
func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	needNobody(t)
	s, a, b := newPair(t)
	const dir = "/run/private"
	a.configure(inRuntimeDir(dir) + vi1(150, `accept = false`,
		`virtual_address "2001:db8::100/64" { advertise = false }`))
	owner := fmt.Sprintf("%d:%d", nobody, nobody)
	a.Run("mkdir", dir)
	a.Run("chown", owner, configFile)
	const capabilities = "+net_admin,+net_raw"
	agent := with("setpriv", asNobody(
		"--bounding-set=-all,"+capabilities, "--inh-caps=-all,"+capabilities, "--ambient-caps=-all,"+capabilities,
		"--no-new-privs",
	), "agent", "-config", configFile)
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

// scriptsAsNobody makes the plugin that runs scripts that of an ordinary user.
var scriptsAsNobody = block(`plugin "tracker" "script"`, fmt.Sprintf(`user = "%d"`, nobody))

// A plugin of another user comes to its directory whatever the umask is.
func TestUmask(t *testing.T) {
	t.Parallel()
	needNobody(t)
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(check, obedient)
	a.configure(inRuntimeDir("/run/new/private") + scriptsAsNobody + scriptTracker() + vi1(150, trackingScript))
	a.agent = a.Start(with("sh", []string{"-c", `umask 077; exec "$@"`, "sh"}, "agent", "-config", configFile))
	a.waitLog(toActive)
	s.waitHeld(vip, a)
}

// A plugin of another user that runs cannot fill the file system on which we record
// addresses.
func TestPluginDirectory(t *testing.T) {
	t.Parallel()
	needNobody(t)
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(check, `directory=$(tr '\0' '\n' < /proc/$PPID/environ | sed -n 's/^PLUGIN_UNIX_SOCKET_DIR=//p')
[ $(id -u) -ne 0 ] && [ -n "$directory" ] && ! touch $directory/file
`)
	a.startActive(scriptsAsNobody + scriptTracker() + vi1(150, trackingScript))
	s.waitHeld(vip, a)
	a.stop()
	a.mustLog(0, `level=(WARN|ERROR)`)
}

// needNobody ends a test where there is no user but the one who runs it.
func needNobody(t *testing.T) {
	t.Helper()
	labtest.NeedLab(t)
	users, err := os.ReadFile("/proc/self/uid_map")
	if fields := strings.Fields(string(users)); err != nil || len(fields) == 3 && fields[2] == "1" {
		netnstest.NotRun(t, "there are no other users in this user namespace; run the tests as root")
	}
}
