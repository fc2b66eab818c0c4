package track

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

// Spec is a tracker to run.
type Spec struct {
	// Name is the tracker's, "tracker.file.app".
	Name string
	// Subject identifies what is watched: under another one the tracker is
	// started anew.
	Subject string
	// Process identifies who watches: with another one the tracker is started anew,
	// too, and goes on watching the same. Empty for those that need nobody else.
	Process string
	// Tracker is its type, Values and Schedule its configuration.
	Tracker  sdk.Tracker
	Values   sdk.Values
	Schedule sdk.Schedule
}

// Report is one sample of a tracker.
type Report struct {
	Name, Subject string
	Result        sdk.Result
}

// Runner keeps a set of trackers running. Make one with [NewRunner].
type Runner struct {
	report func(Report)

	mu      sync.Mutex
	running map[string]*run            // by name; guarded by mu
	last    map[string]<-chan struct{} // by name, closed when its newest run has ended; guarded by mu
	ended   sync.WaitGroup             // without those that end with somebody's process
}

// run is one running tracker.
type run struct {
	spec Spec
	stop context.CancelFunc
}

// patience is how long a tracker is kept from running because it still runs under
// its old configuration.
const patience = 5 * time.Second

// NewRunner returns a runner of nothing. report is called from any goroutine, and
// must not block.
func NewRunner(report func(Report)) *Runner {
	return &Runner{report: report, running: make(map[string]*run), last: make(map[string]<-chan struct{})}
}

// Set makes these the trackers that run. One that runs already with the same
// subject, process and schedule goes on undisturbed. One that is started anew runs when it has
// ended, so that two of its checks do not meet, or does not end within five seconds.
// Set waits for nobody: what ends may report once more.
func (r *Runner) Set(specs []Spec) {
	r.mu.Lock()
	defer r.mu.Unlock()
	wanted := make(map[string]Spec, len(specs))
	for _, spec := range specs {
		wanted[spec.Name] = spec
	}
	for name, running := range r.running {
		if spec, ok := wanted[name]; !ok || !spec.continues(running.spec) {
			running.stop()
			delete(r.running, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if r.running[name] == nil {
			r.start(wanted[name])
		}
	}
}

// continues reports whether a tracker that runs is what is wanted.
func (s Spec) continues(running Spec) bool {
	return s.Subject == running.Subject && s.Process == running.Process && s.Schedule == running.Schedule
}

func (r *Runner) start(spec Spec) {
	ctx, cancel := context.WithCancel(context.Background())
	before, ended := r.last[spec.Name], make(chan struct{})
	r.running[spec.Name], r.last[spec.Name] = &run{spec: spec, stop: cancel}, ended
	l := newLimiter(ctx, spec.Tracker.Gap(spec.Schedule), func(result sdk.Result) {
		r.report(Report{Name: spec.Name, Subject: spec.Subject, Result: result})
	})
	work := func() {
		defer r.over(spec.Name, ended)
		await(before) // also if this one is to end meanwhile: the next one waits for both
		keep(ctx, spec, l.report)
	}
	r.ended.Go(l.run)
	if spec.Process == "" {
		r.ended.Go(work)
	} else {
		go work()
	}
}

// await waits until a run has ended, if there is one, but not for ever.
func await(ended <-chan struct{}) {
	if ended == nil {
		return
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	}
}

// over says that a run has ended.
func (r *Runner) over(name string, ended chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(ended)
	if r.last[name] == (<-chan struct{})(ended) {
		delete(r.last, name)
	}
}

// Close ends all trackers and waits for them, for at most the time given. It
// reports whether all have ended. Those that need somebody's process are told, and
// end with that at the latest.
func (r *Runner) Close(patience time.Duration) bool {
	r.Set(nil)
	ended := make(chan struct{})
	go func() {
		r.ended.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return true
	case <-time.After(patience):
		return false
	}
}
