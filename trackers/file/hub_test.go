package file

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"github.com/sentinel-ha/sentinel/sdk"
)

// TestShared: many trackers need one instance, and each has its reports. It is
// closed with the last, and opened again.
func TestShared(t *testing.T) {
	dir := tempDir(t)
	var i instance
	h := i.hub()
	var all []*watched
	for n := range 100 {
		path := filepath.Join(dir, fmt.Sprintf("x%d", n/2)) // two of each
		write(t, path, n/2)
		all = append(all, start(t, h, config{Path: path}))
	}
	for n, w := range all {
		w.value(int64(n / 2))
	}
	if i.opened != 1 {
		t.Errorf("%d instances, want 1", i.opened)
	}
	all[0].end()
	write(t, filepath.Join(dir, "x0"), 1000)
	all[1].value(1000)
	all[0].quiet()
	for n, w := range all[2:] {
		if len(w.reports) > 0 {
			t.Errorf("file %d: unexpected report %+v", n, <-w.reports)
		}
	}
	for _, w := range all {
		w.end()
	}
	if h.watcher != nil || len(h.listeners) != 0 || len(h.watched) != 0 {
		t.Errorf("left: %v, %v, %v", h.watcher, h.listeners, h.watched)
	}
	again := start(t, h, config{Path: filepath.Join(dir, "x0")})
	again.value(1000)
	again.prompt("written", func(value int64) { write(t, filepath.Join(dir, "x0"), value) })
	if i.opened != 2 {
		t.Errorf("%d instances, want 2", i.opened)
	}
}

// TestUnwatched: directories that a path no longer leads through are not watched.
func TestUnwatched(t *testing.T) {
	dir := tempDir(t)
	h := newHub()
	w := start(t, h, config{Path: dir + "/current/x"})
	for n := range 5 {
		release := fmt.Sprintf("release%d", n)
		mkdir(t, filepath.Join(dir, release))
		write(t, filepath.Join(dir, release, "x"), n)
		link(t, release, dir+"/current")
		w.value(int64(n))
	}
	eventually(t, func() bool {
		h.change.Lock()
		defer h.change.Unlock()
		list := strings.Join(h.watcher.WatchList(), " ")
		return !strings.Contains(list, "release0") && strings.Contains(list, "release4") &&
			len(h.watcher.WatchList()) == len(h.listeners)
	})
}

// TestOverflow: after events were lost, everything is read again.
func TestOverflow(t *testing.T) {
	dir := tempDir(t)
	i := instance{deaf: true}
	h := i.hub()
	var all []*watched
	for n := range 3 {
		path := filepath.Join(dir, fmt.Sprint(n))
		write(t, path, 1)
		all = append(all, start(t, h, config{Path: path}))
		all[n].value(1)
	}
	all[0].prompt("overflow", func(value int64) {
		time.Sleep(2 * readGap)
		for n := range all {
			write(t, filepath.Join(dir, fmt.Sprint(n)), value)
		}
		i.last.Errors <- fsnotify.ErrEventOverflow
	})
	for _, w := range all {
		w.value(all[0].last.Value)
	}
	i.set(func() { i.deaf = false })
	i.last.Errors <- fsnotify.ErrEventOverflow // makes the kernel be told again
	time.Sleep(2 * readGap)
	all[1].prompt("written", func(value int64) { write(t, filepath.Join(dir, "1"), value) })
}

// TestRealOverflow: the kernel's queue overflows, and the last change is not in it.
func TestRealOverflow(t *testing.T) {
	text, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events")
	must(t, err)
	limit, err := parse(string(text))
	must(t, err)
	if limit > 1<<17 {
		netnstest.NotRun(t, fmt.Sprintf("it takes more than %d events", limit))
	}
	dir := tempDir(t)
	path, other := filepath.Join(dir, "x"), filepath.Join(dir, "y")
	write(t, path, 0)
	write(t, other, 0)
	h := newHub()
	w := start(t, h, config{Path: path})
	w.value(0)
	w.prompt("overflow", func(value int64) {
		time.Sleep(2 * readGap)
		h.mu.Lock() // keeps events from being passed on
		for range limit {
			_ = os.Chmod(other, 0o600)
			_ = os.Chmod(path, 0o600) // two that differ, or they count as one
		}
		write(t, path, value)
		h.mu.Unlock()
	})
}

