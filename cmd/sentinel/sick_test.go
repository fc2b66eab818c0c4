package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

// daemons counts the names that were given to processes.
var daemons atomic.Int32

// daemonName returns a name that no other process has: all nodes, of all tests, see
// each other's processes.
func daemonName() string { return fmt.Sprintf("httpd%d", daemons.Add(1)) }

// daemon starts a process of a name, which does nothing.
func (v *server) daemon(name string) *labtest.Process {
	v.site.t.Helper()
	program := filepath.Join(v.site.t.TempDir(), name)
	if err := os.Symlink("/bin/sleep", program); err != nil {
		v.site.t.Fatal(err)
	}
	return v.Start(lab.Command{Path: program, Args: []string{"3600"}})
}

// of matches advertisements of a priority.
func of(priority uint8, match lab.Match) lab.Match {
	return func(e lab.Event) bool { return match(e) && e.Advert.Priority == priority }
}

// mustBePrompt demands that a server says by another advertisement what has become
// of its priority, long before it would have advertised anyway. It waits for one
// that it sends anyway, so that the next is as far away as can be.
func (v *server) mustBePrompt(what string, every time.Duration, want uint8, event func()) lab.Event {
	v.site.t.Helper()
	v.site.waitWire(since(time.Now(), v.advertised(vrid)))
	at := time.Now()
	event()
	e := v.site.waitWire(since(at, v.advertised(vrid)))
	late := e.At.Sub(at)
	v.site.t.Logf("%s: priority %d after %v; the next advertisement was due after %v", what, e.Advert.Priority, late, every)
	if e.Advert.Priority != want || late > every*3/4 {
		v.site.t.Errorf("%s: priority %d after %v, want %d much sooner than %v", what, e.Advert.Priority, late, want, every)
	}
	return e
}

// mustHaveSaid demands which priorities a server has advertised, one after the
// other, once there are that many.
func (s *site) mustHaveSaid(v *server, id uint8, want ...uint8) {
	s.t.Helper()
	said := s.said(v, id)
	for deadline := time.Now().Add(reach); len(said) < len(want) && time.Now().Before(deadline); said = s.said(v, id) {
		time.Sleep(time.Millisecond)
	}
	if diff := cmp.Diff(fmt.Sprint(want), fmt.Sprint(said)); diff != "" {
		s.t.Errorf("priorities that %s has advertised (-want +got):\n%s", v, diff)
	}
}

// said returns the priorities that a server has advertised, without repetitions.
func (s *site) said(v *server, id uint8) (list []uint8) {
	for _, e := range s.seen(v.advertised(id)) {
		list = append(list, e.Advert.Priority)
	}
	return slices.Compact(list)
}

// mustMove demands that the address moves from one server to another, which
// advertises a priority.
func (s *site) mustMove(at time.Time, from, to *server, priority uint8) {
	s.t.Helper()
	took := s.waitWire(since(at, of(priority, to.advertised(vrid))))
	s.waitWire(since(at, to.announced(vip)))
	s.waitHeld(vip, to)
	s.t.Logf("the address moved from %s to %s after %v", from, to, took.At.Sub(at))
}
