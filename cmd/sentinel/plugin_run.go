package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/sentinel-ha/sentinel/core/agent"
	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/sdk"
)

// runOnePlugin is `sentinel plugin run PLUGIN NAME=VALUE...`.
func runOnePlugin(env *environment, args []string) int {
	flags := newFlags(env, "plugin run [flags] PLUGIN NAME=VALUE...",
		"Runs a plugin's tracker, without a configuration or an agent, and prints a line\n"+
			"for every sample until it is interrupted; or gives a hook a test event.\n"+
			aPlugin+someValues+
			"Exit code: 0 its last sample was a verdict, the event was done; 1 it was not;\n2 usage.")
	var t trial
	t.output.register(flags)
	t.registerType(flags)
	count := flags.Int("count", 0, "stop after so many `samples` (default: never)")
	to := flags.String("to", "active", "the `state` that a hook is told: active, backup, fault or stopped")
	if code, ok := t.parse(env, flags, args, "run ./sentinel-tracker-mine path=/etc/hosts"); !ok {
		return code
	}
	t.warn(env)
	return t.use(env, slog.LevelInfo, func(ctx context.Context, p *pluginhost.Plugin, d pluginhost.Description) error {
		c, with, ok := t.component(env, d)
		switch {
		case !ok:
			return errSaid
		case c.Tracker != nil:
			return watchTracker(ctx, &samples{env: env, json: t.output.isJSON(), count: *count, measures: c.Tracker.Measures()}, *c.Tracker, with)
		}
		return t.callHook(ctx, env, p, c.Notifier, with, *to)
	})
}

// watchTracker prints what a tracker says until ctx ends or it is enough.
func watchTracker(ctx context.Context, s *samples, t sdk.Tracker, with config.Trial) error {
	ctx, s.enough = context.WithCancel(ctx)
	defer s.enough()
	s.header()
	s.before = time.Now()
	err := t.Run(ctx, with.Values, with.Schedule, s.print)
	switch {
	case err != nil:
		return err
	case s.last == sdk.Unknown:
		return errSaid
	}
	return nil
}

// samples prints samples as they come, from one goroutine.
type samples struct {
	env      *environment
	json     bool
	count    int // how many, or 0
	measures bool
	enough   context.CancelFunc

	before  time.Time // of the sample before this one
	last    sdk.Verdict
	printed int
}

// sampleRow has columns of fixed width, because the rows come one by one.
const sampleRow = "%-12s  %-9s  %8s  %8s  %s\n"

func (s *samples) header() {
	if !s.json {
		fmt.Fprintf(s.env.stdout, sampleRow, "TIME", "VERDICT", "VALUE", "AFTER", "REASON")
	}
}

func (s *samples) print(r sdk.Result) {
	if s.count > 0 && s.printed == s.count {
		return
	}
	now := time.Now()
	after := now.Sub(s.before).Round(100 * time.Microsecond)
	s.before, s.last = now, r.Verdict
	s.printed++
	var value *int64
	text := "-"
	if s.measures && r.Verdict != sdk.Unknown {
		value, text = &r.Value, fmt.Sprint(r.Value)
	}
	if s.json {
		line, _ := json.Marshal(sample{now, r.Verdict.String(), value, after.String(), r.Reason})
		fmt.Fprintf(s.env.stdout, "%s\n", line)
	} else {
		fmt.Fprintf(s.env.stdout, sampleRow, now.Format("15:04:05.000"), r.Verdict, text, after, oneLine(r.Reason))
	}
	if s.printed == s.count {
		s.enough()
	}
}

// sample is one line of JSON. After is how long the first one took, and how long
// after the one before it every other came.
type sample struct {
	Time    time.Time `json:"time"`
	Verdict string    `json:"verdict"`
	Value   *int64    `json:"value"`
	After   string    `json:"after"`
	Reason  string    `json:"reason"`
}

// callHook gives a notifier a test event.
func (t *trial) callHook(ctx context.Context, env *environment, p *pluginhost.Plugin, n *sdk.Notifier, with config.Trial, to string) error {
	node, _ := os.Hostname()
	event, err := agent.SampleEvent(node, to)
	if err != nil {
		return err
	}
	begun := time.Now()
	err = p.Deliver(ctx, begun.Add(with.Schedule.Timeout), "", n, with.Values, event)
	took := time.Since(begun).Round(time.Millisecond)
	switch {
	case sdk.IsRejected(err):
		return fmt.Errorf("rejected: %w", err)
	case err != nil:
		return fmt.Errorf("not done, and the agent would try again: %w", err)
	case t.output.isJSON():
		fmt.Fprintf(env.stdout, "{\"outcome\":\"done\",\"after\":%q}\n", took)
	default:
		fmt.Fprintf(env.stdout, "done after %v\n", took)
	}
	return nil
}
