package process

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/sdk"
)

// Processes of the tests below.
const (
	parent = 5000000 + iota
	first
	second
	third
)

// desk is a table with one watch for httpd, on processes that a test invents.
type desk struct {
	*fakeProc
	table *table
	watch *watch
	now   time.Time
}

func newDesk(t *testing.T, c config) *desk {
	fake := newFakeProc(t)
	d := &desk{fake, newTable(&procfs{root: fake.root}), newWatch(c, func(sdk.Result) {}), time.Unix(1e9, 0)}
	d.table.watches = []*watch{d.watch}
	return d
}

func (d *desk) apply(events ...event) { d.table.apply(events, d.now) }

func (d *desk) want(what string, want sighting) {
	d.t.Helper()
	if diff := cmp.Diff(want, d.table.sight(d.watch), cmp.AllowUnexported(sighting{})); diff != "" {
		d.t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func settled(pids ...int) sighting { return sighting{settled: pids} }

var httpd = fakeProcess{comm: "httpd"}

// TestEvents tells the life of a server.
func TestEvents(t *testing.T) {
	d := newDesk(t, configured("httpd", unset, unset))
	d.add(parent, fakeProcess{comm: "sh"})
	d.table.scan(d.now)
	d.want("before", sighting{})

	d.add(parent, httpd)
	d.want("nobody has told", sighting{})
	d.apply(event{execed, parent, 0})
	d.want("exec", settled(parent))

	d.add(first, httpd)
	d.apply(event{forked, first, parent})
	d.want("fork", sighting{settled: []int{parent}, fresh: []int{first}})
	d.add(first, fakeProcess{comm: "logger"})
	d.apply(event{execed, first, 0})
	d.want("a helper", settled(parent))

	d.add(second, httpd)
	d.apply(event{forked, second, parent})
	d.now = d.now.Add(settling - 1)
	if next := d.table.settle(d.now); !next.Equal(d.now.Add(1)) {
		t.Errorf("settles at %v, want in a nanosecond", next)
	}
	d.want("nearly settled", sighting{settled: []int{parent}, fresh: []int{second}})
	d.now = d.now.Add(1)
	if next := d.table.settle(d.now); !next.IsZero() {
		t.Errorf("settles at %v, want never", next)
	}
	d.want("a worker", settled(parent, second))

	d.add(second, fakeProcess{comm: "idle"})
	d.apply(event{renamed, second, 0})
	d.want("renamed", settled(parent))
	d.add(second, httpd)
	d.apply(event{renamed, second, 0})
	d.want("and back", settled(parent, second))

	d.add(parent, fakeProcess{comm: "httpd", state: "Z"})
	d.apply(event{exited, parent, 0})
	d.want("a zombie", settled(second))
	d.remove(second)
	d.apply(event{exited, second, 0})
	d.want("gone", sighting{})
	if len(d.table.tracked)+len(d.table.pending) != 0 {
		t.Errorf("left: %v %v", d.table.tracked, d.table.pending)
	}
}

// TestDaemon forks and ends, as daemons do: in no moment is there none of it.
func TestDaemon(t *testing.T) {
	d := newDesk(t, configured("httpd", unset, 1))
	d.add(parent, httpd)
	d.table.scan(d.now)
	d.remove(parent)
	d.add(first, httpd)
	d.apply(event{forked, first, parent}, event{exited, parent, 0})
	d.want("after the first", sighting{fresh: []int{first}})
	if got := d.watch.config.judge(d.table.sight(d.watch)); got.Verdict != sdk.Healthy {
		t.Errorf("%v", got)
	}
}

// TestQuickDaemon is one that is through with it before anybody has looked.
func TestQuickDaemon(t *testing.T) {
	d := newDesk(t, configured("httpd", unset, unset))
	d.add(first, fakeProcess{comm: "httpd", started: sinceBoot() + time.Hour})
	d.apply(event{execed, parent, 0}, event{forked, first, parent}, event{exited, parent, 0})
	d.want("its child", sighting{fresh: []int{first}})
}

// TestShortLived: whatever happens in one batch to processes that are gone leaves
// nothing behind.
func TestShortLived(t *testing.T) {
	d := newDesk(t, configured("httpd", unset, unset))
	d.add(parent, httpd)
	d.table.scan(d.now)
	d.apply(
		event{forked, first, parent}, event{execed, first, 0}, event{exited, first, 0},
		event{forked, second, 77}, event{execed, second, 0}, event{exited, second, 0},
		event{exited, third, 0}, event{forked, third, second},
	)
	d.want("all gone", settled(parent))
	if d.table.budget.spent != 0 || len(d.table.tracked) != 1 {
		t.Errorf("%v looks, %d tracked, want none and one", d.table.budget.spent, len(d.table.tracked))
	}
}

// TestHeadless goes on in other threads after its first has ended.
func TestHeadless(t *testing.T) {
	d := newDesk(t, configured("/usr/sbin/httpd", unset, unset))
	d.watch.matcher = newMatcher(config{Match: byPath, Process: "/usr/sbin/httpd"})
	d.add(parent, fakeProcess{comm: "httpd", exe: "/usr/sbin/httpd"})
	d.table.scan(d.now)
	d.add(parent, fakeProcess{comm: "httpd", state: "Z", threads: 2})
	d.apply(event{exited, parent, 0})
	d.want("headless", settled(parent))
	if !d.table.tracked[parent].headless {
		t.Error("nobody will tell of its end")
	}
	d.table.scan(d.now)
	d.want("and looked at", settled(parent))
	d.add(parent, fakeProcess{comm: "httpd", state: "Z", threads: 1})
	d.apply(event{exited, parent, 0})
	d.want("all threads ended", sighting{})
}

// TestThreadExec: a thread that makes an exec takes the place of the first, whose
// end is told.
func TestThreadExec(t *testing.T) {
	d := newDesk(t, configured("httpd", unset, unset))
	d.add(parent, httpd)
	d.table.scan(d.now)
	d.apply(event{exited, parent, 0})
	d.want("the same program", settled(parent))
	d.add(parent, fakeProcess{comm: "sh"})
	d.apply(event{exited, parent, 0})
	d.want("another program", sighting{})
}

func TestScan(t *testing.T) {
	d := newDesk(t, configured("httpd", unset, unset))
	d.add(parent, httpd)
	d.add(first, fakeProcess{comm: "httpd", state: "Z"})
	d.add(second, fakeProcess{comm: "httpd", started: sinceBoot() + time.Hour})
	d.table.scan(d.now)
	d.want("zombies do not count, young ones not much", sighting{settled: []int{parent}, fresh: []int{second}})
	d.now = d.now.Add(settling)
	d.table.settle(d.now)
	d.want("no longer young", settled(parent, second))
	d.remove(parent)
	d.add(second, fakeProcess{comm: "sh"})
	d.add(third, httpd)
	d.table.scan(d.now)
	d.want("all changed", settled(third))

	d.remove(1)
	d.table.scan(d.now)
	d.want("hidden", sighting{settled: []int{third}, doubt: d.table.doubt})
	if d.table.doubt == "" {
		t.Error("no doubt")
	}
	d.add(1, fakeProcess{comm: "init"})
	d.table.scan(d.now)
	d.want("visible again", settled(third))
}

// TestUnsure: a process that may be one is as good as no verdict.
func TestUnsure(t *testing.T) {
	c := configured("/usr/sbin/httpd", unset, unset)
	c.Match = byPath
	d := newDesk(t, c)
	d.add(parent, fakeProcess{comm: "httpd", exe: "denied"})
	d.table.scan(d.now)
	d.want("no right", sighting{doubt: "no right to see what pid 5000000 runs (CAP_SYS_PTRACE)"})
	d.apply(event{forked, first, parent})
	d.remove(parent)
	d.apply(event{exited, parent, 0})
	d.want("its child as well", sighting{doubt: "no right to see what pid 5000001 runs (CAP_SYS_PTRACE)"})
	d.apply(event{exited, first, 0})
	d.want("all gone", sighting{})
}

// TestStorm: more new programs than can be looked at lead to a scan, and what is
// tracked is followed all the same.
func TestStorm(t *testing.T) {
	d := newDesk(t, configured("httpd", unset, unset))
	d.add(parent, httpd)
	d.table.scan(d.now)
	var storm []event
	for i := range 1000 {
		storm = append(storm, event{execed, first + i, 0})
	}
	d.apply(storm...)
	if d.table.budget.spent > looksAtOnce || !d.table.stale {
		t.Errorf("%v looks, stale %t", d.table.budget.spent, d.table.stale)
	}
	d.remove(parent)
	d.apply(append(storm, event{exited, parent, 0})...)
	d.want("gone in a storm", sighting{})
	d.add(first, httpd)
	d.table.scan(d.now)
	d.want("found by a scan", settled(first))
	if d.table.stale {
		t.Error("still stale after a scan")
	}
}

func TestBudget(t *testing.T) {
	var b budget
	now := time.Unix(1e9, 0)
	spend := func() (n int) {
		for n < 10000 && b.spend(now) {
			n++
		}
		return n
	}
	if n := spend(); n != looksAtOnce {
		t.Errorf("%d at once, want %d", n, looksAtOnce)
	}
	now = now.Add(50 * time.Millisecond)
	if n := spend(); n != looksPerSecond/20 {
		t.Errorf("%d after 50 ms, want %d", n, looksPerSecond/20)
	}
	now = now.Add(time.Hour)
	if n := spend(); n != looksAtOnce {
		t.Errorf("%d after an hour, want %d", n, looksAtOnce)
	}
}

func TestRemoveWatch(t *testing.T) {
	d := newDesk(t, configured("httpd", unset, unset))
	other := newWatch(configured("httpd", unset, unset), nil)
	d.table.watches = append(d.table.watches, other)
	d.add(parent, httpd)
	d.table.scan(d.now)
	d.apply(event{forked, first, parent})
	d.table.remove(d.watch)
	d.want("forgotten", sighting{})
	if got := d.table.sight(other); len(got.settled) != 1 || len(got.fresh) != 1 {
		t.Errorf("the other: %+v", got)
	}
	d.table.remove(other)
	if len(d.table.tracked)+len(d.table.watches) != 0 {
		t.Errorf("left: %v %v", d.table.tracked, d.table.watches)
	}
}
