package file

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sys/unix"
)

// hub shares one inotify instance among all that listen. The instance is there
// while anybody does.
type hub struct {
	open       func() (*fsnotify.Watcher, error)
	add        func(w *fsnotify.Watcher, dir string) error
	openMounts func(tell func()) (*mounts, error)

	// change lets one change at a time be made to what is watched, and guards the
	// instance. What passes events on must not need it: a change may wait for an
	// event to be passed on.
	change  sync.Mutex
	watcher *fsnotify.Watcher // nil: there is none
	done    chan struct{}     // closed when its events are no longer passed on
	mounts  *mounts           // nil: nobody tells of them

	// complete says that whatever takes the place of a watched directory is told,
	// mounts included.
	complete atomic.Bool

	mu        sync.Mutex                                   // guards the following, and the listeners' names
	listeners map[string]map[string]map[*listener]struct{} // by directory and name
	watched   map[string]identity                          // as long as they may be what they were
	sure      map[string]bool                              // watched, and the kernel has agreed
}

// identity tells one directory from another of the same name.
type identity struct{ device, inode uint64 }

// identify returns the identity of a directory, or none if there is none.
func identify(dir string) identity {
	var stat unix.Stat_t
	if unix.Stat(dir, &stat) != nil {
		return identity{}
	}
	return identityOf(&stat)
}

func identityOf(s *unix.Stat_t) identity { return identity{uint64(s.Dev), s.Ino} }

// listener is told that something has changed at one of its steps.
type listener struct {
	changed chan struct{}     // holds an element if so
	names   map[name]struct{} // where it is known to the hub
	route   []step            // that it keeps to; its own goroutine alone uses it
}

// name is what a listener listens to: a name in a directory.
type name struct{ dir, name string }

func newHub() *hub {
	return &hub{
		open: fsnotify.NewWatcher, add: add, openMounts: openMounts,
		listeners: make(map[string]map[string]map[*listener]struct{}), watched: make(map[string]identity), sure: make(map[string]bool),
	}
}

func newListener() *listener {
	return &listener{changed: make(chan struct{}, 1), names: make(map[name]struct{})}
}

func (l *listener) wake() {
	select {
	case l.changed <- struct{}{}:
	default: // it holds one
	}
}

// listen makes a listener hear of changes at a step. An error means that they will
// not be heard of; a directory that does not exist is none, as its own directory
// is listened to.
func (h *hub) listen(l *listener, s step) error {
	id := s.id
	if id == (identity{}) {
		id = identify(s.dir)
	}
	if h.listenAgain(l, s, id) {
		return nil
	}
	if err := mute(s.dir); err != nil {
		return err
	}
	h.change.Lock()
	defer h.change.Unlock()
	if h.register(l, s, id) {
		return nil
	}
	err := h.watch(s.dir)
	if err == nil {
		h.trust(s.dir, id)
		return nil
	}
	h.forget(s.dir)
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR):
		return nil
	case errors.Is(err, unix.ENOSPC):
		err = errors.New("fs.inotify.max_user_watches is used up")
	}
	return fmt.Errorf("%s cannot be watched: %w", s.dir, short(err))
}

