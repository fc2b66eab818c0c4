package main

import (
	"os"
	"strings"
	"syscall"
	"time"
)

// rogueFile is a plugin file that is no link, so that it can change.
const rogueFile = dropIns + "/sentinel-tracker-rogue"

// replace makes a file another copy of the test binary, at once.
func (v *server) replace(file string) {
	v.site.t.Helper()
	program, err := os.Executable()
	if err != nil {
		v.site.t.Fatal(err)
	}
	v.Run("install", "-D", program, file+"-new")
	v.Run("mv", file+"-new", file)
}

// restart kills the process of a plugin, and waits for another one.
func (v *server) restart(file string) {
	v.site.t.Helper()
	before := v.killOne(file)
	eventually(v.site.t, "another process", func() bool { pid := v.pidOf(file); return pid != 0 && pid != before })
}

// killOne kills the process of a plugin when there is one, and returns its number.
func (v *server) killOne(file string) (pid int) {
	v.site.t.Helper()
	eventually(v.site.t, "a process", func() bool { pid = v.pidOf(file); return pid != 0 })
	sendTo(v.site.t, pid, syscall.SIGKILL)
	return pid
}

// fileTroubles are about files of plugins that change while they run.
func fileTroubles() []trouble {
	config := rogue("") + vi1(150, trackingRogue)
	copied := func(a *server) { a.replace(rogueFile) }
	return []trouble{
		{
			name: "plugin file written, replaced, deleted, spoilt", prepare: copied, config: config, disturb: spoil,
			says: diedOf + `(the plugin was killed by SIGKILL)`,
		},
		{
			name: "the same, with reloads", prepare: copied, config: config, disturb: spoilAndReload,
			says: `(not reloaded): the configuration is not valid and the old one stays in force`,
		},
		{
			name: "plugin that is a script, spoilt", config: config,
			prepare: func(a *server) {
				a.replace("/run/real/sentinel-tracker-rogue")
				a.program(rogueFile, "for i in 1 2 3 4 5 6 7 8; do echo good morning; done\nexec /run/real/sentinel-tracker-rogue\n")
			},
			disturb: func(a *server, lasts time.Duration) {
				a.Run("sh", "-c", `printf '#!/bin/sh\nyes\n' > `+rogueFile)
				a.killOne("sentinel-tracker-rogue")
				time.Sleep(lasts)
			},
			says: diedOf + `(the plugin cannot be started: it prints something else than the handshake: is it a plugin of Sentinel\?)`,
		},
	}
}

// spoil changes the file in every way, and kills the process each time: the next one
// is the same program.
func spoil(a *server, _ time.Duration) {
	if text := a.Run("sh", "-c", "echo garbage 2>&1 > "+rogueFile+" || true"); !strings.Contains(text, "Text file busy") {
		a.site.t.Errorf("a program that runs was written to: %s", text)
	}
	for _, change := range []func(){
		func() { a.replace(rogueFile) }, func() { a.remove(rogueFile) }, func() { a.WriteFile(rogueFile, "garbage") },
	} {
		change()
		a.restart(rogueFile)
	}
}

// spoilAndReload changes the file in every way, and reads the configuration: nothing
// that is no good takes the place of what runs.
func spoilAndReload(a *server, lasts time.Duration) {
	for began := time.Now(); time.Since(began) < lasts; {
		for _, c := range []struct {
			change func()
			says   string
		}{
			{func() { a.replace(rogueFile) }, "Reloaded."},
			{func() { a.program(rogueFile, "yes\n") }, "it prints something else than the handshake"},
			{func() { a.WriteFile(rogueFile, "garbage") }, "the first line of a script names its interpreter, such as #!/bin/sh"},
			{func() { a.remove(rogueFile) }, `There is no tracker of type "rogue".`},
		} {
			c.change()
			if text, _ := a.ask("reload"); !strings.Contains(strings.Join(strings.Fields(text), " "), c.says) {
				a.site.t.Errorf("no %q in %s", c.says, text)
			}
		}
	}
}
