package plugintest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

// Options say what to check, and how.
type Options struct {
	// Path is the executable. Empty: the program that runs now.
	Path string
	// Args are its arguments. A file in plugin_dir gets none.
	Args []string
	// Config holds configurations by "tracker.NAME" or "notify.NAME", where NAME is that
	// of the type. A type without one is run with an empty configuration, if that is
	// valid.
	Config map[string]sdk.Values
	// Interval and Timeout are those of polled trackers. 0: 1 s.
	Interval, Timeout time.Duration
	// Deliver: a test event is delivered to each notifier, twice, with all that this
	// causes.
	Deliver bool
	// Log gets the lines that the plugin logs. nil: they are discarded.
	Log *slog.Logger
}

// Outcome is how a check ended.
type Outcome string

// The outcomes. NotApplicable means that the check says nothing about this plugin.
const (
	Passed        Outcome = "pass"
	Failed        Outcome = "fail"
	NotApplicable Outcome = "n/a"
)

// Finding is what one check found.
type Finding struct {
	// Check is the check's name, such as "tracker tcp: first sample".
	Check string `json:"check"`
	// Outcome is how it ended.
	Outcome Outcome `json:"outcome"`
	// Reason says what was seen, what is wrong, or why it does not apply.
	Reason string `json:"reason"`
}

// Check makes all checks that apply to a plugin, one after the other, and calls report
// for each when it has ended. It takes seconds to minutes, and ends every process of the
// plugin. It returns an error only if the checks could not be made, or ctx has ended.
func Check(ctx context.Context, o Options, report func(Finding)) error {
	s, err := newSubject(o)
	if err != nil {
		return err
	}
	defer s.close()
	for _, c := range checksOfAll {
		report(c.run(ctx, s))
	}
	for _, t := range s.description.Trackers {
		for _, c := range checksOfTracker(t) {
			report(c.run(ctx, s))
		}
	}
	for _, t := range s.description.Notifiers {
		for _, c := range checksOfNotifier(t) {
			report(c.run(ctx, s))
		}
	}
	for _, c := range checksAtTheEnd {
		report(c.run(ctx, s))
	}
	return ctx.Err()
}

// check is one promise and how it is seen to be kept. try returns what was seen;
// an error is what is wrong, errNotApplicable and errSlow are special.
type check struct {
	name string
	try  func(ctx context.Context, s *subject) (seen string, err error)
}

// checksOfAll come first. The later ones need what the earlier ones have started.
var checksOfAll = []check{
	{"by hand", byHand},
	{"handshake", handshake},
	{"launch", launch},
	{"description", describe},
	{"documentation", documented},
	{"file name", fileName},
	{"unknown type", unknownType},
	{"pulse", pulse},
}

// checksAtTheEnd come last: the plugin has been used, and is ended.
var checksAtTheEnd = []check{
	{"signals", signals},
	{"end of input", endOfInput},
	{"nothing left", nothingLeft},
}

// longestCheck bounds one that has no bound of its own.
const longestCheck = 30 * time.Second

func (c *check) run(ctx context.Context, s *subject) Finding {
	seen, err := c.once(ctx, s)
	if slow := new(errSlow); errors.As(err, &slow) {
		seen, err = c.once(ctx, s)
	}
	skip := new(errNotApplicable)
	switch {
	case err == nil:
		return Finding{c.name, Passed, seen}
	case errors.As(err, &skip):
		return Finding{c.name, NotApplicable, err.Error()}
	}
	return Finding{c.name, Failed, err.Error()}
}

func (c *check) once(ctx context.Context, s *subject) (string, error) {
	if ctx.Err() != nil {
		return "", notApplicable("it was interrupted")
	}
	limited, cancel := context.WithTimeout(ctx, longestCheck)
	defer cancel()
	seen, err := c.try(limited, s)
	if err != nil && ctx.Err() != nil { // which says nothing about the plugin
		return "", notApplicable("it was interrupted")
	}
	return seen, err
}

// errNotApplicable says why a check says nothing about this plugin.
type errNotApplicable struct{ reason string }

func (e *errNotApplicable) Error() string { return e.reason }

func notApplicable(format string, args ...any) error {
	return &errNotApplicable{fmt.Sprintf(format, args...)}
}

// errSlow says that something took too long, here and now.
type errSlow struct{ reason string }

func (e *errSlow) Error() string { return e.reason }

func slow(format string, args ...any) error { return &errSlow{fmt.Sprintf(format, args...)} }
