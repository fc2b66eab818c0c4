package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/nftables"
	"github.com/mdlayher/socket"
)

// labsDir holds one directory per lab, on the private /run.
const labsDir = "/run/lab"

// addressHistory is how many changes of addresses a lab remembers.
const addressHistory = 1 << 16

// ErrClosed is returned by what waits on a lab that is closed meanwhile.
var ErrClosed = errors.New("the lab is closed")

// Lab is a switch and the nodes on it. Its methods, and those of its nodes and
// processes, may be called from any goroutine.
type Lab struct {
	ctx       context.Context // ends when the lab closes
	cancel    context.CancelFunc
	unwatch   func() bool // forgets the context that the caller of New gave
	closeOnce sync.Once
	running   sync.WaitGroup // every goroutine of the lab
	dir       string
	wire      *namespace   // the switch
	stamps    *socket.Conn // keeps the kernel stamping frames
	addresses *journal[AddressChange]
	probes    atomic.Uint32 // how many there were, to tell their pings apart

	adding sync.Mutex // held while a node is built

	mu       sync.Mutex // guards the rest
	nodes    []*Node
	segments []*segment
	observed []*tap
	filter   *nftables.Conn // nil until the first fault
}

// New makes a lab without nodes. It is closed by Close or with ctx, whichever
// comes first; the caller must call Close to wait for that.
func New(ctx context.Context) (*Lab, error) {
	if !Inside() {
		return nil, errors.New("make a lab: the program has not called lab.Enter")
	}
	if err := os.MkdirAll(labsDir, 0o755); err != nil {
		return nil, fmt.Errorf("make a lab: %w", err)
	}
	dir, err := os.MkdirTemp(labsDir, "")
	if err != nil {
		return nil, fmt.Errorf("make a lab: %w", err)
	}
	l := &Lab{dir: dir, addresses: newJournal[AddressChange](addressHistory)}
	if l.wire, err = newNamespace("switch", func() error { return applyDefaults(switchSettings) }); err == nil {
		l.stamps, err = l.wire.packetSocket()
	}
	if err != nil {
		l.release()
		return nil, fmt.Errorf("make the switch: %w", err)
	}
	l.ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	l.mu.Lock() // Close may begin at once
	defer l.mu.Unlock()
	l.unwatch = context.AfterFunc(ctx, l.Close)
	return l, nil
}

// Close kills every process, ends every capture and probe, and removes the
// nodes. Logs, events and outages that were recorded can still be read.
func (l *Lab) Close() {
	l.closeOnce.Do(l.close)
}

func (l *Lab) close() {
	l.mu.Lock()
	l.unwatch()
	l.cancel() // with the lock held, so that whoever adds something sees it
	nodes, observed := l.nodes, l.observed
	l.mu.Unlock()
	l.adding.Lock() // a node may be half built
	defer l.adding.Unlock()
	for _, t := range observed {
		t.close()
	}
	for _, n := range nodes {
		n.close()
	}
	l.running.Wait()
	for _, n := range nodes {
		n.namespace.close()
	}
	l.release()
}

// release gives back what the lab itself holds.
func (l *Lab) release() {
	if l.filter != nil {
		_ = l.filter.CloseLasting() // nothing is left to be done
	}
	if l.stamps != nil {
		l.stamps.Close()
	}
	if l.wire != nil {
		l.wire.close()
	}
	os.RemoveAll(l.dir)
}

// Nodes returns the nodes in the order in which they were added.
func (l *Lab) Nodes() []*Node {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.nodes)
}

// Node returns the node with a name, or nil.
func (l *Lab) Node(name string) *Node {
	for _, n := range l.Nodes() {
		if n.name == name {
			return n
		}
	}
	return nil
}

// whileOpen runs f with the lock held, unless the lab is closed or about to be.
func (l *Lab) whileOpen(f func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		return ErrClosed
	}
	f()
	return nil
}

// until is a context for something that may last for at most d in an open lab.
func (l *Lab) until(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(l.ctx, d)
}

// poll calls done until it says so, at short intervals; it reports whether it
// did within the time.
func (l *Lab) poll(timeout, interval time.Duration, done func() (bool, error)) (bool, error) {
	ctx, cancel := l.until(timeout)
	defer cancel()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return ok, err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return false, l.ended()
		}
	}
}

// waitError says what a wait has waited for in vain.
func (l *Lab) waitError(err error, timeout time.Duration, what string) error {
	switch {
	case err == nil:
		return nil
	case l.ctx.Err() != nil:
		return ErrClosed
	}
	return fmt.Errorf("no %s within %v: %w", what, timeout, err)
}

// ended is the reason why a wait on the lab ended early: none if it just timed out.
func (l *Lab) ended() error {
	if l.ctx.Err() != nil {
		return ErrClosed
	}
	return nil
}

// nodeDir is where the files of a node are kept.
func (l *Lab) nodeDir(name string) string { return filepath.Join(l.dir, name) }
