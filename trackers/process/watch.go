package process

import (
	"context"
	"sync"

	"github.com/sentinel-ha/sentinel/sdk"
)

// watch is one tracker that is being run.
type watch struct {
	config  config
	matcher *matcher

	// The monitor's goroutine alone uses these.
	scanned bool             // since it was added
	changed bool             // judge again
	tell    func(sdk.Result) // reports a result that differs from the last one

	mu     sync.Mutex // guards report
	report func(sdk.Result)
}

func newWatch(c config, report func(sdk.Result)) *watch {
	w := &watch{config: c, matcher: newMatcher(c), report: report}
	w.tell = sdk.Changes(w.pass)
	return w
}

// end makes sure that nothing more is reported.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.report = nil
}

// pass reports a result until the end.
func (w *watch) pass(result sdk.Result) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.report != nil {
		w.report(result)
	}
}

// shared runs the trackers of this program.
var shared = &hub{root: "/proc", connect: connect}

// hub has one monitor for all watches, while there are any.
type hub struct {
	root    string
	connect func() (*connector, error)

	mu      sync.Mutex // guards the rest
	monitor *monitor
}

// watch watches processes until ctx ends.
func (h *hub) watch(ctx context.Context, c config, report func(sdk.Result)) error {
	m := h.join()
	defer h.leave(m)
	w := newWatch(c, report)
	m.add(w)
	defer m.remove(w)
	select {
	case <-ctx.Done():
		return nil
	case <-m.ended:
		return m.err
	}
}

// join returns the monitor, which it starts if there is none.
func (h *hub) join() *monitor {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.monitor == nil {
		h.monitor = startMonitor(h.root, h.connect)
	}
	h.monitor.users++
	return h.monitor
}

// leave ends a monitor that is no longer used and waits for its end. One that has
// failed is not given to anybody else.
func (h *hub) leave(m *monitor) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m.users--
	last := m.users == 0
	if last {
		m.stop()
		<-m.ended
	}
	select {
	case <-m.ended:
		if h.monitor == m {
			h.monitor = nil
		}
	default:
	}
}
