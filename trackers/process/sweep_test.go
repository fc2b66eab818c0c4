package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"github.com/sentinel-ha/sentinel/sdk"
)

// old is a desk on which a process has been known for long, and the end of every
// process is told.
func old(t *testing.T, c config, p fakeProcess) *desk {
	d := newDesk(t, c)
	d.table.follows = func(int) bool { return true }
	d.add(parent, p)
	d.sweep()
	d.now = d.now.Add(youth)
	return d
}

// sweep looks a second later.
func (d *desk) sweep() {
	d.now = d.now.Add(scanInterval)
	d.table.sweep(d.now)
}

// call gives a process another name, as an exec or the process itself does.
func (f *fakeProc) call(pid int, comm string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.root, strconv.Itoa(pid), "comm"), []byte(comm+"\n"), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// found returns how many sweeps it takes to find the process.
func (d *desk) found() (sweeps int) {
	d.t.Helper()
	for len(d.table.sight(d.watch).settled) == 0 {
		d.sweep()
		if sweeps++; sweeps > 2*turns {
			d.t.Fatal("never found")
		}
	}
	return sweeps
}

// TestTurns: one that has been something else for long is looked at in turn.
func TestTurns(t *testing.T) {
	var all []int
	for n := range turns {
		d := old(t, configured("httpd", unset, unset), fakeProcess{comm: "sh"})
		for range n {
			d.sweep()
		}
		d.call(parent, "httpd")
		all = append(all, d.found())
	}
	slices.Sort(all)
	if want := []int{1, 2, 3, 4, 5}; !slices.Equal(all, want) {
		t.Errorf("found by the sweep %v, want %v", all, want)
	}
}

// TestYoung: a process that was started just now is looked at by every sweep.
func TestYoung(t *testing.T) {
	for n := range turns {
		d := old(t, configured("httpd", unset, unset), fakeProcess{comm: "cron"})
		for range n {
			d.sweep()
		}
		d.add(first, fakeProcess{comm: "sh"})
		d.sweep()
		d.sweep()
		d.call(first, "httpd")
		if sweeps := d.found(); sweeps != 1 {
			t.Errorf("found by sweep %d, want 1", sweeps)
		}
	}
}

// TestReused: a process that has another's id is a new one.
func TestReused(t *testing.T) {
	for n := range turns {
		d := old(t, configured("httpd", unset, unset), fakeProcess{comm: "sh"})
		for range n {
			d.sweep()
		}
		d.add(first, httpd) // elsewhere, so that its inode is another
		from, to := filepath.Join(d.root, strconv.Itoa(first)), filepath.Join(d.root, strconv.Itoa(parent))
		if err := errors.Join(os.Rename(to, to+".old"), os.Rename(from, to)); err != nil {
			t.Fatal(err)
		}
		if sweeps := d.found(); sweeps != 1 {
			t.Errorf("found by sweep %d, want 1", sweeps)
		}
	}
}

// TestRenamed: a process that counts by its name and changes it is noticed by every
// other sweep.
func TestRenamed(t *testing.T) {
	var all []int
	for n := range nameTurns {
		d := old(t, configured("httpd", unset, unset), httpd)
		for range n {
			d.sweep()
		}
		d.call(parent, "sh")
		sweeps := 0
		for ; len(d.table.sight(d.watch).settled) > 0; sweeps++ {
			if sweeps > nameTurns {
				t.Fatal("never noticed")
			}
			d.sweep()
		}
		all = append(all, sweeps)
	}
	slices.Sort(all)
	if want := []int{1, 2}; !slices.Equal(all, want) {
		t.Errorf("noticed by the sweep %v, want %v", all, want)
	}
}

// TestOtherWatch: a process that counts for one watch by its name is looked at in
// turn for another that compares more.
func TestOtherWatch(t *testing.T) {
	d := old(t, configured("httpd", unset, unset), httpd)
	c := configured("/usr/sbin/httpd", unset, unset)
	c.Match = byPath
	other := newWatch(c, nil)
	d.table.watches = append(d.table.watches, other)
	d.sweep()
	d.now = d.now.Add(youth)
	if err := os.Symlink("/usr/sbin/httpd", filepath.Join(d.root, strconv.Itoa(parent), "exe")); err != nil {
		t.Fatal(err)
	}
	for range turns {
		d.sweep()
	}
	if got := d.table.sight(other).settled; !slices.Equal(got, []int{parent}) {
		t.Errorf("found %v", got)
	}
	d.want("still", settled(parent))
}