// listenAgain makes a listener hear of changes in a directory that is watched, and
// reports whether it is. What is told of mounts makes sure that its file system is
// the same as when it was found not to be mute. It waits for no change.
func (h *hub) listenAgain(l *listener, s step, id identity) (watched bool) {
	if !h.complete.Load() {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.sure[s.dir] || h.watched[s.dir] != id || id == (identity{}) {
		return false
	}
	h.note(l, s)
	return true
}

// register takes down who listens where, and reports whether the directory is
// watched already. Telling the kernel again would do no harm, but takes it long if
// it knows many names there.
func (h *hub) register(l *listener, s step, id identity) (watched bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.note(l, s)
	watched = h.watched[s.dir] == id && id != identity{}
	if !watched {
		delete(h.sure, s.dir)
	}
	h.watched[s.dir] = id // from now on, it is forgotten by an event
	return watched
}

// note adds a listener.
func (h *hub) note(l *listener, s step) {
	n := name{s.dir, s.name}
	if _, already := l.names[n]; already {
		return
	}
	l.names[n] = struct{}{}
	dir := h.listeners[n.dir]
	if dir == nil {
		dir = make(map[string]map[*listener]struct{})
		h.listeners[n.dir] = dir
	}
	if dir[n.name] == nil {
		dir[n.name] = make(map[*listener]struct{})
	}
	dir[n.name][l] = struct{}{}
}

// strike removes a listener, and reports whether nobody listens in the directory
// any more.
func (h *hub) strike(n name, l *listener) (idle bool) {
	dir := h.listeners[n.dir]
	if delete(dir[n.name], l); len(dir[n.name]) == 0 {
		delete(dir, n.name)
	}
	if len(dir) > 0 {
		return false
	}
	delete(h.listeners, n.dir)
	delete(h.watched, n.dir)
	delete(h.sure, n.dir)
	return true
}

// watch tells the kernel to watch a directory.
func (h *hub) watch(dir string) error {
	if h.watcher == nil {
		w, err := h.open()
		if err != nil {
			return err
		}
		h.watcher, h.done = w, make(chan struct{})
		go h.pass(w, h.done)
		if m, err := h.openMounts(h.tellAll); err == nil {
			h.mounts = m
			h.complete.Store(true)
		}
	}
	return h.add(h.watcher, dir)
}

// errAlias: the kernel tells of a directory by one name only, if it is mounted at
// several places.
var errAlias = errors.New("it is watched by another name")

func add(w *fsnotify.Watcher, dir string) error {
	if err := w.Add(dir); err != nil {
		return err
	}
	if !slices.Contains(w.WatchList(), dir) {
		return errAlias
	}
	return nil
}

// forget makes the next listener tell the kernel again to watch a directory.
func (h *hub) forget(dir string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watched, dir)
	delete(h.sure, dir)
}

// trust notes that the kernel was told to watch a directory, unless it was
// forgotten meanwhile.
func (h *hub) trust(dir string, id identity) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watched[dir] == id {
		h.sure[dir] = true
	}
}

// keep makes a listener hear of nothing but the steps of a route.
func (h *hub) keep(l *listener, route []step) {
	same := func(a, b step) bool { return a.dir == b.dir && a.name == b.name }
	if len(route) > 0 && slices.EqualFunc(l.route, route, same) {
		return // as nearly always
	}
	l.route = route
	wanted := make(map[name]struct{}, len(route))
	for _, s := range route {
		wanted[name{s.dir, s.name}] = struct{}{}
	}
	h.change.Lock()
	defer h.change.Unlock()
	h.mu.Lock()
	var idle []string
	for n := range l.names {
		if _, keep := wanted[n]; keep {
			continue
		}
		delete(l.names, n)
		if h.strike(n, l) {
			idle = append(idle, n.dir)
		}
	}
	left := len(h.listeners)
	h.mu.Unlock()
	if h.watcher == nil {
		return
	}
	for _, dir := range idle {
		_ = h.watcher.Remove(dir) // it may be gone
	}
	if left == 0 {
		h.close()
	}
}

// close closes the instance.
func (h *hub) close() {
	if h.mounts != nil {
		h.complete.Store(false)
		h.mounts.close()
		h.mounts = nil
	}
	h.watcher.Close()
	<-h.done
	h.watcher = nil
}

// leave makes a listener hear of nothing.
func (h *hub) leave(l *listener) { h.keep(l, nil) }

// pass tells listeners of events until the instance is closed. Events that were
// lost concern everybody.
func (h *hub) pass(w *fsnotify.Watcher, done chan<- struct{}) {
	defer close(done)
	for {
		select {
		case event, ok := <-w.Events:
			if !ok {
				return
			}
			h.tell(filepath.Clean(event.Name), event.Op)
		case _, ok := <-w.Errors:
			if !ok {
				return
			}
			h.tellAll()
		}
	}
}

// tell wakes who listens for a name, and who listens in a directory of that name,
// which may be another one now.
func (h *hub) tell(place string, op fsnotify.Op) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if op&(fsnotify.Create|fsnotify.Remove|fsnotify.Rename) != 0 {
		delete(h.watched, place)
		delete(h.sure, place)
	}
	for l := range h.listeners[filepath.Dir(place)][filepath.Base(place)] {
		l.wake()
	}
	for _, listeners := range h.listeners[place] {
		for l := range listeners {
			l.wake()
		}
	}
}

func (h *hub) tellAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.watched)
	clear(h.sure)
	for _, names := range h.listeners {
		for _, listeners := range names {
			for l := range listeners {
				l.wake()
			}
		}
	}
}