// TestNoEvents: without events a file is read every second, and the report says
// why. With the events back, it does not.
func TestNoEvents(t *testing.T) {
	for name, c := range map[string]struct {
		fail   func(i *instance, err error)
		err    error
		reason string
	}{
		"watches": {func(i *instance, err error) { i.addErr = err }, unix.ENOSPC,
			"/ cannot be watched: fs.inotify.max_user_watches is used up"},
		"instances": {func(i *instance, err error) { i.err = err }, fmt.Errorf("couldn't initialize inotify: %w", unix.EMFILE),
			"/ cannot be watched: too many open files"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(tempDir(t), "x")
			var i instance
			c.fail(&i, c.err)
			w := start(t, i.hub(), config{Path: path})
			w.unknown("%s: no such file, read every second: %s", path, c.reason)
			for n := range int64(2) {
				write(t, path, n)
				began := time.Now()
				w.await(sdk.Measured(n, "%s holds %d, read every second: %s", path, n, c.reason))
				if took := time.Since(began); took > pollInterval+patience/3 {
					t.Errorf("it took %v", took)
				}
			}
			i.set(func() { c.fail(&i, nil) })
			w.await(sdk.Measured(1, "%s holds 1", path))
			w.prompt("written", func(value int64) { write(t, path, value) })
		})
	}
}

// TestMute: what the kernel makes up is read every second, as it tells of nothing.
func TestMute(t *testing.T) {
	w := start(t, newHub(), config{Path: "/proc/sys/vm/oom_kill_allocating_task"})
	w.next(patience, "a report")
	if w.last.Verdict != sdk.Healthy || !strings.HasSuffix(w.last.Reason, ", read every second: proc does not tell of changes") {
		t.Errorf("reported %+v", w.last)
	}
}

