package notify_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sentinel-ha/sentinel/core/notify"
	"github.com/sentinel-ha/sentinel/sdk"
)

// The model is a list of everything that was ever posted, without bounds, retries
// or restarts. What the dispatcher does must be a way to tell that story: in order,
// with gaps, and with its end.

// channel is one queue of the model: a block and a subject.
type channel struct{ block, subject string }

// told is one delivery that was attempted.
type told struct {
	event sdk.Event
	ended bool
	err   error
	late  bool
}

// story is one run.
type story struct {
	t       *testing.T
	r       *rand.Rand
	blocks  []notify.Block
	states  map[string]string
	posted  map[string][]sdk.Event // by subject
	process *process
	trace   []string

	mu     sync.Mutex
	moods  *rand.Rand // of the hooks; guarded by mu, as all below
	calls  map[channel][]*told
	busy   map[channel]bool
	healed bool
}

// process is one life of the agent.
type process struct {
	dispatcher *notify.Dispatcher
	directory  string
	dead       bool
	// fates counts what became of each event, stands for how many it stood.
	fates                                          map[channel]map[string]int
	stands                                         map[channel]int
	called, delivered, rejected, retried, timedOut map[channel]uint64
	wanted                                         map[channel]uint64
}

func TestAgainstModel(t *testing.T) {
	seeds := uint64(400)
	if testing.Short() {
		seeds = 100
	}
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) { play(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// play plays random events to random hooks until everything is well again.
func play(t *testing.T, seed uint64) {
	s := &story{
		t: t, r: rand.New(rand.NewPCG(seed, 0)), moods: rand.New(rand.NewPCG(seed, 1)), states: make(map[string]string), posted: make(map[string][]sdk.Event),
		calls: make(map[channel][]*told), busy: make(map[channel]bool),
	}
	all := []string{"active", "backup", "fault", "stopped", "priority", "conflict", "tracker"}
	s.blocks = []notify.Block{
		{Name: "all", Via: "all", On: all, Retries: notify.Forever, ForAll: true},
		{Name: "states", Retries: 2, ForAll: true},
		{Name: "some", On: []string{"active", "conflict"}, Retries: notify.Forever, Subjects: in("A", "G")},
	}
	directory := ""
	if seed%4 == 0 { // the disk takes most of the time of this test
		directory = t.TempDir()
	}
	s.start(directory)
	for range 20 + s.r.IntN(40) {
		s.step()
	}
	s.mu.Lock()
	s.healed = true
	s.mu.Unlock()
	s.note("healed")
	pass(2 * time.Hour)
	s.check()
	if lost := stopWithin(s.process.dispatcher, 5*time.Second); lost != 0 {
		t.Errorf("%d lost although all is well", lost)
	}
	if t.Failed() {
		t.Log(strings.Join(s.trace, "\n"))
	}
}

func (s *story) note(format string, args ...any) {
	s.trace = append(s.trace, fmt.Sprintf(format, args...))
}

// step lets something happen.
func (s *story) step() {
	switch n := s.r.IntN(100); {
	case n < 55:
		s.change([]string{"A", "B", "G"}[s.r.IntN(3)])
	case n < 65:
		s.news([]string{"A", "B", "G"}[s.r.IntN(3)])
	case n < 70:
		for range s.r.IntN(200) {
			s.change("A")
			s.news("A")
		}
	case n < 90:
		d := time.Duration(s.r.Int64N(int64(20 * time.Second)))
		s.note("%v pass", d)
		pass(d)
	case n < 94:
		s.note("the plugin of all is restarted")
		s.process.dispatcher.Restarted("all")
	case n < 97:
		i := s.r.IntN(len(s.blocks))
		s.blocks[i].Identity = fmt.Sprint(s.r.IntN(3))
		s.note("reload, %s is %q", s.blocks[i].Name, s.blocks[i].Identity)
		s.process.dispatcher.Set(s.setup())
	case s.process.directory != "":
		s.crash()
	}
}

func (s *story) setup() notify.Setup {
	setup := notify.Setup{Subjects: in("A", "B", "G"), Blocks: slices.Clone(s.blocks)}
	p := s.process
	for i := range setup.Blocks {
		name := setup.Blocks[i].Name
		setup.Blocks[i].Timeout = 5 * time.Second
		setup.Blocks[i].Deliver = func(ctx context.Context, deadline time.Time, e sdk.Event) error {
			return s.deliver(ctx, deadline, p, name, e)
		}
	}
	return setup
}

func (s *story) start(directory string) {
	p := &process{
		directory: directory, fates: make(map[channel]map[string]int), stands: make(map[channel]int),
		called: make(map[channel]uint64), delivered: make(map[channel]uint64), rejected: make(map[channel]uint64), retried: make(map[channel]uint64),
		timedOut: make(map[channel]uint64), wanted: make(map[channel]uint64),
	}
	p.dispatcher = notify.New(directory, func(h notify.Happening) { s.happened(p, h) })
	s.process = p
	p.dispatcher.Set(s.setup())
	for _, subject := range []string{"A", "B", "G"} {
		s.states[subject] = "initialize"
		s.change(subject)
	}
}

// crash kills the agent, and starts another with what it left on disk.
func (s *story) crash() {
	directory := crash(s.t, s.process.directory)
	s.note("crash")
	s.mu.Lock()
	s.process.dead = true
	s.busy = make(map[channel]bool)
	s.mu.Unlock()
	s.start(directory)
}

func (s *story) change(subject string) {
	from, to := s.states[subject], ""
	for to == "" || to == from {
		to = []string{"active", "backup", "fault"}[s.r.IntN(3)]
	}
	s.states[subject] = to
	s.post(subject, change(subject, from, to))
}

func (s *story) news(subject string) {
	s.post(subject, news(subject, []sdk.EventKind{sdk.PriorityChange, sdk.Conflict, sdk.TrackerChange}[s.r.IntN(3)]))
}

func (s *story) post(subject string, e sdk.Event) {
	s.note("%s %s: %s %s>%s", e.ID, subject, e.Kind, e.From, e.To)
	s.posted[subject] = append(s.posted[subject], e)
	for _, b := range s.blocks {
		if s.wants(b.Name, subject, e) {
			s.process.wanted[channel{b.Name, subject}]++
		}
	}
	s.process.dispatcher.Post(e)
}

// wants is the configuration in the model's words.
func (s *story) wants(block, subject string, e sdk.Event) bool {
	state := e.Kind == sdk.Transition || e.Kind == sdk.Snapshot
	switch block {
	case "all":
		return true
	case "states":
		return state
	}
	return subject != "B" && (e.Kind == sdk.Conflict || state && e.To == "active")
}

func (s *story) happened(p *process, h notify.Happening) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch h.Outcome {
	case notify.Delivered, notify.Expired, notify.Rejected, notify.Lost:
		c := channel{h.Block, h.Subject.Name}
		if p.fates[c] == nil {
			p.fates[c] = make(map[string]int)
		}
		p.fates[c][h.Event.ID]++
		p.stands[c] += 1 + h.Event.Coalesced
	case notify.Retrying, notify.Overflowed, notify.RecordFailed, notify.Left:
	}
}

// deliver is a hook that does whatever hooks do.
func (s *story) deliver(ctx context.Context, deadline time.Time, p *process, block string, e sdk.Event) (err error) {
	c := channel{block, e.Instance + e.Group}
	s.mu.Lock()
	if p.dead {
		s.mu.Unlock()
		return sdk.Reject(errBroken)
	}
	if s.busy[c] {
		s.t.Errorf("two in flight for %v", c)
	}
	s.busy[c] = true
	p.called[c]++
	if list := s.calls[c]; len(list) > 0 && list[len(list)-1].event.ID == e.ID {
		p.retried[c]++
	}
	call := &told{event: e}
	s.calls[c] = append(s.calls[c], call)
	mood, wait := s.moods.IntN(100), time.Duration(s.moods.Int64N(int64(time.Minute)))
	if s.healed {
		mood = 0
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if p.dead {
			return
		}
		s.busy[c] = false
		call.ended, call.err, call.late = true, err, err != nil && !time.Now().Before(deadline)
		switch {
		case err == nil:
			p.delivered[c]++
		case sdk.IsRejected(err):
			p.rejected[c]++
		}
		if call.late {
			p.timedOut[c]++
		}
	}()
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	return behave(ctx, mood, wait)
}

func behave(ctx context.Context, mood int, wait time.Duration) error {
	switch {
	case mood < 40:
		return nil
	case mood < 55:
		time.Sleep(wait / 10)
		return nil
	case mood < 70:
		return errBroken
	case mood < 80:
		return sdk.RetryAfter(errBroken, wait)
	case mood < 90:
		<-ctx.Done()
		return ctx.Err()
	case mood < 93:
		time.Sleep(wait) // whatever the context says
		return errBroken
	case mood < 95:
		time.Sleep(wait)
		return nil
	}
	return sdk.Reject(errBroken)
}

// check compares what was told with the story.
func (s *story) check() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.blocks {
		for _, subject := range []string{"A", "B", "G"} {
			c := channel{b.Name, subject}
			if !b.ForAll && subject == "B" {
				if len(s.calls[c]) > 0 {
					s.t.Errorf("%v is not bound", c)
				}
				continue
			}
			s.checkOrder(c)
			s.checkEnd(c, b.Retries)
			s.checkCounts(c)
		}
	}
	balanced(s.t, s.process.dispatcher.Status())
}

