package agent

import (
	"maps"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/track"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/trackers"
)

// Trackers returns the types of tracker there are.
func Trackers() []sdk.Tracker { return trackers.All() }

// setup returns what the engine needs to know of a configuration.
func setup(conf *config.Config) engine.Setup {
	s := engine.Setup{Routers: conf.Routers, Terms: conf.Terms, Groups: conf.Groups}
	for _, t := range conf.Trackers {
		s.Trackers = append(s.Trackers, t.Rules)
	}
	return s
}

// specs returns which trackers are to run. An observer changes nothing, so that
// no file gets an initial value.
func (a *agent) specs() []track.Spec {
	var list []track.Spec
	for _, t := range a.config.Trackers {
		values := maps.Clone(t.Values)
		if a.options.Observe {
			delete(values, "initial_value")
		}
		list = append(list, track.Spec{
			Name: t.Rules.Name, Subject: t.Rules.Subject, Tracker: t.Type, Values: values, Schedule: t.Schedule,
		})
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