// TestSwept: a process that counts by more than its name, or whose end nobody
// tells, and no longer is what it was is noticed by the next sweep.
func TestSwept(t *testing.T) {
	path := configured("/usr/sbin/httpd", unset, unset)
	path.Match = byPath
	line := configured("httpd -k", unset, unset)
	line.Match = byCmdline
	running := fakeProcess{comm: "httpd", exe: "/usr/sbin/httpd", args: "httpd\x00-k\x00"}
	set := func(file, text string) func(*desk) {
		return func(d *desk) {
			if err := os.WriteFile(filepath.Join(d.root, strconv.Itoa(parent), file), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, test := range map[string]struct {
		config config
		change func(d *desk)
	}{
		"gone":         {configured("httpd", unset, unset), func(d *desk) { d.remove(parent) }},
		"executable":   {path, func(d *desk) { _ = os.Remove(filepath.Join(d.root, strconv.Itoa(parent), "exe")) }},
		"command line": {line, set("cmdline", "httpd\x00")},
		"end of which nobody tells": {configured("httpd", unset, unset), func(d *desk) {
			d.table.follows = func(int) bool { return false }
			set("stat", fmt.Sprintf("%d (httpd) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 0 0 0", parent))(d)
		}},
	} {
		for n := range turns {
			d := old(t, test.config, running)
			for range n {
				d.sweep()
			}
			d.want(name, settled(parent))
			test.change(d)
			d.sweep()
			d.want(name+" has changed", sighting{})
		}
	}
}

// TestSweepForNew: for a new watch, and one whose link leads elsewhere, all is
// looked at.
func TestSweepForNew(t *testing.T) {
	d := old(t, configured("httpd", unset, unset), fakeProcess{comm: "sh", exe: "/bin/new"})
	for range turns {
		w := newWatch(configured("sh", unset, unset), nil)
		d.table.watches = append(d.table.watches, w)
		d.now = d.now.Add(youth)
		d.sweep()
		if got := d.table.sight(w); !slices.Equal(got.settled, []int{parent}) || !w.changed {
			t.Errorf("%+v, changed %t", got, w.changed)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	c := configured(link, unset, unset)
	c.Match = byPath
	for n := range turns {
		targets := []string{filepath.Join(d.root, "a"), filepath.Join(d.root, "b")}
		for _, target := range targets {
			if err := os.WriteFile(target, nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		_ = os.Remove(link)
		if err := os.Symlink(targets[0], link); err != nil {
			t.Fatal(err)
		}
		d := old(t, c, fakeProcess{comm: "x", exe: targets[1]})
		for range n {
			d.sweep()
		}
		if err := errors.Join(os.Remove(link), os.Symlink(targets[1], link)); err != nil {
			t.Fatal(err)
		}
		if sweeps := d.found(); sweeps != 1 {
			t.Errorf("found by sweep %d, want 1", sweeps)
		}
	}
}

// TestSweptDoubt: what cannot be read is in doubt until it can, and each watch is
// judged again when that changes, and only then.
func TestSweptDoubt(t *testing.T) {
	d := old(t, configured("httpd", unset, unset), fakeProcess{comm: "sh"})
	judged := func() bool {
		was := d.watch.changed
		d.watch.changed = false
		return was
	}
	for range turns {
		judged()
		d.sweep()
		if judged() {
			t.Error("judged again for nothing")
		}
		name := filepath.Join(d.root, strconv.Itoa(second), "comm")
		d.add(second, fakeProcess{comm: "x"})
		if err := errors.Join(os.Remove(name), os.Mkdir(name, 0o755)); err != nil {
			t.Fatal(err)
		}
		for range turns + 1 {
			d.now = d.now.Add(youth)
			if d.sweep(); d.table.doubt == "" || !judged() {
				t.Errorf("doubt %q", d.table.doubt)
			}
		}
		d.remove(second)
		if d.sweep(); d.table.doubt != "" || !judged() {
			t.Errorf("doubt %q after its end", d.table.doubt)
		}
	}
}

// TestRefused: where the connector does not work, it is not tried all the time.
func TestRefused(t *testing.T) {
	tries := 0
	m := &monitor{inbox: newInbox(), table: newTable(&procfs{root: newFakeProc(t).root})}
	m.connect = func() (*connector, error) { tries++; return nil, errSilent }
	defer m.close()
	m.open()
	for range 3 {
		m.scan()
	}
	if tries != 1 {
		t.Errorf("tried %d times, want once", tries)
	}
	m.refused = m.refused.Add(-auditInterval)
	for range 3 {
		m.scan()
	}
	if tries != 2 {
		t.Errorf("tried %d times, want twice", tries)
	}
}

// TestEntries: all processes are there, and one is another than the next of its id.
func TestEntries(t *testing.T) {
	p := &procfs{root: "/proc"}
	inode := func(pid int) uint64 {
		list, err := p.entries()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if e.pid == pid {
				return e.inode
			}
		}
		t.Fatalf("no process %d in %v", pid, list)
		return 0
	}
	if one, two := inode(os.Getpid()), inode(os.Getpid()); one != two || one == 0 {
		t.Errorf("inodes %d and %d of one process", one, two)
	}
	const lastPid = "/proc/sys/kernel/ns_last_pid"
	for range 50 {
		c := start(t, exec.Command("sleep", "1000"))
		before := inode(c.pid)
		c.kill()
		if err := os.WriteFile(lastPid, strconv.AppendInt(nil, int64(c.pid-1), 10), 0); err != nil {
			netnstest.NotRun(t, err.Error())
		}
		next := start(t, exec.Command("sleep", "1000"))
		if next.pid == c.pid {
			if after := inode(c.pid); after == before {
				t.Errorf("inode %d of two processes", after)
			}
			return
		}
	}
	netnstest.NotRun(t, "the kernel does not give an id again")
}

func FuzzEntries(f *testing.F) {
	f.Add([]byte("inode---offset--\x18\x00\x0412\x00\x00\x00"))
	f.Fuzz(func(_ *testing.T, b []byte) { appendEntries(nil, b) })
}

// TestExec: a script that becomes what is looked for is found without an event.
func TestExec(t *testing.T) {
	path := program(t, "sleep", "sntl-exec")
	r := run(t, newHub(t, "/proc", disconnected), configured("sntl-exec", unset, unset))
	r.want(sdk.Unhealthy, "no process sntl-exec")
	c := start(t, exec.Command("sh", "-c", `sleep 2; exec "$0" 1000`, path))
	began := time.Now()
	r.want(sdk.Healthy, "1 process sntl-exec (pid %d)", c.pid)
	t.Logf("found %v after its start", time.Since(began))
	c.kill()
	r.want(sdk.Unhealthy, "no process sntl-exec")
}
