package file

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sys/unix"
)

// hub shares one inotify instance among all that listen. The instance is there
// while anybody does.
type hub struct {
	open func() (*fsnotify.Watcher, error)
	add  func(w *fsnotify.Watcher, dir string) error

	// change lets one change at a time be made to what is watched, and guards the
	// instance. What passes events on must not need it: a change may wait for an
	// event to be passed on.
	change  sync.Mutex
	watcher *fsnotify.Watcher // nil: there is none
	done    chan struct{}     // closed when its events are no longer passed on

	mu        sync.Mutex // guards the following, and the listeners' names
	listeners map[string]map[*listener]struct{}
	watched   map[string]identity // as long as they may be what they were
}

// identity tells one directory from another of the same name.
type identity struct{ device, inode uint64 }

// listener is told that something has changed at one of its steps.
type listener struct {
	changed chan struct{}                  // holds an element if so
	names   map[string]map[string]struct{} // by directory
}

func newHub() *hub {
	return &hub{
		open: fsnotify.NewWatcher, add: add,
		listeners: make(map[string]map[*listener]struct{}), watched: make(map[string]identity),
	}
}

func newListener() *listener {
	return &listener{make(chan struct{}, 1), make(map[string]map[string]struct{})}
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
	if err := mute(s.dir); err != nil {
		return err
	}
	var stat unix.Stat_t
	_ = unix.Stat(s.dir, &stat) // or it is new to us
	id := identity{uint64(stat.Dev), stat.Ino}

	h.change.Lock()
	defer h.change.Unlock()
	if h.register(l, s, id) {
		return nil
	}
	err := h.watch(s.dir)
	if err == nil {
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

// register takes down who listens where, and reports whether the directory is
// watched already. Telling the kernel again would do no harm, but takes it long if
// it knows many names there.
func (h *hub) register(l *listener, s step, id identity) (watched bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.listeners[s.dir] == nil {
		h.listeners[s.dir] = make(map[*listener]struct{})
	}
	h.listeners[s.dir][l] = struct{}{}
	if l.names[s.dir] == nil {
		l.names[s.dir] = make(map[string]struct{})
	}
	l.names[s.dir][s.name] = struct{}{}
	watched = h.watched[s.dir] == id && id != identity{}
	h.watched[s.dir] = id // from now on, it is forgotten by an event
	return watched
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
}

// keep makes a listener hear of nothing but the steps of a route.
func (h *hub) keep(l *listener, route []step) {
	names := make(map[string]map[string]struct{})
	for _, s := range route {
		if names[s.dir] == nil {
			names[s.dir] = make(map[string]struct{})
		}
		names[s.dir][s.name] = struct{}{}
	}
	h.change.Lock()
	defer h.change.Unlock()
	h.mu.Lock()
	var idle []string
	for dir := range l.names {
		if names[dir] != nil {
			continue
		}
		if delete(h.listeners[dir], l); len(h.listeners[dir]) == 0 {
			delete(h.listeners, dir)
			delete(h.watched, dir)
			idle = append(idle, dir)
		}
	}
	l.names = names
	left := len(h.listeners)
	h.mu.Unlock()
	if h.watcher == nil {
		return
	}
	for _, dir := range idle {
		_ = h.watcher.Remove(dir) // it may be gone
	}
	if left == 0 {
		h.watcher.Close()
		<-h.done
		h.watcher = nil
	}
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
	}
	dir, name := filepath.Dir(place), filepath.Base(place)
	for l := range h.listeners[dir] {
		if _, listens := l.names[dir][name]; listens {
			l.wake()
		}
	}
	for l := range h.listeners[place] {
		l.wake()
	}
}

func (h *hub) tellAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.watched)
	for _, listeners := range h.listeners {
		for l := range listeners {
			l.wake()
		}
	}
}
