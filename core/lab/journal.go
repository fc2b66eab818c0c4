package lab

import (
	"context"
	"slices"
	"sync"
)

// journal is a list that only grows and can be waited on. It forgets its oldest
// entries, a limit's worth at a time, and keeps at least the newest limit.
type journal[T any] struct {
	limit int

	mu      sync.Mutex // guards the rest
	entries []T
	dropped int           // how many were forgotten
	grown   chan struct{} // closed by the next add; nil while nobody waits
}

func newJournal[T any](limit int) *journal[T] { return &journal[T]{limit: limit} }

func (j *journal[T]) add(entry T) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.entries) >= 2*j.limit {
		j.entries = append(j.entries[:0:0], j.entries[j.limit:]...)
		j.dropped += j.limit
	}
	j.entries = append(j.entries, entry)
	if j.grown != nil {
		close(j.grown)
		j.grown = nil
	}
}

// all returns a copy of what is remembered.
func (j *journal[T]) all() []T {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.entries)
}

// wait returns the first entry that matches, among those there are and those to
// come, or the context's error.
func (j *journal[T]) wait(ctx context.Context, match func(T) bool) (T, error) {
	for next := 0; ; {
		fresh, end, grown := j.after(next)
		if i := slices.IndexFunc(fresh, match); i >= 0 {
			return fresh[i], nil
		}
		next = end
		select {
		case <-grown:
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
	}
}

// after returns the entries from number next on, the number that comes after
// them, and a channel that is closed when there is more.
func (j *journal[T]) after(next int) (fresh []T, end int, grown <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.grown == nil {
		j.grown = make(chan struct{})
	}
	fresh = slices.Clone(j.entries[max(0, next-j.dropped):])
	return fresh, j.dropped + len(j.entries), j.grown
}
