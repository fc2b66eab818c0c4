package plugintest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/host"
)

// trial is one type of tracker or notifier on trial.
type trial struct {
	kind string // "tracker" or "notify"
	host.Type
}

func checksOfTracker(of host.Type) []check {
	t := trial{"tracker", of}
	name := t.kind + " " + t.Name + ": "
	list := []check{
		{name + "validation", t.validates},
		{name + "first sample", t.samples},
		{name + "many at once", t.together},
		{name + "cancelled", t.ends},
		{name + "untracked", t.untracks},
	}
	if !t.Polled {
		list = append(list, check{name + "signs of life", t.breathes})
	}
	return list
}

// config returns the configuration, and whether it was given.
func (t *trial) config(s *subject) (values sdk.Values, given bool) {
	values, given = s.options.Config[t.kind+"."+t.Name]
	return values, given
}

// asks asks the plugin what is wrong with a configuration.
func (t *trial) asks(ctx context.Context, p *host.Plugin, values sdk.Values) error {
	if t.kind == "tracker" {
		return p.ValidateTracker(ctx, t.Name, values)
	}
	return p.ValidateNotifier(ctx, t.Name, values)
}

// validate asks once what is wrong with the configuration.
func (t *trial) validate(ctx context.Context, s *subject) (err error) {
	p, err := s.host(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	values, _ := t.config(s)
	err = t.asks(ctx, p, values)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return slow("Validate has no answer within %v", soon)
	case p.Err() != nil:
		return fmt.Errorf("it does not survive Validate: %w", p.Err())
	}
	if failed, ok := errors.AsType[*host.CallError](err); ok {
		return fmt.Errorf("it has no answer to Validate: %w", failed)
	}
	if err != nil {
		return &refusal{err}
	}
	return nil
}

// refusal is what a plugin says about a configuration.
type refusal struct{ err error }

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// validates: the same question has the same answer, and no other effect.
func (t *trial) validates(ctx context.Context, s *subject) (string, error) {
	p, err := s.host(ctx)
	if err != nil {
		return "", err
	}
	before := family(p.Pid())
	var answers [2]string
	for i := range answers {
		err := t.validate(ctx, s)
		if r := new(refusal); err != nil && !errors.As(err, &r) {
			return "", err
		}
		answers[i] = "nothing is wrong"
		if err != nil {
			answers[i] = err.Error()
		}
	}
	if answers[0] != answers[1] {
		return "", fmt.Errorf("it says %q and, asked again, %q", answers[0], answers[1])
	}
	if left := await(soon, func() []relative { return family(p.Pid()).except(before) }); len(left) > 0 {
		return "", fmt.Errorf("it has started %s: Validate must have no effect", names(left))
	}
	return "twice the same: " + answers[0], nil
}

// configured returns the configuration to run with, if there is a good one.
func (t *trial) configured(ctx context.Context, s *subject) (sdk.Values, error) {
	values, given := t.config(s)
	err := t.Schema.Check(values)
	if err == nil {
		err = t.validate(ctx, s)
	} else {
		err = &refusal{err}
	}
	if r := new(refusal); errors.As(err, &r) && !given {
		return nil, notApplicable("it needs a configuration: %v", err)
	} else if errors.As(err, &r) {
		return nil, fmt.Errorf("it refuses the configuration: %w", err)
	}
	return values, err
}