// checkOrder: what was told is what was posted and wanted, in that order, and again
// only if it failed or as a reminder.
func (s *story) checkOrder(c channel) {
	index := make(map[string]int)
	for i, e := range s.posted[c.subject] {
		index[e.ID] = i
	}
	last, lastState, lastID := -1, -1, ""
	for i, call := range s.calls[c] {
		id, _, reminder := strings.Cut(call.event.ID, "-snapshot-")
		at, ok := index[id]
		if !ok || !s.wants(c.block, c.subject, call.event) || call.event.To != s.posted[c.subject][at].To {
			s.t.Errorf("%v was told of %+v", c, call.event)
		}
		if reminder { // of the newest state at that time, whatever came after it
			if at < lastState {
				s.t.Errorf("%v was reminded of %s after a newer state", c, call.event.ID)
			}
			at = max(at, last)
		} else if at < last || at == last && call.event.ID != lastID {
			s.t.Errorf("%v was told of %s after %s", c, call.event.ID, lastID)
		}
		if call.event.To != "" {
			lastState = index[id]
		}
		if call.event.ID == lastID && s.calls[c][i-1].ended && s.calls[c][i-1].err == nil {
			s.t.Errorf("%v was told of %s twice", c, lastID)
		}
		last, lastID = at, call.event.ID
	}
}

