package fifo

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
)

// pipes are the named pipes that were written to. They stay open.
type pipes struct {
	mu   sync.Mutex // guards what follows, and orders the writes
	open map[string]*pipe
}

// pipe is an open named pipe. Which one it is tells whether another has taken its
// place at its path.
type pipe struct {
	fd       int
	dev, ino uint64
}

// write writes a line, or an error says why nothing of it was written.
func (p *pipes) write(path, line string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.reopen(path); err != nil {
		return err
	}
	_, err := syscall.Write(p.open[path].fd, []byte(line))
	if errors.Is(err, syscall.EPIPE) { // the reader is gone; another may be there
		p.close(path)
		if err = p.reopen(path); err != nil {
			return err
		}
		_, err = syscall.Write(p.open[path].fd, []byte(line))
	}
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return fmt.Errorf("%s is full: its reader does not read", path)
	case errors.Is(err, syscall.EPIPE):
		return noReader(path)
	case err != nil:
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func noReader(path string) error { return fmt.Errorf("nobody has %s open for reading", path) }

// reopen makes sure that the pipe that is at the path now is open.
func (p *pipes) reopen(path string) error {
	var now syscall.Stat_t
	if err := syscall.Stat(path, &now); err != nil {
		p.close(path)
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s does not exist: its reader has to make it, with mkfifo", path)
		}
		return fmt.Errorf("%s: %w", path, err)
	}
	if now.Mode&syscall.S_IFMT != syscall.S_IFIFO {
		p.close(path)
		return notPipe(path)
	}
	if old := p.open[path]; old != nil && old.dev == uint64(now.Dev) && old.ino == now.Ino {
		return nil
	}
	p.close(path)
	opened, err := openPipe(path)
	if err != nil {
		return err
	}
	if p.open == nil {
		p.open = make(map[string]*pipe)
	}
	p.open[path] = opened
	return nil
}

// notPipe is tried again, as a pipe may take the place.
func notPipe(path string) error { return fmt.Errorf("%s is not a named pipe", path) }

func openPipe(path string) (*pipe, error) {
	fd, err := syscall.Open(path, syscall.O_WRONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY|syscall.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, syscall.ENXIO):
		return nil, noReader(path)
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	var s syscall.Stat_t
	if err := syscall.Fstat(fd, &s); err != nil || s.Mode&syscall.S_IFMT != syscall.S_IFIFO {
		_ = syscall.Close(fd)
		return nil, notPipe(path)
	}
	return &pipe{fd, uint64(s.Dev), s.Ino}, nil
}

func (p *pipes) close(path string) {
	if old := p.open[path]; old != nil {
		_ = syscall.Close(old.fd)
		delete(p.open, path)
	}
}
