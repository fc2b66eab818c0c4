package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// failOpen are the cases in which keepalived goes on as if nothing was wrong, or
// forgets what is, and what Sentinel does. Each ends with what its agent then says.
var failOpen = []struct {
	name, keepalived string
	want             string // of what the agent says
	act              func(t *testing.T, s *site, a *server)
}{
	{"the file is missing at start", "0, which is fine",
		`^VI_1 fault with 150; tracker\.file\.app unknown, cannot tell: /run/app/number: there is no /run/app$`,
		func(_ *testing.T, _ *site, a *server) {
			a.start(fileTracker(0) + vi1(150, trackingFile))
			a.waitLog(toFault)
		}},
	{"the file is emptied", "0, which is fine",
		`^VI_1 active with 180; tracker\.file\.app healthy, held, 3, cannot tell: .*empty`,
		func(_ *testing.T, _ *site, a *server) {
			a.startWith(3)
			a.WriteFile(number, "")
			a.waitLog(`msg="tracker cannot tell"`)
		}},
	{"there is garbage in the file", "0, which is fine",
		`^VI_1 active with 180; tracker\.file\.app healthy, held, 3, cannot tell: .*"garbage", not a whole number`,
		func(_ *testing.T, _ *site, a *server) {
			a.startWith(3)
			a.WriteFile(number, "garbage\n")
			a.waitLog(`msg="tracker cannot tell"`)
		}},
	{"the file is deleted", "0, which is fine; a fault by it is over",
		`^VI_1 active with 180; tracker\.file\.app healthy, held, 3, cannot tell: .*no such file`,
		func(_ *testing.T, _ *site, a *server) {
			a.startWith(3)
			a.remove(number)
			a.waitLog(`msg="tracker cannot tell"`)
		}},
	{"the file is deleted, on_unknown = fail", "(no such setting)",
		`^VI_1 fault with 150; tracker\.file\.app unhealthy, 0, cannot tell: .*no such file`,
		func(_ *testing.T, _ *site, a *server) {
			a.WriteFile(number, "0")
			a.startActive(fileTracker(0, `on_unknown = "fail"`) + vi1(150, trackingFile))
			a.remove(number)
			a.waitLog(toFault)
		}},
	{"a symbolic link is turned (Kubernetes)", "not seen: links are followed once, at start",
		`^VI_1 active with 190; tracker\.file\.app healthy, 4$`, turnLink},
	{"the directory is made anew", "the watch has ended silently",
		`^VI_1 active with 190; tracker\.file\.app healthy, 4$`,
		func(t *testing.T, s *site, a *server) {
			a.startWith(3)
			if err := os.RemoveAll(a.Path(filepath.Dir(number))); err != nil {
				t.Fatal(err)
			}
			a.waitLog(`msg="tracker cannot tell"`)
			a.WriteFile(number, "4")
			s.waitWire(of(190, a.advertised(vrid)))
		}},
	{"the watched file system is unmounted", "the watch has ended silently",
		`^VI_1 active with 190; tracker\.file\.app healthy, 4$`,
		func(_ *testing.T, s *site, a *server) {
			a.Run("mkdir", filepath.Dir(number))
			a.Run("mount", "-t", "tmpfs", "tmpfs", filepath.Dir(number))
			a.Run("sh", "-c", "echo 3 >"+number)
			a.startActive(fileTracker(10) + vi1(150, trackingFile))
			a.Run("umount", filepath.Dir(number))
			a.waitLog(`msg="tracker cannot tell"`)
			a.Run("sh", "-c", "echo 4 >"+number)
			s.waitWire(of(190, a.advertised(vrid)))
		}},
	{"the file system does not tell of changes", "refused: the tracker is dropped",
		`^VI_1 active with 190; tracker\.file\.app healthy, 4`,
		func(_ *testing.T, s *site, a *server) {
			const tag, path = "net/ipv4/conf/eth0/tag", "/proc/sys/net/ipv4/conf/eth0/tag"
			a.Sysctl(tag, "3")
			a.startActive(strings.ReplaceAll(fileTracker(10), number, path) + vi1(150, trackingFile))
			s.waitWire(of(180, a.advertised(vrid)))
			a.Sysctl(tag, "4")
			s.waitWire(of(190, a.advertised(vrid)))
		}},
	{"the kernel tells of no processes (namespace)", "the tracker is dropped",
		`^VI_1 fault with 150; tracker\.process\.httpd unhealthy, no process httpd`,
		func(_ *testing.T, _ *site, a *server) {
			name := daemonName()
			httpd := a.daemon(name)
			a.startActive(processTracker(name) + vi1(150, trackingProcess))
			httpd.Kill()
			a.waitLog(toFault)
		}},
	{"/proc hides other users' processes", "does not see them",
		`^VI_1 fault with 150; tracker\.process\.httpd unknown, cannot tell: `, hideProcesses},
	{"two interfaces go down, one comes back", "the fault is over (2.3.3 to 2.4.3)",
		`^VI_1 fault with 150; tracker\.interface\.one healthy, .*; tracker\.interface\.two unhealthy, eth2 has no carrier$`,
		func(_ *testing.T, _ *site, a *server) {
			a.startActive(trackers2 + vi1(150, `track = [tracker.interface.one, tracker.interface.two]`))
			a.Unplug("one", "two")
			a.waitLog(`msg=fault .* source=tracker:interface\.one`)
			a.waitLog(`msg=fault .* source=tracker:interface\.two`)
			a.Plug("one")
			a.waitLog(`remaining=1`)
		}},
	{"the tracked interface does not exist", "the daemon exits",
		`^VI_1 fault with 150; tracker\.interface\.backend unhealthy, ens9 does not exist`,
		func(_ *testing.T, _ *site, a *server) {
			a.start("tracker \"interface\" \"backend\" {\n  interface = \"ens9\"\n}\n" + vi1(150, `track = [tracker.interface.backend]`))
			a.waitLog(toFault)
		}},
	{"the agent starts again, and the file is gone", "0, which is fine: what was wrong is forgotten",
		`^VI_1 fault with 150; tracker\.file\.app unknown, cannot tell: .*no such file`,
		func(_ *testing.T, _ *site, a *server) {
			a.WriteFile(number, "0")
			a.startActive(fileTracker(0) + vi1(150, trackingFile))
			a.remove(number)
			a.waitLog(`msg="tracker cannot tell"`)
			a.stop()
			a.start(fileTracker(0) + vi1(150, trackingFile))
			a.waitLog(toFault)
		}},
}

