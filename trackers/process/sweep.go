package process

import "time"

const (
	// youth is how long after it was first seen a process is likely to become
	// another program.
	youth = 5 * time.Second
	// turns is the number of sweeps in which every process is looked at.
	turns = 5
	// nameTurns is the same of names of processes that count.
	nameTurns = 2
)

// known is a process that was looked at by a sweep, whoever looks for it.
type known struct {
	inode uint64
	since time.Time
}

// sweep looks at every process that may have changed, as far as that can be told
// without a look: at new ones, at young ones, at those that count by more than
// their names, and at the rest in turn.
func (t *table) sweep(now time.Time) {
	all := t.broken != nil || t.noticed // must be judged again
	for _, w := range t.watches {
		if w.matcher.resolve() || !w.scanned {
			clear(t.known)
			w.scanned, w.changed = true, true
		}
	}
	t.stale, t.noticed = false, false
	t.sweeps++
	var list []entry
	if list, t.broken = t.proc.entries(); t.broken == nil {
		doubt := t.doubt
		t.doubt = t.proc.doubt()
		t.visitAll(list, now)
		all = all || t.doubt != doubt || t.noticed
	}
	if all || t.broken != nil {
		for _, w := range t.watches {
			w.changed = true
		}
	}
}

func (t *table) visitAll(list []entry, now time.Time) {
	there := make(map[int]bool, len(list))
	for _, e := range list {
		there[e.pid] = true
		t.visit(e, now)
	}
	for pid, p := range t.tracked {
		if !there[pid] {
			t.drop(p)
		}
	}
	for pid := range t.known {
		if !there[pid] {
			delete(t.known, pid)
		}
	}
}

// visit looks at a process, unless it is known to be what it was. What could not
// be read is not known.
func (t *table) visit(e entry, now time.Time) {
	k, is := t.known[e.pid]
	if !is || k.inode != e.inode {
		k = known{e.inode, now}
	} else if now.Sub(k.since) >= youth && t.same(e.pid) {
		return
	}
	if t.look(e.pid, now, false) != nil {
		delete(t.known, e.pid)
		return
	}
	t.known[e.pid] = k
}

// same reports whether a known process probably is what it was. One that counts
// must be looked at unless its end is told and only its name matters.
func (t *table) same(pid int) bool {
	p := t.tracked[pid]
	if p == nil {
		return !t.turn(pid, turns)
	}
	if !p.settles.IsZero() || p.headless || len(p.unsure) > 0 || t.follows == nil || !t.follows(pid) {
		return false
	}
	if !byName(p.matches) || t.turn(pid, turns) && !byName(t.watches) {
		return false
	}
	if !t.turn(pid, nameTurns) {
		return true
	}
	comm, err := t.proc.comm(pid)
	return err == nil && comm == p.comm
}

// turn reports whether it is a process's turn, which it is in one of n sweeps.
func (t *table) turn(pid, n int) bool { return (pid+t.sweeps)%n == 0 }

// byName reports whether nothing but names matters to some watches.
func byName(watches []*watch) bool {
	for _, w := range watches {
		if !w.matcher.byName() {
			return false
		}
	}
	return true
}
