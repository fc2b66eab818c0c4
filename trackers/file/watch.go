package file

import (
	"context"
	"path/filepath"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

const (
	// readGap is the shortest time between two looks. The first change is followed
	// at once.
	readGap = 10 * time.Millisecond
	// emptyGap is the same after an empty file was seen. It was probably truncated in
	// order to be written, so that after the first time there is no gap at all.
	emptyGap = time.Millisecond
	// emptyPatience is how long a file may be empty.
	emptyPatience = 20 * time.Millisecond
	// fluxPatience is how long a file may be empty whenever it is looked at, though
	// it is written all the time.
	fluxPatience = time.Second
	// safetyInterval is the time between looks that nothing has asked for.
	safetyInterval = 10 * time.Second
	// doubtInterval is the same where some changes are known not to be told: of
	// mounts, or by another name of the file.
	doubtInterval = 3 * time.Second
	// pollInterval is the same where events cannot be relied on.
	pollInterval = time.Second
	// stuckAfter is how long a file system may take to answer.
	stuckAfter = 2 * time.Second
)

// watch is a tracker of one file.
type watch struct {
	config
	hub      *hub
	listener *listener

	started    bool
	initialErr error // why initial_value was not written

	emptySince time.Time // when the file was first seen empty as it is; zero: it is not
	emptyStamp time.Time // its time of modification then
	fluxSince  time.Time // when it was first seen empty at all
}

// look is what was seen at one time.
type look struct {
	result  sdk.Result
	settled bool          // it is worth a report
	gap     time.Duration // no look before this is over
	again   time.Duration // a look when this is over, whatever happens
}

func newWatch(h *hub, c config) *watch {
	return &watch{config: c, hub: h, listener: newListener()}
}

// run reports what is in the file until ctx ends.
//
// Every look is made on a goroutine of its own, because a file system may never
// answer. Such a goroutine is left behind when ctx ends, and ends when there is an
// answer.
func (w *watch) run(ctx context.Context, report func(sdk.Result)) error {
	tell := sdk.Changes(report)
	for ctx.Err() == nil {
		done := make(chan look, 1)
		go func() { done <- w.look(time.Now()) }()
		l, ok := await(done)
		if !ok {
			tell(sdk.CannotTell("%s: no answer from the file system for %v", w.Path, stuckAfter))
			select {
			case l = <-done:
			case <-ctx.Done():
				go func() { <-done; w.hub.leave(w.listener) }()
				return nil
			}
		}
		if l.settled {
			tell(l.result)
		}
		w.wait(ctx, l)
	}
	w.hub.leave(w.listener)
	return nil
}

// await returns a look, unless it takes too long. It waits in two parts, as after a
// pause of the whole machine the first is over whatever the file system did.
func await(done <-chan look) (l look, ok bool) {
	for range 2 {
		select {
		case l = <-done:
			return l, true
		case <-time.After(stuckAfter / 2):
		}
	}
	return look{}, false
}

// wait returns when it is time for another look, or ctx ends.
func (w *watch) wait(ctx context.Context, l look) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(l.gap):
	}
	select {
	case <-ctx.Done():
	case <-w.listener.changed:
	case <-time.After(l.again - l.gap):
	}
}

// look follows the path and reads what is at its end.
func (w *watch) look(now time.Time) look {
	if !w.started && w.InitialValue != nil {
		w.initialErr = create(w.Path, *w.InitialValue)
	}
	w.started = true
	l := look{settled: true, gap: readGap, again: safetyInterval}
	content, err, deaf := w.read()
	switch {
	case err != nil:
		l.result = sdk.CannotTell("%s", w.explain(err))
	case content.empty():
		l.result = sdk.CannotTell("%s is empty", w.Path)
		l.settled = w.stayedEmpty(now, content.modified)
	default:
		l.result = w.judge(content, &l)
	}
	if err != nil || !content.empty() {
		w.emptySince, w.fluxSince = time.Time{}, time.Time{}
	}
	if !l.settled {
		l.gap, l.again = emptyGap, emptyPatience
		if w.fluxSince.Equal(now) {
			l.gap = 0
		}
	}
	if content.shared || !w.hub.complete.Load() {
		l.again = min(l.again, doubtInterval)
	}
	if deaf != nil {
		l.again = min(l.again, pollInterval)
		l.result.Reason += ", read every second: " + deaf.Error()
	}
	return l
}

// read follows the path, watching the directories on the way, and reads the file.
// deaf is why changes will not be heard of.
func (w *watch) read() (content content, err, deaf error) {
	route := make([]step, 0, len(w.listener.route))
	place, err := follow(w.Path, func(s step) {
		route = append(route, s)
		if err := w.hub.listen(w.listener, s); err != nil && deaf == nil {
			deaf = err
		}
	})
	w.hub.keep(w.listener, route)
	if err == nil {
		if content, err = read(place); err != nil {
			err = &placeError{place, err}
		}
		// Only a link leads to a file of somebody else's, such as root's password.
		content.private = content.private && (content.swapped || place != filepath.Clean(w.Path))
	}
	return content, err, deaf
}

// judge parses a content, unless it is too old.
func (w *watch) judge(c content, l *look) sdk.Result {
	if w.MaxAge > 0 {
		left := time.Until(c.modified.Add(w.MaxAge))
		if left <= 0 {
			return sdk.CannotTell("%s was last written more than %v ago", w.Path, w.MaxAge)
		}
		l.again = min(l.again, left+time.Millisecond)
	}
	value, err := parse(c.text)
	if err != nil && c.private {
		return sdk.CannotTell("%s does not hold a whole number, and leads to a file that not everybody may read", w.Path)
	}
	if err != nil {
		return sdk.CannotTell("%s holds %v", w.Path, err)
	}
	return sdk.Measured(value, "%s holds %d", w.Path, value)
}

// stayedEmpty reports whether a file that is empty now was so for long enough to
// believe it. One that is written again and again may be caught empty many times,
// but not in the same state.
func (w *watch) stayedEmpty(now, modified time.Time) bool {
	if w.fluxSince.IsZero() {
		w.fluxSince = now
	}
	if w.emptySince.IsZero() || !modified.Equal(w.emptyStamp) {
		w.emptySince, w.emptyStamp = now, modified
	}
	return now.Sub(w.emptySince) >= emptyPatience || now.Sub(w.fluxSince) >= fluxPatience
}
