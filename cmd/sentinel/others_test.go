package main

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// othersCould is the warning about a program that others could change.
func othersCould(plugin, path, problem string) string {
	return `level=WARN msg="others could change a program that runs as root" plugin=` + plugin +
		` fields\.err="` + regexp.QuoteMeta(problem) + `" fields\.path=` + path + `$`
}

// Whoever can change what runs as root is root. The log says so once, and how to
// repair it, and says it again of what is spoilt again. The programs are run all the
// same.
func TestOthersCouldChange(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.program(check, obedient)
	a.program(note, noting)
	a.Run("chmod", "0777", check, note)
	const repair, repairNote = "chmod go-w " + check, "chmod go-w " + note
	ofCheck := othersCould("script", check, check+" is writable by everybody: "+repair)
	ofNote := othersCould("exec", note, note+" is writable by everybody: "+repairNote)
	a.startActive(scriptTracker() + hook("note", noteFor) + vi1(150, trackingScript, `notify = [notify.exec.note]`))
	again := func() {
		t.Helper()
		before := len(a.text(runs))
		eventually(t, "two more runs", func() bool { return len(a.text(runs)) >= before+len("0\n0\n") })
	}
	again()
	a.mustTellHook(notes, "", "INSTANCE VI_1 BACKUP 150", "INSTANCE VI_1 MASTER 150")
	a.mustLog(1, ofCheck)
	a.mustLog(1, ofNote)
	for _, command := range []string{"tracker run -config " + configFile + " script.app", "notify test -config " + configFile + " exec.note"} {
		text := a.answer(strings.Fields(command)...)
		if n := strings.Count(text, `level=WARN msg="others could change a program that runs as root"`); n != 1 || !strings.Contains(text, "is writable by everybody: chmod go-w /run/") {
			t.Errorf("%s:\n%s", command, text)
		}
	}

	a.Run("sh", "-c", repair)
	a.Run("sh", "-c", repairNote)
	again()
	spoilt := time.Now()
	a.Run("chmod", "0777", check)
	a.waitLogSince(spoilt, ofCheck)
	a.mustLog(2, ofCheck)
	a.Run("sh", "-c", repair)
	a.stop()
	a.mustTellHook(notes, "STOP", "INSTANCE VI_1 STOP 150")
	a.mustLog(3, `level=(WARN|ERROR)`)

	// With nothing to repair there is nothing to say.
	begun := time.Now()
	a.start(scriptTracker() + hook("note", noteFor) + vi1(150, trackingScript, `notify = [notify.exec.note]`))
	a.waitLogSince(begun, toActive)
	again()
	a.mustTellHook(notes, "MASTER", "INSTANCE VI_1 MASTER 150", "INSTANCE VI_1 MASTER 150", "INSTANCE VI_1 MASTER 150")
	a.mustLog(0, `level=(WARN|ERROR)`)
}

// What runs as somebody else gives nobody the rights of root.
func TestOthersMayChange(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	needNobody(t)
	a := s.servers[0]
	a.program(check, obedient)
	a.program(note, noting)
	a.WriteFile(runs, "")
	a.WriteFile(notes, "")
	a.Run("chmod", "0777", check, note)
	a.Run("chmod", "0666", runs, notes)
	a.startActive(scriptTracker(`user = "nobody"`) + hook("note", noteFor, `user = "nobody"`) + vi1(150, trackingScript, `notify = [notify.exec.note]`))
	a.mustTellHook(notes, "", "INSTANCE VI_1 BACKUP 150", "INSTANCE VI_1 MASTER 150")
	eventually(t, "two runs", func() bool { return len(a.text(runs)) >= len("0\n0\n") })
	a.mustLog(0, `level=(WARN|ERROR)`)
}
