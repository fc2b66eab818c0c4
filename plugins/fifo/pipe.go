package fifo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pipes are the named pipes that were written to, by path. They stay open.
type pipes struct {
	mu   sync.Mutex // not held while a file system is asked anything
	list map[string]*pipe
}

// at returns the pipe of a path.
func (p *pipes) at(path string) *pipe {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.list == nil {
		p.list = make(map[string]*pipe)
	}
	if p.list[path] == nil {
		p.list[path] = &pipe{path: path, fd: -1}
	}
	return p.list[path]
}

// pipe is a named pipe. Which one is open tells whether another has taken its place
// at its path.
type pipe struct {
	path string

	mu       sync.Mutex // guards what follows, and orders the writes
	fd       int        // -1 while it is not open
	dev, ino uint64
	taken    time.Time // the last line, while somebody had it open for reading
}

const (
	// away is how long a reader that opens the pipe anew for every line is waited for,
	// after the last.
	away = time.Second
	// look is the time between two looks whether it is back, or has read everything.
	look = 5 * time.Millisecond
)

// write writes a line, or an error says why nothing of it was written. While there is
// no reader the pipe stays open: the next one reads what the last has left.
func (p *pipe) write(ctx context.Context, line string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.reopen(); err != nil {
		return err
	}
	_, err := syscall.Write(p.fd, []byte(line))
	for errors.Is(err, syscall.EPIPE) && time.Since(p.taken) < away && ctx.Err() == nil {
		time.Sleep(look)
		_, err = syscall.Write(p.fd, []byte(line))
	}
	switch {
	case err == nil:
		p.taken = time.Now()
	case errors.Is(err, syscall.EAGAIN):
		return fmt.Errorf("%s is full: its reader does not read", p.path)
	case errors.Is(err, syscall.EPIPE):
		return noReader(p.path)
	case err != nil:
		return fmt.Errorf("write %s: %w", p.path, err)
	}
	return nil
}

// drain waits until everything was read, for as long as a reader may be away.
func (p *pipe) drain(ctx context.Context) {
	for until := time.Now().Add(away); p.unread() > 0 && time.Now().Before(until) && ctx.Err() == nil; {
		time.Sleep(look)
	}
}

// unread returns how many bytes are in the pipe; TIOCINQ is FIONREAD.
func (p *pipe) unread() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fd < 0 {
		return 0
	}
	n, _ := unix.IoctlGetInt(p.fd, unix.TIOCINQ)
	return n
}

func noReader(path string) error { return fmt.Errorf("nobody has %s open for reading", path) }

// reopen makes sure that the pipe that is at the path now is open.
func (p *pipe) reopen() error {
	var now syscall.Stat_t
	if err := syscall.Stat(p.path, &now); err != nil {
		p.close()
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s does not exist: its reader has to make it, with mkfifo", p.path)
		}
		return fmt.Errorf("%s: %w", p.path, err)
	}
	if now.Mode&syscall.S_IFMT != syscall.S_IFIFO {
		p.close()
		return notPipe(p.path)
	}
	if p.fd >= 0 && p.dev == uint64(now.Dev) && p.ino == now.Ino {
		return nil
	}
	p.close()
	return p.open()
}

// notPipe is tried again, as a pipe may take the place.
func notPipe(path string) error { return fmt.Errorf("%s is not a named pipe", path) }

func (p *pipe) open() error {
	fd, err := syscall.Open(p.path, syscall.O_WRONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY|syscall.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, syscall.ENXIO):
		return noReader(p.path)
	case err != nil:
		return fmt.Errorf("open %s: %w", p.path, err)
	}
	var s syscall.Stat_t
	if err := syscall.Fstat(fd, &s); err != nil || s.Mode&syscall.S_IFMT != syscall.S_IFIFO {
		_ = syscall.Close(fd)
		return notPipe(p.path)
	}
	p.fd, p.dev, p.ino = fd, uint64(s.Dev), s.Ino
	return nil
}

func (p *pipe) close() {
	if p.fd >= 0 {
		_ = syscall.Close(p.fd)
		p.fd = -1
	}
}
