package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/examples/examplestest"
	"github.com/sentinel-ha/sentinel/sdk"
)

// often takes the place of an example's interval.
var often = fmt.Sprintf(`"%v"`, interval)

// dropIn puts a program into the server's directory of plugins.
func (v *server) dropIn(program string) {
	v.site.t.Helper()
	v.Run("install", "-D", "-m", "755", program, filepath.Join(dropIns, filepath.Base(program)))
}

// examples/custom-tracker: who has no space left gives the address away.
func TestCustomTracker(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	const disk, file = "/run/disk", "/run/disk/file"
	program := examplestest.Build(t, "custom-tracker")
	for _, v := range s.servers {
		v.dropIn(program)
		v.Run("mkdir", disk)
		v.Run("mount", "-t", "tmpfs", "-o", "size=1m", "none", disk)
	}
	config := example(t, "custom-tracker", `"/var"`, `"`+disk+`"`, `"10s"`, often, `"1s"`, often,
		`weight   = -60`, "weight = -60\n  "+goodUntilTold)
	a.startActive(config, "-node", "server1")
	a.waitLog(`msg="tracker healthy"`)
	b.startBackup(config, "-node", "server2")
	s.waitHeld(vip, a)
	a.mustTell("before", "status", `^tracker\.disk\.var +healthy +\S+ +- +/run/disk: 100% free$`)

	at := time.Now()
	a.Run("dd", "if=/dev/zero", "of="+file, "bs=1k", "count=1000")
	s.mustMove(at, a, b, 100)
	a.mustTell("during", "status", `^tracker\.disk\.var +unhealthy +\S+ +- +/run/disk: 2% free, less than 10%$`)
	at = time.Now()
	a.Run("rm", file)
	s.mustMove(at, b, a, 150)
	s.mustHaveSaid(a, vrid, 150, 90, 150)
}

// examples/custom-notifier: what a hook's own block says is what it does.
func TestCustomNotifier(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.dropIn(examplestest.Build(t, "custom-notifier"))
	const log = "/run/ha.jsonl"
	a.startActive(example(t, "custom-notifier", "/var/log/ha.jsonl", log, `"1s"`, often), "-node", "server1")
	eventually(t, "both states", func() bool { return len(a.told(log, "")) == 2 })
	a.stop()
	var got []string
	for _, line := range a.told(log, "") {
		var e sdk.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		got = append(got, fmt.Sprintf("%s %s: %s -> %s", e.Node, e.Instance, e.From, e.To))
	}
	want := []string{"server1 VI_1: initialize -> backup", "server1 VI_1: backup -> active", "server1 VI_1: active -> stopped"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what was written (-want +got):\n%s", diff)
	}
	a.mustLog(0, `level=(WARN|ERROR)`)
}

// examples/notify-python: a plugin in Python is told everything without a block.
func TestNotifyPython(t *testing.T) {
	t.Parallel()
	program := examplestest.Python(t)
	s := newSite(t, 1)
	a := s.servers[0]
	const log = "/run/sentinel-ownership.log" // every node has its own /run, and none its own /var/log
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(t.TempDir(), filepath.Base(program))
	if err := os.WriteFile(changed, []byte(strings.Replace(string(text), "/var/log/sentinel-ownership.log", log, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	a.dropIn(changed)
	a.Run("install", "-m", "644", filepath.Join(filepath.Dir(program), "plugin_pb2.py"), dropIns)
	a.startActive(example(t, "notify-python", `"1s"`, often), "-node", "server1")
	eventually(t, "both states", func() bool { return len(a.told(log, "")) == 2 })
	a.stop()
	all := a.told(log, "")
	for i, want := range []string{
		`initialize->backup 192\.0\.2\.100/24 \S+ startup`,
		`backup->active 192\.0\.2\.100/24 \S+ no active router heard for \S+`,
		`active->stopped 192\.0\.2\.100/24 \S+ shutdown`,
	} {
		if expression := regexp.MustCompile(`^\S+Z server1 VI_1 ` + want + `$`); len(all) != 3 || !expression.MatchString(all[i]) {
			t.Errorf("line %d of %d of %q, want %s", i+1, len(all), all, want)
		}
	}
	a.mustLog(0, `level=(WARN|ERROR)`)
}
