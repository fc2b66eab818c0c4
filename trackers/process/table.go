package process

import (
	"slices"
	"time"
)

// settling is how long a fork must last to be more than the moment before an exec.
const settling = 100 * time.Millisecond

// tracked is a process that some watch looks for.
type tracked struct {
	pid      int
	matches  []*watch  // which it is
	unsure   []*watch  // which it may be
	settles  time.Time // when it has lasted long enough; zero: it has
	headless bool      // its first thread has ended and others go on
	comm     string    // what it was called when it was looked at, or its parent was
}

// concerns reports whether any watch looks for the process.
func (t *tracked) concerns() bool { return len(t.matches)+len(t.unsure) > 0 }

// table is the bookkeeping: which processes are looked for, and by whom. It
// belongs to the monitor's goroutine. Time is an argument; the processes are read
// from proc.
type table struct {
	proc    *procfs
	watches []*watch
	tracked map[int]*tracked
	pending map[int]bool // processes to be looked at: true if after an exec or so
	known   map[int]known
	follows func(pid int) bool // the end of a process is told; nil: of none
	sweeps  int
	budget  budget
	stale   bool   // more may have happened than is known: scan
	doubt   string // why the last scan may have missed processes
	noticed bool   // doubt was set by something else than a scan's beginning
	broken  error  // why there was no scan
}

func newTable(proc *procfs) *table {
	return &table{
		proc: proc, tracked: make(map[int]*tracked), pending: make(map[int]bool), known: make(map[int]known),
	}
}

// apply follows events. Whatever they say about processes that nobody looks for
// costs next to nothing, except that a new program must be looked at.
func (t *table) apply(events []event, now time.Time) {
	for _, e := range events {
		switch e.kind {
		case forked:
			t.fork(e, now)
		case execed:
			if p := t.tracked[e.pid]; p != nil && !p.settles.IsZero() {
				t.drop(p) // this is what it was forked for
			}
			t.pending[e.pid] = true
		case renamed:
			t.pending[e.pid] = true
		case exited:
			t.exit(e.pid, now)
		}
	}
	for pid, certain := range t.pending {
		if !t.budget.spend(now) {
			t.stale = true
			break
		}
		t.look(pid, now, certain)
	}
	clear(t.pending)
}

// fork adds the child of a process that is looked for: it is what its parent is,
// for now. What is not yet known of the parent is not of the child.
func (t *table) fork(e event, now time.Time) {
	if _, unknown := t.pending[e.parent]; unknown {
		t.pending[e.pid] = false
		return
	}
	if parent := t.tracked[e.parent]; parent != nil {
		t.set(&tracked{pid: e.pid, matches: parent.matches, unsure: parent.unsure, settles: now.Add(settling), comm: parent.comm})
	}
}

// exit removes a process whose first thread has ended, unless others go on, or
// the process id is in use again, or one of its threads has made an exec and is
// the first now.
func (t *table) exit(pid int, now time.Time) {
	delete(t.pending, pid)
	p := t.tracked[pid]
	if p == nil {
		return
	}
	if !p.settles.IsZero() {
		t.drop(p)
		return
	}
	switch s, err := t.proc.stat(pid); {
	case err != nil || s.ended():
		t.drop(p)
	case s.zombie:
		p.headless = true
	default:
		t.look(pid, now, true)
	}
}

// settle looks again at forks that have lasted long enough, and returns when the
// next will have; zero if there are none.
func (t *table) settle(now time.Time) (next time.Time) {
	for pid, p := range t.tracked {
		switch {
		case p.settles.IsZero():
		case !p.settles.After(now):
			t.look(pid, now, true)
		case next.IsZero() || p.settles.Before(next):
			next = p.settles
		}
	}
	return next
}

// scan looks at every process.
func (t *table) scan(now time.Time) {
	clear(t.known)
	t.sweep(now)
}

// look reads a process and notes who looks for it. One that is too young to be
// trusted counts as a fork, unless it is certain that it is what it is. It returns
// an error if not everything could be read.
func (t *table) look(pid int, now time.Time, certain bool) (err error) {
	old := t.tracked[pid]
	p := &tracked{pid: pid}
	c := candidate{pid: pid, proc: t.proc}
	if c.comm, err = t.proc.comm(pid); err == nil {
		p.comm = c.comm
		t.match(p, &c)
	}
	if old == nil && !p.concerns() {
		t.notice(err)
		return err
	}
	s, err := c.stat()
	t.notice(err)
	switch {
	case err != nil || s.ended():
		p = &tracked{pid: pid}
	case old != nil && s.zombie:
		p = &tracked{pid, old.matches, old.unsure, old.settles, true, c.comm} // what it was can no longer be read
	case certain:
	case old != nil:
		p.settles = old.settles
	case s.age < settling:
		p.settles = now.Add(settling - s.age)
	}
	t.set(p)
	return err
}

// match asks all watches about a process.
func (t *table) match(p *tracked, c *candidate) {
	for _, w := range t.watches {
		switch w.matcher.matches(c) {
		case yes:
			p.matches = append(p.matches, w)
		case unsure:
			p.unsure = append(p.unsure, w)
		case no:
		}
	}
}

// notice notes that something other than a process is missing.
func (t *table) notice(err error) {
	if denied(err) && t.doubt == "" {
		t.doubt, t.stale, t.noticed = cannotRead(err), true, true
	}
}

// set replaces what is known of a process, if it differs.
func (t *table) set(p *tracked) {
	old := t.tracked[p.pid]
	if old != nil && p.settles.Equal(old.settles) && p.headless == old.headless &&
		slices.Equal(p.matches, old.matches) && slices.Equal(p.unsure, old.unsure) {
		old.comm = p.comm
		return
	}
	if old != nil {
		t.drop(old)
	}
	if p.concerns() {
		t.tracked[p.pid] = p
		p.touch()
	}
}

func (t *table) drop(p *tracked) {
	delete(t.tracked, p.pid)
	p.touch()
}

// touch makes the watches that look for the process judge again.
func (t *tracked) touch() {
	for _, w := range t.matches {
		w.changed = true
	}
	for _, w := range t.unsure {
		w.changed = true
	}
}

// remove forgets a watch.
func (t *table) remove(w *watch) {
	is := func(other *watch) bool { return other == w }
	t.watches = slices.DeleteFunc(t.watches, is)
	for pid, p := range t.tracked {
		// The lists are shared with forks: they are never changed in place.
		p.matches = slices.DeleteFunc(slices.Clone(p.matches), is)
		p.unsure = slices.DeleteFunc(slices.Clone(p.unsure), is)
		if !p.concerns() {
			delete(t.tracked, pid)
		}
	}
}

// sight returns what is known of the processes that a watch looks for.
func (t *table) sight(w *watch) sighting {
	s := sighting{doubt: t.doubt}
	for pid, p := range t.tracked {
		switch {
		case slices.Contains(p.unsure, w):
			s.doubt = unsureOf(pid)
		case !slices.Contains(p.matches, w):
		case p.settles.IsZero():
			s.settled = append(s.settled, pid)
		default:
			s.fresh = append(s.fresh, pid)
		}
	}
	slices.Sort(s.settled)
	slices.Sort(s.fresh)
	return s
}
