package pluginhost

import (
	"context"
	"sync"
	"time"

	"github.com/sentinel-ha/sentinel/sdk/probe"
)

// lookTakes is how long a look at a file may take. Half of it is for the file to be
// opened.
const lookTakes = time.Second

// Look returns what look finds out about a file, after it, and its interpreter if it
// is a script, could be opened. ok is false if all that takes more than a second, as
// on a file system that does not answer.
func Look[T any](path string, look func() T) (seen T, ok bool) {
	ctx, cancel := context.WithTimeout(context.Background(), lookTakes)
	defer cancel()
	if probe.Program(ctx, path, path) != nil {
		return seen, false
	}
	return answered(ctx, look)
}

// answered returns what look finds out; ok is false if ctx ends before that.
func answered[T any](ctx context.Context, look func() T) (seen T, ok bool) {
	done := make(chan T, 1)
	go func() { done <- look() }() // ends when the file system answers
	select {
	case seen = <-done:
		return seen, true
	case <-ctx.Done():
		return seen, false
	}
}

// NoticeChanges looks at the files of all plugins at the same time, a second at most.
// [Host.Open] goes by what it has found.
func (h *Host) NoticeChanges() {
	var looked sync.WaitGroup
	for _, p := range h.Plugins() {
		looked.Go(func() {
			changed := p.changed()
			p.mu.Lock()
			defer p.mu.Unlock()
			p.outdated = changed
		})
	}
	looked.Wait()
}

// changed reports whether the file is not the one that runs. One that cannot be
// looked at has not changed.
func (p *Plugin) changed() bool {
	program := p.hasOpened()
	if program == nil || p.spec.Path == "" {
		return false
	}
	changed, _ := Look(p.spec.Path, program.Changed)
	return changed
}

// isOutdated reports whether the file had changed when that was last noticed.
func (p *Plugin) isOutdated() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.outdated
}
