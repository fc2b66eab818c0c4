package agent

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/plugins"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/trackers"
)

// ServeCommand is the command by which the program runs as one of its own
// plugins, which the argument after it names.
const ServeCommand = "plugin-serve"

// Trackers returns the types of tracker there are: those that are built in and
// those that are first-party plugins.
func Trackers() []sdk.Tracker { return append(trackers.All(), plugins.Trackers()...) }

// Notifiers returns the types of hook there are, which are first-party plugins.
func Notifiers() []sdk.Notifier { return plugins.Notifiers() }

// isPlugin reports whether a type of tracker runs in a process of its own.
func isPlugin(t *sdk.Tracker) bool {
	return slices.ContainsFunc(plugins.Trackers(), func(p sdk.Tracker) bool { return p.Name() == t.Name() })
}

// pluginSpec is how a first-party plugin is run.
func pluginSpec(name string) pluginhost.Spec {
	return pluginhost.Spec{Name: name, Args: []string{ServeCommand, name}}
}

// launcher runs first-party plugins.
type launcher struct{ *pluginhost.Host }

// tracker returns a first-party tracker as it runs in its plugin, which is started
// when the first one needs it.
func (l launcher) tracker(t sdk.Tracker) sdk.Tracker {
	return sdk.Remote{
		Name: t.Name(), Doc: t.Doc(), Schema: t.Schema(), Polled: t.Polled(), Measures: t.Measures(), Validate: t.Validate,
		Run: func(ctx context.Context, values sdk.Values, s sdk.Schedule, report func(sdk.Result)) error {
			d, err := l.Open(pluginSpec(t.Name())).Describe(ctx)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(d.Trackers, func(offered sdk.Tracker) bool { return offered.Name() == t.Name() })
			if i < 0 {
				return fmt.Errorf("the plugin offers no tracker %q", t.Name())
			}
			return d.Trackers[i].Run(ctx, values, s, report)
		},
	}.Tracker()
}

// deliver delivers an event by a first-party hook in its plugin.
func (l launcher) deliver(ctx context.Context, kind string, values sdk.Values, e sdk.Event) error {
	d, err := l.Open(pluginSpec(kind)).Describe(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(d.Notifiers, func(offered sdk.Notifier) bool { return offered.Name() == kind })
	if i < 0 {
		return sdk.Reject(fmt.Errorf("the plugin offers no hook %q", kind))
	}
	return d.Notifiers[i].Deliver(ctx, values, e)
}

// keepPlugins stops the plugins that a configuration has no use for, and starts
// those that it has, so that the first event finds them running.
func (a *agent) keepPlugins(conf *config.Config) {
	var names []string
	for i := range conf.Trackers {
		if isPlugin(&conf.Trackers[i].Type) {
			names = append(names, conf.Trackers[i].Type.Name())
		}
	}
	for _, hook := range conf.Hooks {
		names = append(names, hook.Type.Name())
	}
	if len(a.dropIns) > 0 {
		names = append(names, dropInType)
	}
	slices.Sort(names)
	var kept []*pluginhost.Plugin
	for _, name := range slices.Compact(names) {
		kept = append(kept, a.plugins.Open(pluginSpec(name)))
	}
	a.plugins.Keep(kept...)
}

// pluginPatience is how long plugins may take to end.
const pluginPatience = time.Second