// ready returns the plugin as the agent runs it, and the configuration.
func (t *trial) ready(ctx context.Context, s *subject) (*host.Plugin, sdk.Values, error) {
	values, err := t.configured(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	p, err := s.host(ctx)
	return p, values, err
}

// schedule is that of the tracker.
func (t *trial) schedule(s *subject) sdk.Schedule {
	return sdk.Schedule{Interval: s.options.Interval, Timeout: s.options.Timeout}
}

// patience is how long the first sample may take.
func (t *trial) patience(s *subject) time.Duration {
	if t.Polled {
		return s.options.Timeout + soon
	}
	return soon
}

// samples: the first sample comes in time.
func (t *trial) samples(ctx context.Context, s *subject) (string, error) {
	p, values, err := t.ready(ctx, s)
	if err != nil {
		return "", err
	}
	r, took, err := first(ctx, p, t.Name, values, t.schedule(s), t.patience(s))
	if err != nil {
		return "", err
	}
	if !t.Measures && r.Value != 0 {
		return "", fmt.Errorf("it says %d, a number, and its description does not say that it measures: while it is healthy it counts as unknown", r.Value)
	}
	seen := fmt.Sprintf("%v after %s: %s", r.Verdict, rounded(took), shortened(r.Reason))
	if t.Measures && r.Verdict == sdk.Unhealthy {
		seen += "; it measures, and this is no number: it counts as unknown"
	}
	return seen, nil
}

// forSome returns a context that is cancelled after a time. The other side does not
// know of it, as it would of a deadline.
func forSome(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	timer := time.AfterFunc(limit, cancel)
	return ctx, func() {
		timer.Stop()
		cancel()
	}
}

// first runs a tracker until its first sample, and returns that and how long it took.
func first(ctx context.Context, p *host.Plugin, name string, values sdk.Values, schedule sdk.Schedule, patience time.Duration) (r sdk.Result, took time.Duration, err error) {
	ctx, cancel := forSome(ctx, patience)
	defer cancel()
	begun, heard := time.Now(), false
	err = p.Track(ctx, name, values, schedule, func(sample sdk.Result) {
		if !heard && !host.IsSilence(sample) {
			r, took, heard = sample, time.Since(begun), true
			cancel()
		}
	})
	switch {
	case heard:
		return r, took, nil
	case err != nil:
		return r, 0, err
	}
	return r, 0, slow("there is no sample within %v", patience)
}

// many is how many blocks of one type there may well be: more than the threads of many
// a pool.
const many = 16

// together: blocks of one type are as many trackers, and what is asked besides is
// answered.
func (t *trial) together(ctx context.Context, s *subject) (string, error) {
	p, values, err := t.ready(ctx, s)
	if err != nil {
		return "", err
	}
	results := make(chan sdk.Result, many)
	ended := make(chan error, many)
	running, cancel := forSome(ctx, t.patience(s))
	for range many {
		go func() {
			once := false
			ended <- p.Track(running, t.Name, values, t.schedule(s), func(r sdk.Result) {
				if !once && !host.IsSilence(r) {
					once = true
					results <- r
				}
			})
		}()
	}
	defer func() {
		cancel()
		for range many {
			<-ended
		}
	}()
	for n := range many {
		select {
		case <-results:
		case err := <-ended:
			ended <- nil // it is still counted
			if err != nil {
				return "", err
			}
			return "", slow("only %d of %d trackers have a sample within %v: each is a call that lasts, and may need a thread of its own", n, many, t.patience(s))
		}
	}
	if err := t.validate(ctx, s); err != nil {
		return "", fmt.Errorf("while there are %d trackers, each a call that lasts and may need a thread of its own: %w", many, err)
	}
	return fmt.Sprintf("%d have a sample", many), nil
}

// silence is how long a tracker that is not polled may say nothing. It says
// something every second, and is taken for dead after three.
const (
	silence  = 2 * time.Second
	listened = 3500 * time.Millisecond
)

// breathes: one that has nothing to say says that it lives.
func (t *trial) breathes(ctx context.Context, s *subject) (string, error) {
	values, err := t.configured(ctx, s)
	if err != nil {
		return "", err
	}
	bare, err := s.talk(ctx)
	if err != nil {
		return "", err
	}
	count, last, longest := 0, time.Now(), time.Duration(0)
	ctx, cancel := forSome(ctx, listened)
	defer cancel()
	calls, err := t.track(ctx, s, bare, values, 0)
	for err == nil {
		if _, err = calls.Recv(); err == nil {
			count++
		}
		longest = max(longest, time.Since(last))
		last = time.Now()
	}
	switch {
	case ctx.Err() == nil:
		return "", bare.why("Track", listened, err)
	case longest > silence:
		return "", slow("it said nothing for %v, and must every second", rounded(longest))
	}
	return fmt.Sprintf("%d messages in %v", count, listened), nil
}
