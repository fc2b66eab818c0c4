package pluginhost

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/sentinel-ha/sentinel/sdk/host"
)

// CheckTempDir returns an error if a runtime directory that was made below TMPDIR has
// too long a path, as [host.CheckTempDir].
func CheckTempDir(directory string) error {
	return host.CheckTempDir(directory, host.MaxRuntimeDir-len("/plugins"))
}

// Config is what a [Host] is made of.
type Config struct {
	// RuntimeDir is where the plugins' sockets are, below a directory "plugins" that
	// belongs to this host alone.
	RuntimeDir string
	// Log gets what happens to plugins. nil: nobody does.
	Log *slog.Logger
	// Lines gets what they say. nil: Log.
	Lines *slog.Logger
	// Pauses say when a plugin is started again. The zero value is for production.
	Pauses Pauses
	// Restarted is called when a plugin runs in another process than before, or at
	// last, and nobody has used that yet. It must not block. nil: nobody is.
	Restarted func(*Plugin)
}

// Host runs plugins. Make one with [New].
type Host struct {
	config    Config
	directory string
	running   sync.WaitGroup

	mu      sync.Mutex
	plugins []*Plugin // guarded by mu
	opened  int       // how many were; guarded by mu
	closed  bool      // guarded by mu
}

// New returns a host of no plugins. What a killed one has left in the runtime
// directory is removed.
func New(c Config) (*Host, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Lines == nil {
		c.Lines = c.Log
	}
	c.Pauses = c.Pauses.withDefaults()
	runtime, err := filepath.Abs(c.RuntimeDir)
	if err != nil {
		return nil, err
	}
	directory := filepath.Join(runtime, "plugins")
	left, _ := os.ReadDir(directory)
	// Plugins of other users pass through it to a directory of their own.
	if err := os.MkdirAll(directory, 0o711); err != nil {
		return nil, fmt.Errorf("make a directory for the plugins' sockets: %w", err)
	}
	if err := os.Chmod(directory, 0o711); err != nil {
		return nil, err
	}
	h := &Host{config: c, directory: directory}
	h.running.Go(func() { h.sweep(left) })
	return h, nil
}

// sweep removes what plugins of another run have left, which is in nobody's way.
func (h *Host) sweep(left []os.DirEntry) {
	for _, one := range left {
		if err := host.Remove(filepath.Join(h.directory, one.Name())); err != nil {
			h.config.Log.Warn("what a plugin of another run has left cannot be removed", "err", err)
		}
	}
}

// Open returns the plugin of a spec. If it is open already, and its file had not
// changed at the last [Host.NoticeChanges], it is that one, which does not wait any
// longer if it does; else it is started. Another plugin of the same name goes on
// until [Host.Keep]. Open waits for nothing: [Plugin.Describe] does.
func (h *Host) Open(spec Spec) *Plugin {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.plugins {
		if p.spec.equal(spec) && !p.isOutdated() {
			p.Hurry()
			return p
		}
	}
	h.opened++
	p := newPlugin(h, spec, fmt.Sprintf("%s#%d", spec.Name, h.opened))
	if h.closed {
		p.stop(0)
		p.become(Stopped, nil, errStopping)
		return p
	}
	h.plugins = append(h.plugins, p)
	h.running.Go(p.run)
	return p
}

// Keep stops all plugins but these, and waits for nobody. Deliveries that are
// under way have two seconds.
func (h *Host) Keep(list ...*Plugin) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.plugins = slices.DeleteFunc(h.plugins, func(p *Plugin) bool {
		if slices.Contains(list, p) {
			return false
		}
		p.stop(2 * time.Second)
		return true
	})
}

// Plugins returns all that are open, in the order of [Host.Open].
func (h *Host) Plugins() []*Plugin {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.plugins)
}

// Close stops all plugins and waits for them. Deliveries that are under way may
// take as long as patience; after another second everything has been killed.
func (h *Host) Close(patience time.Duration) {
	h.mu.Lock()
	h.closed = true
	for _, p := range h.plugins {
		p.stop(patience)
	}
	h.plugins = nil
	h.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), patience+2*time.Second)
	defer cancel()
	ended := make(chan struct{})
	go func() {
		h.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		_ = os.Remove(h.directory)
	case <-ctx.Done():
		h.config.Log.Warn("a plugin does not end, and is left alone")
	}
}
