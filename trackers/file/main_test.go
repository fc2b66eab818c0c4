package file

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/sentinel-ha/sentinel/sdk"
)

// patience is how long a test waits for what must happen.
const patience = 15 * time.Second

// silence is how long a test listens for what must not happen.
const silence = 100 * time.Millisecond

// soon is less than the time after which a file is read without an event, so
// that a report within it is due to one.
const soon = pollInterval - 100*time.Millisecond

// watched is a tracker that runs.
type watched struct {
	t       testing.TB
	reports chan sdk.Result
	last    sdk.Result // reported
	cancel  context.CancelFunc
	done    chan struct{}
	err     error
}

// start watches a file.
func start(t testing.TB, h *hub, c config) *watched {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w := &watched{t: t, reports: make(chan sdk.Result, 100_000), cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		w.err = newWatch(h, c).run(ctx, func(r sdk.Result) { w.reports <- r })
	}()
	t.Cleanup(w.end)
	return w
}

// end ends the tracker and waits until it has.
func (w *watched) end() {
	w.t.Helper()
	w.cancel()
	select {
	case <-w.done:
	case <-time.After(patience):
		w.t.Fatal("the tracker does not end")
	}
	if w.err != nil {
		w.t.Errorf("ended with %v", w.err)
	}
}

// next returns the next report, or fails the test.
func (w *watched) next(within time.Duration, waitsFor any) {
	w.t.Helper()
	select {
	case got := <-w.reports:
		if got == w.last {
			w.t.Errorf("reported twice: %+v", got)
		}
		w.last = got
	case <-time.After(within):
		w.t.Fatalf("waited %v in vain for %v; the last was %+v", within, waitsFor, w.last)
	}
}

// await waits until a result is the last that was reported.
func (w *watched) await(want sdk.Result) {
	w.t.Helper()
	for w.last != want {
		w.next(patience, want)
	}
}

// value waits until a number is the last that was reported.
func (w *watched) value(want int64) {
	w.t.Helper()
	for w.last.Verdict != sdk.Healthy || w.last.Value != want {
		w.next(patience, want)
	}
}

// unknown waits until the last report is unknown for a reason.
func (w *watched) unknown(reason string, args ...any) {
	w.t.Helper()
	w.await(sdk.CannotTell(reason, args...))
}

// quiet fails the test if there is a report.
func (w *watched) quiet() {
	w.t.Helper()
	select {
	case r := <-w.reports:
		w.t.Fatalf("unexpected report %+v", r)
	case <-time.After(silence):
	}
}

// prompt does something and demands that the number is reported because of an
// event. As a slow machine may be later than that, it has some tries.
func (w *watched) prompt(what string, do func(value int64)) {
	w.t.Helper()
	const tries = 5
	for try := int64(1); try <= tries; try++ {
		began := time.Now()
		do(try)
		w.value(try)
		if time.Since(began) < soon {
			return
		}
	}
	w.t.Errorf("%s: there was no event in %d tries", what, tries)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write writes a file in place.
func write(t testing.TB, path string, content any) {
	t.Helper()
	must(t, os.WriteFile(path, fmt.Append(nil, content), 0o644))
}

// replace puts a new file in the place of another.
func replace(t testing.TB, path string, content any) {
	t.Helper()
	write(t, path+".new", content)
	must(t, os.Rename(path+".new", path))
}

// link makes a symbolic link, replacing what there is.
func link(t testing.TB, target, path string) {
	t.Helper()
	must(t, os.Symlink(target, path+".new"))
	must(t, os.Rename(path+".new", path))
}

func mkdir(t testing.TB, path string) {
	t.Helper()
	must(t, os.MkdirAll(path, 0o755))
}

// places returns a directory on each of the file systems that the tests run on.
func places(t *testing.T) map[string]string {
	t.Helper()
	list := map[string]string{"disk": tempDir(t)}
	if dir, err := os.MkdirTemp("/dev/shm", "sentinel-"); err == nil {
		t.Cleanup(func() { os.RemoveAll(dir) })
		list["memory"] = dir
	}
	return list
}

// tempDir is a directory without symbolic links in its name.
func tempDir(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	return dir
}

// instance counts the inotify instances that a hub opens, and keeps the last.
type instance struct {
	mu     sync.Mutex // guards the following
	last   *fsnotify.Watcher
	opened int
	err    error // of opening another
	addErr error // of adding directories
	deaf   bool  // directories are not watched, though they seem to be
}

// hub returns a hub that a test can break.
func (i *instance) hub() *hub {
	h := newHub()
	h.open = func() (*fsnotify.Watcher, error) {
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.err != nil {
			return nil, i.err
		}
		i.opened++
		w, err := fsnotify.NewWatcher()
		i.last = w
		return w, err
	}
	h.add = func(w *fsnotify.Watcher, dir string) error {
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.addErr != nil || i.deaf {
			return i.addErr
		}
		return add(w, dir)
	}
	return h
}

func (i *instance) set(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
}
