package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/sentinel-ha/sentinel/core/agent"
	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/plugintest"
)

// checkPlugin is `sentinel plugin check PLUGIN NAME=VALUE...`.
func checkPlugin(env *environment, args []string) int {
	flags := newFlags(env, "plugin check [flags] PLUGIN NAME=VALUE...",
		"Holds a plugin, in any language, to every promise of the protocol, and says what\n"+
			"was seen. It is started several times; trackers are run if they are configured\n"+
			"or need no configuration.\n"+aPlugin+someValues+
			"Exit code: 0 it keeps all that apply, 1 it does not, 2 usage.")
	var t trial
	t.output.register(flags)
	t.registerType(flags)
	deliver := flags.Bool("deliver", false, "give hooks a test event, twice: they do whatever they do")
	if code, ok := t.parse(env, flags, args, "check ./sentinel-tracker-mine path=/etc/hosts"); !ok {
		return code
	}
	ctx, cancel := interruptible()
	defer cancel()
	o := plugintest.Options{Path: t.spec.Path, Args: t.spec.Args, Deliver: *deliver}
	if len(t.words)+len(t.typ) > 0 && !t.configure(ctx, env, &o) {
		return exitFailed
	}
	r := &checkReport{env: env, json: t.output.isJSON(), Schema: "sentinel.check/1", Plugin: t.spec.Name, Passed: true}
	if t.spec.Path != "" {
		r.add(finding("owner and mode", "nobody else can change it", pluginhost.Verify(t.spec.Path)))
		r.add(finding("type", "it is none of Sentinel's own", checkName(t.spec.Path)))
	}
	if err := plugintest.Check(ctx, o, r.add); err != nil {
		return env.fail(unlessInterrupted(ctx, err, "before everything was checked"))
	}
	return r.end()
}

// configure understands the type and the words, for which it asks the plugin what there
// is. If that cannot be started, it is for the checks to find.
func (t *trial) configure(ctx context.Context, env *environment, o *plugintest.Options) (ok bool) {
	ok = true
	_ = agent.TryPlugin(ctx, t.spec, env.pluginLog(slog.LevelWarn), func(_ *pluginhost.Plugin, d pluginhost.Description) error {
		if len(t.words) == 0 {
			if _, err := agent.Pick(d, t.spec, t.typ); err != nil {
				_ = env.fail(err)
				ok = false
			}
			return nil
		}
		c, with, understood := t.component(env, d)
		ok = understood
		o.Config = map[string]sdk.Values{c.Name: with.Values}
		o.Interval, o.Timeout = with.Schedule.Interval, with.Schedule.Timeout
		return nil
	})
	return ok
}

// finding is about what the agent looks at before it runs anything.
func finding(check, seen string, err error) plugintest.Finding {
	if err != nil {
		return plugintest.Finding{Check: check, Outcome: plugintest.Failed, Reason: err.Error()}
	}
	return plugintest.Finding{Check: check, Outcome: plugintest.Passed, Reason: seen}
}

// checkReport is what was found. As text it is printed while it is found.
type checkReport struct {
	env  *environment
	json bool

	Schema   string               `json:"schema"`
	Plugin   string               `json:"plugin"`
	Passed   bool                 `json:"passed"`
	Findings []plugintest.Finding `json:"checks"`
}

func (r *checkReport) add(f plugintest.Finding) {
	r.Findings = append(r.Findings, f)
	if f.Outcome == plugintest.Failed {
		r.Passed = false
	}
	if !r.json {
		fmt.Fprintf(r.env.stdout, "%-4s  %-34s  %s\n", f.Outcome, oneLine(f.Check), oneLine(f.Reason))
	}
}

// end sums up.
func (r *checkReport) end() int {
	if r.json {
		if err := writeJSON(r.env.stdout, r); err != nil {
			return r.env.fail(err)
		}
	} else {
		counts := make(map[plugintest.Outcome]int)
		for _, f := range r.Findings {
			counts[f.Outcome]++
		}
		fmt.Fprintf(r.env.stdout, "\n%d passed, %d failed, %d do not apply\n",
			counts[plugintest.Passed], counts[plugintest.Failed], counts[plugintest.NotApplicable])
	}
	if !r.Passed {
		return exitFailed
	}
	return exitDone
}
