package notify_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/notify"
	"github.com/sentinel-ha/sentinel/sdk"
)

// hook is a block whose deliveries are written down. It fails a test in which two
// are in flight for one subject.
type hook struct {
	t     *testing.T
	block notify.Block
	began time.Time
	// behave is what a delivery does; nil succeeds at once.
	behave func(ctx context.Context, e sdk.Event) error
	// overtime is how much later than the deadline behave is told of it.
	overtime time.Duration

	mu    sync.Mutex
	calls []string
	busy  map[notify.Subject]bool
}

// newHook returns one that is bound to every subject.
func newHook(t *testing.T, name string, behave func(context.Context, sdk.Event) error) *hook {
	h := &hook{t: t, began: time.Now(), behave: behave, busy: make(map[notify.Subject]bool)}
	h.block = notify.Block{Name: name, Via: name, Retries: notify.Forever, ForAll: true, Deliver: h.deliver}
	return h
}

func (h *hook) deliver(ctx context.Context, deadline time.Time, e sdk.Event) error {
	ctx, cancel := context.WithDeadline(ctx, deadline.Add(h.overtime))
	defer cancel()
	subject := notify.SubjectOf(e)
	h.mu.Lock()
	if h.busy[subject] {
		h.t.Errorf("%s: two deliveries in flight for %v", h.block.Name, subject)
	}
	h.busy[subject] = true
	h.calls = append(h.calls, h.line(e))
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		h.busy[subject] = false
		h.mu.Unlock()
	}()
	if h.behave == nil {
		return nil
	}
	return h.behave(ctx, e)
}

// line writes down a delivery: when, to whom, what.
func (h *hook) line(e sdk.Event) string {
	text := fmt.Sprintf("%v %s%s ", time.Since(h.began), e.Instance, e.Group)
	switch e.Kind {
	case sdk.Transition:
		text += e.From + ">" + e.To
	case sdk.Snapshot:
		text += "=" + e.To
	default:
		text += string(e.Kind)
	}
	if e.Coalesced > 0 {
		text += fmt.Sprintf("+%d", e.Coalesced)
	}
	return text
}

// expect compares what was delivered since the last time, subject by subject.
func (h *hook) expect(want ...string) {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	slices.SortStableFunc(h.calls, func(a, b string) int {
		return strings.Compare(strings.Fields(a)[1], strings.Fields(b)[1])
	})
	if diff := cmp.Diff(want, h.calls); diff != "" {
		h.t.Errorf("%s (-want +got):\n%s", h.block.Name, diff)
	}
	h.calls = nil
}

// in is the subjects of these names; a group's begins with G.
func in(names ...string) []notify.Subject {
	var list []notify.Subject
	for _, name := range names {
		list = append(list, notify.Subject{Name: name, Group: name[0] == 'G'})
	}
	return list
}

// setup binds hooks to subjects.
func setup(subjects []notify.Subject, hooks ...*hook) notify.Setup {
	s := notify.Setup{Subjects: subjects}
	for _, h := range hooks {
		s.Blocks = append(s.Blocks, h.block)
	}
	return s
}

var lastID int

// change returns a transition of a subject.
func change(subject, from, to string) sdk.Event {
	lastID++
	e := sdk.Event{ID: fmt.Sprintf("e%d", lastID), Kind: sdk.Transition, Time: time.Now(), From: from, To: to}
	if subject[0] == 'G' {
		e.Group = subject
	} else {
		e.Instance, e.Priority = subject, 100
	}
	return e
}

// news returns an event that is no state.
func news(subject string, kind sdk.EventKind) sdk.Event {
	e := change(subject, "", "")
	e.Kind = kind
	return e
}

// silent ignores what happens.
func silent(notify.Happening) {}

// stopWithin stops a dispatcher with a budget and returns what that lost.
func stopWithin(d *notify.Dispatcher, budget time.Duration) int {
	ctx, cancel := context.WithTimeout(context.Background(), budget)
	defer cancel()
	return d.Stop(ctx)
}

// balanced checks that everything that was queued is counted under what became of
// it.
func balanced(t *testing.T, s notify.Status) {
	t.Helper()
	pending := uint64(0)
	for _, q := range s.Queues {
		if q.Event != nil {
			pending++
		}
		pending += uint64(q.Pending) // exact if nothing pending is silent
	}
	c := s.Total
	if got := c.Delivered + c.Coalesced + c.Expired + c.Rejected + c.Unchanged + c.Lost + pending; got != c.Queued {
		t.Errorf("%d are accounted for of %+v", got, c)
	}
}

// pass lets time pass, and everybody do what there is to do.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
