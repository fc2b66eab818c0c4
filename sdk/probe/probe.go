package probe

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a file system may take to answer at most.
const patience = 5 * time.Second

const (
	// deepest is how many interpreters of interpreters the kernel follows.
	deepest = 5
	// firstBytes is how much of a file it reads to see what it is.
	firstBytes = 256
)

// Program waits until a program, and its interpreter if it is a script, has been
// opened. name is what messages call it, if path says little. The error is that of
// ctx if it ends, or says which file cannot be opened: then half of the time that ctx
// has left is over, or five seconds. A file that is not there or that may not be read
// is no error.
func Program(ctx context.Context, path, name string) error {
	allowed := patience
	if deadline, ok := ctx.Deadline(); ok {
		allowed = min(allowed, time.Until(deadline)/2)
	}
	over := time.NewTimer(allowed)
	defer over.Stop()
	next := file{path, name}
	for range 1 + deepest {
		l := all.begin(next)
		select {
		case <-l.done:
		case <-ctx.Done():
			return ctx.Err()
		case <-over.C:
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("%s cannot be opened: no answer for %v; is its file system there?", next.name, allowed.Round(time.Millisecond))
		}
		path := interpreter(l.start)
		if path == "" {
			return nil
		}
		next = file{path, path}
	}
	return nil // the kernel will say that these are too many
}

// interpreter returns what the first line of a script names, else nothing. A path
// that is not absolute begins at /, where programs are started.
func interpreter(start []byte) string {
	line, script := bytes.CutPrefix(start, []byte("#!"))
	if !script {
		return ""
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	line = bytes.TrimLeft(line, " \t")
	if end := bytes.IndexAny(line, " \t\x00"); end >= 0 {
		line = line[:end]
	}
	if len(line) == 0 {
		return ""
	}
	return filepath.Join("/", string(line))
}

// file is one to open.
type file struct{ path, name string }

// looks are those that are under way: one for each file, however many wait for it,
// so that a dead file system costs a thread for each file and not for each attempt.
type looks struct {
	mu   sync.Mutex
	busy map[file]*look // guarded by mu
}

// look is one attempt to open a file.
type look struct {
	done  chan struct{}
	start []byte // what the file begins with; read after done
}

// all are the looks of this process.
var all = looks{busy: make(map[file]*look)}

// begin begins a look, or joins the one that is under way.
func (all *looks) begin(f file) *look {
	all.mu.Lock()
	defer all.mu.Unlock()
	if l := all.busy[f]; l != nil {
		return l
	}
	l := &look{done: make(chan struct{})}
	all.busy[f] = l
	go func() { // ends when the file system answers
		l.start = start(f.path)
		all.mu.Lock()
		delete(all.busy, f)
		all.mu.Unlock()
		close(l.done)
	}()
	return l
}

// start returns the first bytes of a file, nothing if it cannot be read. Pipes and
// devices are not opened, which might do something.
func start(path string) []byte {
	var status unix.Stat_t
	if again(func() error { return unix.Stat(path, &status) }) != nil || status.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil
	}
	fd := -1
	err := again(func() (err error) {
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	buffer, n := make([]byte, firstBytes), 0
	_ = again(func() (err error) {
		n, err = unix.Read(fd, buffer)
		return err
	})
	return buffer[:max(n, 0)]
}

// again repeats a call for as long as it is interrupted.
func again(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}