// TestIntervals: how long nobody looks depends on what is told.
func TestIntervals(t *testing.T) {
	dir := tempDir(t)
	write(t, dir+"/x", 1)
	write(t, dir+"/y", 1)
	must(t, os.Link(dir+"/y", dir+"/z"))
	blind := newHub()
	blind.openMounts = func(func()) (*mounts, error) { return nil, errors.New("no /proc") }
	i := instance{addErr: unix.ENOSPC}
	for _, c := range []struct {
		name, path string
		hub        *hub
		want       time.Duration
	}{
		{"all is told", dir + "/x", newHub(), safetyInterval},
		{"no file", dir + "/none", newHub(), safetyInterval},
		{"another name", dir + "/y", newHub(), doubtInterval},
		{"no mounts", dir + "/x", blind, doubtInterval},
		{"no watches", dir + "/x", i.hub(), pollInterval},
		{"mute", "/proc/sys/vm/oom_kill_allocating_task", newHub(), pollInterval},
	} {
		w := newWatch(c.hub, config{Path: c.path})
		for range 2 { // the second time by what is known
			if got := w.look(time.Now()).again; got != c.want {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
		c.hub.leave(w.listener)
	}
}

// TestOtherName: a file is written by a name in a directory that is not watched.
func TestOtherName(t *testing.T) {
	dir := tempDir(t)
	mkdir(t, dir+"/a")
	mkdir(t, dir+"/b")
	write(t, dir+"/a/x", 1)
	must(t, os.Link(dir+"/a/x", dir+"/b/x"))
	w := start(t, newHub(), config{Path: dir + "/a/x"})
	w.value(1)
	began := time.Now()
	write(t, dir+"/b/x", 2)
	w.value(2)
	if took := time.Since(began); took > doubtInterval+patience/3 {
		t.Errorf("it took %v", took)
	}
}

// TestStuck: a file system that does not answer makes the tracker unknown and does
// not keep it from ending.
func TestStuck(t *testing.T) {
	path := filepath.Join(tempDir(t), "x")
	write(t, path, 1)
	h := newHub()
	answer := make(chan struct{})
	h.add = func(w *fsnotify.Watcher, dir string) error {
		<-answer
		return add(w, dir)
	}
	one, two := start(t, h, config{Path: path}), start(t, h, config{Path: path})
	one.unknown("%s: no answer from the file system for 2s", path)
	two.unknown("%s: no answer from the file system for 2s", path)
	two.end()
	close(answer)
	one.value(1)
	one.end()
	eventually(t, func() bool {
		h.change.Lock()
		defer h.change.Unlock()
		return h.watcher == nil
	})
	two.quiet()
}

// TestBusyDirectory: what happens to other files costs no look.
func TestBusyDirectory(t *testing.T) {
	dir := tempDir(t)
	path := filepath.Join(dir, "x")
	write(t, path, 1)
	h := newHub()
	w := newWatch(h, config{Path: path})
	defer h.leave(w.listener)
	w.look(time.Now())
	for n := range 100 {
		write(t, filepath.Join(dir, fmt.Sprintf("y%d", n)), n)
	}
	select {
	case <-w.listener.changed:
		t.Error("woken for another file")
	case <-time.After(silence):
	}
	write(t, path, 2)
	select {
	case <-w.listener.changed:
	case <-time.After(patience):
		t.Error("not woken")
	}
}

// TestIndex: a listener is found by the names of its route, and by no other.
func TestIndex(t *testing.T) {
	dir := tempDir(t)
	h := newHub()
	w := newWatch(h, config{Path: dir + "/current/x"})
	defer h.leave(w.listener)
	for n := range 3 {
		release := fmt.Sprintf("release%d", n)
		mkdir(t, filepath.Join(dir, release))
		write(t, filepath.Join(dir, release, "x"), n)
		link(t, release, dir+"/current")
		for range 2 { // the second time along the same route
			w.look(time.Now())
			h.mu.Lock()
			got := slices.Sorted(maps.Keys(h.listeners[dir]))
			names := len(w.listener.names)
			h.mu.Unlock()
			if want := []string{"current", release}; !slices.Equal(got, want) {
				t.Errorf("listens to %v, want %v", got, want)
			}
			if steps := len(w.listener.route); names != steps {
				t.Errorf("%d names for %d steps", names, steps)
			}
		}
	}
}

// TestLeaks: nothing is left when trackers have ended, whatever they waited for.
func TestLeaks(t *testing.T) {
	dir := tempDir(t)
	write(t, dir+"/x", 1)
	write(t, dir+"/empty", "")
	h := newHub()
	cycle := func() {
		var group sync.WaitGroup
		for _, c := range []config{
			{Path: dir + "/x"}, {Path: dir + "/x", MaxAge: time.Hour}, {Path: dir + "/empty"}, {Path: dir + "/no/file"},
		} {
			group.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), silence)
				defer cancel()
				if err := newWatch(h, c).run(ctx, func(sdk.Result) {}); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if h.watcher != nil {
			t.Error("the instance is still open")
		}
	}
	cycle()
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	for range 10 {
		cycle()
	}
	eventually(t, func() bool { return runtime.NumGoroutine() <= goroutines && openFiles(t) <= files })
}

// TestTracker runs what is exported.
func TestTracker(t *testing.T) {
	path := filepath.Join(tempDir(t), "x")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w := &watched{t: t, reports: make(chan sdk.Result, 100), done: make(chan struct{})}
	go func() {
		defer close(w.done)
		values := sdk.Values{"path": path, "initial_value": int64(-3), "max_age": time.Hour}
		w.err = Tracker.Run(ctx, values, sdk.Schedule{}, func(r sdk.Result) { w.reports <- r })
	}()
	w.value(-3)
	write(t, path, 5)
	w.value(5)
	cancel()
	<-w.done
	if w.err != nil {
		t.Error(w.err)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(entries)
}

// eventually waits until a condition holds.
func eventually(t *testing.T, condition func() bool) {
	t.Helper()
	for began := time.Now(); !condition(); time.Sleep(2 * time.Millisecond) {
		if time.Since(began) > patience {
			t.Fatalf("waited %v in vain", patience)
		}
	}
}
