package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/sdk"
)

// PluginNamed returns how to run a plugin that a person names: by the type of one
// that is part of the program, or by the path of a file. A file is run whoever can
// change it: [pluginhost.Verify] says who can.
func PluginNamed(name string) (pluginhost.Spec, error) {
	var own []string
	for _, c := range linked {
		own = append(own, c.name)
	}
	slices.Sort(own)
	switch _, err := os.Stat(name); {
	case slices.Contains(own, name):
		return pluginhost.Spec{Name: name, Args: []string{ServeCommand, name}}, nil
	case isInternal(name):
		return pluginhost.Spec{}, fmt.Errorf("%s is no plugin: it runs inside of the agent. Try it with: sentinel tracker run", name)
	case errors.Is(err, fs.ErrNotExist) && !strings.ContainsRune(name, filepath.Separator):
		return pluginhost.Spec{}, fmt.Errorf("there is no file %s here, and no plugin of that type in the program; those are %s",
			name, strings.Join(slices.Compact(own), ", "))
	case err != nil:
		return pluginhost.Spec{}, err
	}
	if kind, hook, _ := pluginhost.Named(filepath.Base(name)); kind == pluginhost.HookFile {
		return pluginhost.Spec{}, fmt.Errorf("%s is called for every change of state and speaks no protocol. Try it with: sentinel notify test hook.%s", name, hook)
	}
	return pluginhost.Spec{Name: filepath.Base(name), Path: name, Unverified: true}, nil
}

// TryPlugin runs a plugin for as long as use takes, and gives it the plugin and what
// that offers. What the plugin logs goes to log.
func TryPlugin(ctx context.Context, spec pluginhost.Spec, log *slog.Logger, use func(*pluginhost.Plugin, pluginhost.Description) error) error {
	return withPlugins(log, func(h *pluginhost.Host) error {
		p := h.Open(tried(spec))
		d, err := p.Describe(ctx)
		if err != nil {
			return err
		}
		return use(p, d)
	})
}

// Component is a tracker or a notifier of a plugin. The other is nil.
type Component struct {
	// Name is "tracker.tcp" or "notify.webhook".
	Name     string
	Tracker  *sdk.Tracker
	Notifier *sdk.Notifier
}

// Pick returns the component of a name, with or without the kind before it. The
// empty name is that of the only one there is, or else of the one that the plugin's
// file is called after.
func Pick(d pluginhost.Description, spec pluginhost.Spec, name string) (Component, error) {
	list, said := components(d), name
	if name == "" && len(list) == 1 {
		return list[0], nil
	}
	if kind, of, ok := strings.Cut(strings.TrimPrefix(spec.Name, "sentinel-"), "-"); ok && name == "" {
		name = kind + "." + of
	}
	var found []Component
	var names []string
	for _, c := range list {
		kind, _, _ := strings.Cut(c.Name, ".")
		if isNamed(kind, c.Name, name) {
			found = append(found, c)
		}
		names = append(names, c.Name)
	}
	switch {
	case len(found) == 0 && said != "":
		return Component{}, fmt.Errorf("the plugin has no %q: -type is one of %s", said, strings.Join(names, ", "))
	case len(found) != 1:
		return Component{}, fmt.Errorf("the plugin offers %s: say which with -type", strings.Join(names, ", "))
	}
	return found[0], nil
}

func components(d pluginhost.Description) []Component {
	var list []Component
	for i := range d.Trackers {
		list = append(list, Component{Name: "tracker." + d.Trackers[i].Name(), Tracker: &d.Trackers[i]})
	}
	for i := range d.Notifiers {
		list = append(list, Component{Name: "notify." + d.Notifiers[i].Name(), Notifier: &d.Notifiers[i]})
	}
	return list
}

// SampleEvent returns a transition to a state, of an instance that there could be.
func SampleEvent(node, to string) (sdk.Event, error) {
	e, err := transition(node, "VI_1", 100, to)
	e.Interface, e.VirtualRouterID, e.Addresses = "eth0", 51, []string{"192.0.2.100/24"}
	return e, err
}