// checkEnd: the newest state was delivered, unless the hook would not have it.
func (s *story) checkEnd(c channel, retries int) {
	newest := sdk.Event{Kind: sdk.Snapshot, To: s.states[c.subject]}
	if !s.wants(c.block, c.subject, newest) {
		return
	}
	var last *told
	attempts := 0
	for _, call := range s.calls[c] {
		if call.event.To == "" {
			continue
		}
		if attempts++; last != nil && last.event.ID != call.event.ID {
			attempts = 1
		}
		last = call
	}
	switch {
	case last == nil || last.event.To != newest.To:
		s.t.Errorf("%v was never told of %s", c, newest.To)
	case !last.ended:
		s.t.Errorf("%v is still being told of %s", c, newest.To)
	case last.err == nil, sdk.IsRejected(last.err):
	case retries >= 0 && attempts > retries:
	default:
		s.t.Errorf("%v: %s was given up after %d attempts: %v", c, newest.To, attempts, last.err)
	}
}

// checkCounts: every event has one fate, and the counters say which.
func (s *story) checkCounts(c channel) {
	p := s.process
	fates := 0
	for id, n := range p.fates[c] {
		if n != 1 {
			s.t.Errorf("%v: %s has %d fates", c, id, n)
		}
		fates += n
	}
	for _, q := range p.dispatcher.Status().Queues {
		if q.Block != c.block || q.Subject.Name != c.subject {
			continue
		}
		k := q.Counters
		if q.State != "idle" || q.Pending != 0 {
			s.t.Errorf("%v: %+v", c, q)
		}
		if k.Called != p.called[c] || k.Delivered != p.delivered[c] || k.Rejected != p.rejected[c] || k.Retried != p.retried[c] || k.TimedOut != p.timedOut[c] {
			s.t.Errorf("%v: %+v, but %d called, %d delivered, %d rejected, %d retried, %d timed out", c, k,
				p.called[c], p.delivered[c], p.rejected[c], p.retried[c], p.timedOut[c])
		}
		if k.Delivered+k.Expired+k.Rejected+k.Lost != uint64(fates) || k.Lost != 0 || k.Queued < p.wanted[c] {
			s.t.Errorf("%v: %+v, but %d fates and %d wanted", c, k, fates, p.wanted[c])
		}
		// What was merged is found again in what it was merged into, unless that was
		// no news.
		if c.block == "all" && k.Unchanged == 0 && uint64(p.stands[c]) != k.Queued {
			s.t.Errorf("%v: %+v, but they stand for %d", c, k, p.stands[c])
		}
	}
}
