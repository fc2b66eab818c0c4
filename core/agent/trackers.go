package agent

import (
	"cmp"
	"maps"
	"time"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/track"
	"github.com/sentinel-ha/sentinel/sdk"
)

// pluginStart is how much longer a router waits for a first verdict if a plugin
// has to be started for it, unless its block says how long that may take.
const pluginStart = 5 * time.Second

// setup returns what the engine needs to know of a configuration. An observer runs
// no plugins, and takes what they would watch for healthy.
func (a *agent) setup(conf *config.Config) engine.Setup {
	s := engine.Setup{Routers: conf.Routers, Terms: conf.Terms, Groups: conf.Groups}
	for _, t := range conf.Trackers {
		if !isInternal(t.Type.Name()) {
			plugin, _ := a.catalog.Load().trackerPlugin(&t)
			t.Rules.StartWait += cmp.Or(plugin.StartTimeout, pluginStart)
			if a.options.Observe {
				t.Rules.OnStart = priority.Pass
			}
		}
		s.Trackers = append(s.Trackers, t.Rules)
	}
	return s
}

// specs returns which trackers are to run. An observer changes nothing, so that
// no file gets an initial value, and runs nothing.
func (a *agent) specs() []track.Spec {
	var list []track.Spec
	for i := range a.config.Trackers {
		t := &a.config.Trackers[i]
		spec := track.Spec{
			Name: t.Rules.Name, Subject: t.Rules.Subject, Tracker: t.Type, Values: maps.Clone(t.Values), Schedule: t.Schedule,
		}
		plugin, ok := a.catalog.Load().trackerPlugin(t)
		switch {
		case a.options.Observe && !isInternal(t.Type.Name()):
			continue
		case a.options.Observe:
			delete(spec.Values, "initial_value")
		case ok:
			p := a.open[plugin.Name]
			spec.Tracker, spec.Process = inPlugin(p, t.Type), p.ID()
		}
		list = append(list, spec)
	}
	return list
}

// sampled passes on what a tracker says. It runs on the tracker's goroutines.
func (a *agent) sampled(r track.Report) {
	a.engine.Post(engine.Sampled{
		Tracker: r.Name, Subject: r.Subject,
		Sample: priority.Sample{Verdict: verdict(r.Result.Verdict), Value: r.Result.Value, Reason: r.Result.Reason},
	})
}

func verdict(v sdk.Verdict) priority.Verdict {
	switch v {
	case sdk.Healthy:
		return priority.Healthy
	case sdk.Unhealthy:
		return priority.Unhealthy
	}
	return priority.Unknown
}