// Nothing that cannot be told is taken for health.
func TestFailOpen(t *testing.T) {
	t.Parallel()
	said := make([]string, len(failOpen))
	t.Run("cases", func(t *testing.T) {
		for n, c := range failOpen {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s := newSite(t, 0)
				a := s.add(lab.On("one"), lab.On("two"))
				c.act(t, s, a)
				said[n] = a.sayings()
				if !regexp.MustCompile(c.want).MatchString(said[n]) {
					t.Errorf("it says %q, and not %q", said[n], c.want)
				}
			})
		}
	})
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CASE\tKEEPALIVED\tSENTINEL")
	for n, c := range failOpen {
		fmt.Fprintf(w, "%s\t%s\t%s\n", c.name, c.keepalived, said[n])
	}
	w.Flush()
	t.Logf("what becomes of it:\n%s", table.String())
}

// sayings is what the agent says of VI_1 and its trackers, on one line.
func (v *server) sayings() string {
	v.site.t.Helper()
	status := v.status()
	i := status.Instances[0]
	text := fmt.Sprintf("%s %s with %d", i.Name, i.State, i.Priority.Effective)
	for _, tracker := range status.Trackers {
		text += fmt.Sprintf("; %s %s", tracker.Name, tracker.Verdict)
		if tracker.Held {
			text += ", held"
		}
		if tracker.Value != nil {
			text += fmt.Sprintf(", %d", *tracker.Value)
		}
		switch {
		case tracker.Doubt != nil:
			text += ", cannot tell: " + *tracker.Doubt
		case tracker.Value == nil:
			text += ", " + tracker.Reason
		}
	}
	return text
}

// startWith starts an agent whose priority is 150 and ten times what is in a file.
func (v *server) startWith(n int) {
	v.site.t.Helper()
	v.WriteFile(number, fmt.Sprintln(n))
	v.startActive(fileTracker(10) + vi1(150, trackingFile))
}

// processTracker returns a tracker of processes of a name, which a router tracks
// by trackingProcess.
func processTracker(name string) string {
	return fmt.Sprintf("tracker \"process\" \"httpd\" {\n  process = %q\n}\n", name)
}

const trackingProcess = `track = [tracker.process.httpd]`

// turnLink replaces a file as Kubernetes does: what is turned is a link to the
// directory in which the file is, by renaming another one over it.
func turnLink(t *testing.T, s *site, a *server) {
	t.Helper()
	dir := filepath.Dir(number)
	a.WriteFile(dir+"/..v1/number", "3")
	for _, link := range [][2]string{{"..v1", dir + "/..data"}, {"..data/number", number}} {
		if err := os.Symlink(link[0], a.Path(link[1])); err != nil {
			t.Fatal(err)
		}
	}
	a.startActive(fileTracker(10) + vi1(150, trackingFile))
	s.waitWire(of(180, a.advertised(vrid)))
	a.WriteFile(dir+"/..v2/number", "4")
	if err := os.Symlink("..v2", a.Path(dir+"/..new")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(a.Path(dir+"/..new"), a.Path(dir+"/..data")); err != nil {
		t.Fatal(err)
	}
	s.waitWire(of(190, a.advertised(vrid)))
}

// hideProcesses runs the agent as an ordinary user in front of a /proc that shows
// it its own processes only.
func hideProcesses(t *testing.T, _ *site, a *server) {
	t.Helper()
	needNobody(t)
	name := daemonName()
	a.daemon(name)
	a.Run("mount", "-t", "proc", "-o", "hidepid=2", "proc", "/proc")
	a.configure(inRuntimeDir("/run/private") + processTracker(name) + vi1(150, trackingProcess))
	owner := fmt.Sprintf("%d:%d", nobody, nobody)
	a.Run("mkdir", "/run/private", "/run/sentinel")
	a.Run("chown", owner, "/run/private", configFile)
	const capabilities = "+net_admin,+net_raw"
	a.agent = a.Start(with("setpriv", asNobody(
		"--bounding-set=-all,"+capabilities, "--inh-caps=-all,"+capabilities, "--ambient-caps=-all,"+capabilities,
	), "agent", "-config", configFile, "-allow-other-vrrp"))
	a.waitLog(toFault)
	a.Run("ln", "-s", "/run/private/sentinel.sock", "/run/sentinel/sentinel.sock")
}
