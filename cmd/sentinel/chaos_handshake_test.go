package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// greeting is a plugin that greets in some way, and what is said of it. The script
// finds the directory for its socket in $d.
type greeting struct{ name, script, says string }

// notOnSocket is said of whoever listens somewhere else.
const notOnSocket = ", and must listen on a unix socket in the directory that PLUGIN_UNIX_SOCKET_DIR names"

// greetings are those that are no good, by what is wrong with them.
var greetings = map[string][]greeting{
	"garbage for a handshake": {
		{"words", "while echo la la la; do :; done", "it prints something else than the handshake"},
		{"zeros", "cat /dev/zero", "it prints something else than the handshake"},
		{"line", `head -c 5000000 /dev/zero | tr '\0' x; echo; ` + wait, "it prints something else than the handshake"},
		{"fields", "echo '1|1|unix'; " + wait, `its handshake "1|1|unix" has 3 fields`},
		{"letters", `echo "1|one|unix|$d/s|grpc"; ` + wait, `names version "one" of the protocol, which is no number`},
		{"certificate", `echo "1|1|unix|$d/s|grpc|$(head -c 1000 /dev/zero | tr '\0' x)"; ` + wait, "malformed certificate"},
	},
	"wrong handshake": {
		{"newer", `echo "1|7|unix|$d/s|grpc"; ` + wait, "it speaks version 7 of the plugin protocol and this Sentinel speaks 1: update Sentinel"},
		{"older", `echo "1|0|unix|$d/s|grpc"; ` + wait, "this Sentinel speaks 1: update the plugin"},
		{"rpc", `echo "1|1|unix|$d/s|netrpc"; ` + wait, `it speaks "netrpc", and must speak grpc`},
		{"inet", "echo '1|1|tcp|127.0.0.1:22|grpc'; " + wait, "it listens at tcp 127.0.0.1:22" + notOnSocket},
		{"relative", "echo '1|1|unix|s|grpc'; " + wait, "it listens at unix s" + notOnSocket},
		{"abstract", "echo '1|1|unix|@s|grpc'; " + wait, "it listens at unix @s" + notOnSocket},
		{"foreign", "echo '1|1|unix|/run/sentinel/sentinel.sock|grpc'; " + wait, "it listens at unix /run/sentinel/sentinel.sock" + notOnSocket},
		{"above", `echo "1|1|unix|$d/../s|grpc"; ` + wait, "/../s" + notOnSocket},
		{"link", `ln -s /run/sentinel/sentinel.sock $d/s; echo "1|1|unix|$d/s|grpc"; ` + wait, "describe itself"},
	},
	"no handshake": {
		{"silent", wait, "it did not print the handshake within " + patience.String()},
		{"closed", "exec >&- 2>&-; " + wait, "it did not print the handshake within " + patience.String()},
		{"exits", "echo no license >&2; exit 3", `it exited with status 3 before it was ready: its last line was "no license"`},
		{"dies", "kill -SEGV $$", "it was killed by SIGSEGV before it was ready"},
		{"leaves", `echo "1|1|unix|$d/s|grpc"`, "cannot be started: it "},
		{"absent", `echo "1|1|unix|$d/s|grpc"; ` + wait, "describe itself"},
		{"deaf", "", "it did not describe itself within " + patience.String()},
		{"stuck", "", "it did not describe itself within " + patience.String()},
		{"vast", "", "it does not describe itself: the plugin sends a message that is too large"},
		{"noise", "", "it does not describe itself: the plugin sends what is no message"},
		{"empty", "", "it offers nothing"},
	},
}

// wait ends a script that does nothing more.
const wait = "exec sleep 1000000"

// patience is how long those are waited for that say nothing.
const patience = time.Second * max(2, slowdown)

// handshakeTroubles are about plugins that are dropped in, and are none.
func handshakeTroubles() (list []trouble) {
	for _, name := range []string{"garbage for a handshake", "wrong handshake", "no handshake"} {
		list = append(list, trouble{
			name: name, disturb: func(a *server, lasts time.Duration) { a.greet(greetings[name], lasts) },
			says: `(not reloaded): the configuration is not valid and the old one stays in force`,
		})
	}
	return list
}

// greet drops plugins in, and reads a configuration that uses them, again and again.
func (v *server) greet(list []greeting, lasts time.Duration) {
	v.site.t.Helper()
	var config strings.Builder
	for _, g := range list {
		file := dropIns + "/sentinel-tracker-" + g.name
		if g.script == "" {
			v.plug(file)
		} else {
			v.program(file, "d=$PLUGIN_UNIX_SOCKET_DIR\n"+g.script+"\n")
		}
		fmt.Fprintf(&config, "tracker %q \"t\" {}\n", g.name)
		if strings.HasSuffix(g.says, patience.String()) {
			config.WriteString(block(fmt.Sprintf(`plugin "tracker" %q`, g.name), fmt.Sprintf(`start_timeout = "%v"`, patience)))
		}
	}
	v.configure(v.text(configFile) + config.String())
	for began := time.Now(); time.Since(began) < lasts; {
		text, status := v.ask("reload")
		if status != exitFailed {
			v.site.t.Errorf("exit status %d: %s", status, text)
		}
		problems := strings.Split(strings.Join(strings.Fields(text), " "), "Error: ")
		for _, g := range list {
			head := "The plugin sentinel-tracker-" + g.name + " cannot be used: "
			if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, head) && strings.Contains(p, g.says) }) {
				v.site.t.Errorf("%s: %s is missing in %s", g.name, g.says, text)
			}
		}
	}
}
