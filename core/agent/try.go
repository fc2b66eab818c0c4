package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/notify"
	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/sdk"
)

// errUnknownName says that a configuration has nothing of a name.
var errUnknownName = errors.New("there is no such name in the configuration")

// tryPatience is how long a tracker that reports by itself may take to say
// anything, and how much longer than its timeout one that is polled.
const tryPatience = 10 * time.Second

// TryTracker runs a configured tracker once, exactly as the agent would, and
// returns what it says. The name is "tracker.script.nginx" or without the first
// word. What a plugin logs goes to log.
func TryTracker(ctx context.Context, conf *config.Config, name string, log *slog.Logger) (sdk.Result, error) {
	all := slices.Concat(conf.Trackers, conf.Idle.Trackers)
	t, err := find(all, "tracker", name, func(t *config.Tracker) string { return t.Rules.Name })
	if err != nil {
		return sdk.Result{}, err
	}
	result := make(chan sdk.Result, 1)
	err = withPlugins(log, func(h *pluginhost.Host) error {
		ctx, cancel := context.WithTimeout(ctx, t.Schedule.Timeout+tryPatience)
		defer cancel()
		kind := t.Type
		if spec, ok := catalogOf(conf).trackerPlugin(t); ok {
			kind = inPlugin(h.Open(tried(spec)), kind)
		}
		err := kind.Run(ctx, t.Values, t.Schedule, func(r sdk.Result) {
			select {
			case result <- r:
				cancel()
			default:
			}
		})
		if len(result) == 0 && err == nil {
			err = errors.New("it said nothing in time")
		}
		return err
	})
	if err != nil {
		return sdk.Result{}, err
	}
	return <-result, nil
}

// HookTrial is an event for a configured hook.
type HookTrial struct {
	// Hook is its name, "notify.exec.logger" or without the first word.
	Hook string
	// Instance or Group is what the event is about. Neither: the first that the hook
	// is for.
	Instance, Group string
	// To is the state that is told.
	To string
}

// TryHook delivers one event to a configured hook, exactly as the agent would. It
// returns the event, and what became of it as an error. What the agent would not
// tell the hook is an error that says so.
func TryHook(ctx context.Context, conf *config.Config, trial HookTrial, log *slog.Logger) (sdk.Event, error) {
	all := slices.Concat(conf.Hooks, conf.Idle.Hooks)
	h, err := find(all, "notify", trial.Hook, func(h *config.Hook) string { return h.Name })
	if err != nil {
		return sdk.Event{}, err
	}
	e, err := trial.event(conf, h)
	if err != nil {
		return sdk.Event{}, err
	}
	return e, withPlugins(log, func(host *pluginhost.Host) error {
		spec, _ := catalogOf(conf).hookPlugin(h)
		deadline := time.Now().Add(h.Timeout)
		err := delivery(host.Open(tried(spec)), h)(ctx, deadline, e)
		if err != nil && time.Now().After(deadline) {
			return notify.TimedOut(h.Timeout, err)
		}
		return err
	})
}

// event returns the transition that a hook is told of.
func (t HookTrial) event(conf *config.Config, h *config.Hook) (sdk.Event, error) {
	var instances, groups []string
	for _, r := range conf.Routers {
		instances = append(instances, r.Name)
	}
	for _, g := range conf.Groups {
		groups = append(groups, g.Name)
	}
	if len(h.Instances)+len(h.Groups) > 0 { // else it is for all, or nothing has named it yet
		instances, groups = h.Instances, h.Groups
	}
	switch {
	case t.Instance == "" && t.Group == "" && len(instances) > 0:
		t.Instance = instances[0]
	case t.Instance == "" && t.Group == "" && len(groups) > 0:
		t.Group = groups[0]
	case t.Instance == "" && t.Group == "":
		return sdk.Event{}, errors.New("there is no vrrp block that a hook could be told of")
	case t.Instance != "" && !slices.Contains(instances, t.Instance), t.Group != "" && !slices.Contains(groups, t.Group):
		return sdk.Event{}, fmt.Errorf("%w: %s is told of %s", errUnknownName, h.Name, subjects(instances, groups))
	}
	priority := 0 // a group's
	for _, r := range conf.Routers {
		if r.Name == t.Instance {
			priority = int(r.Priority)
		}
	}
	e, err := transition(conf.Node, t.Instance, priority, t.To)
	if err != nil {
		return sdk.Event{}, err
	}
	if !slices.Contains(h.On, t.To) {
		return sdk.Event{}, fmt.Errorf("%s is not told of %q, but of %s", h.Name, t.To, strings.Join(h.On, ", "))
	}
	e.Group = t.Group
	var f facts
	f.set(conf)
	f.complete(&e)
	return e, nil
}

// subjects lists what a hook is told of.
func subjects(instances, groups []string) string {
	var all []string
	for _, name := range instances {
		all = append(all, "vrrp."+name)
	}
	for _, name := range groups {
		all = append(all, "sync_group."+name)
	}
	return strings.Join(all, ", ")
}

// ErrUnknownState says that there is no such state.
var ErrUnknownState = errors.New("a hook is told active, backup, fault or stopped")

func transition(node, instance string, priority int, to string) (sdk.Event, error) {
	if !slices.Contains(sdk.States(), to) {
		return sdk.Event{}, fmt.Errorf("%w, not %q", ErrUnknownState, to)
	}
	return sdk.Event{
		ID: fmt.Sprintf("test-%d", time.Now().UnixNano()), Kind: sdk.Transition, Time: time.Now(), Node: node,
		Instance: instance, From: "initialize", To: to, Priority: priority, Reason: "test",
	}, nil
}

// catalogOf is what plugins there are for a configuration that has been read.
func catalogOf(conf *config.Config) *catalog {
	return newCatalog(config.Needs{PluginDir: conf.Agent.PluginDir, Plugins: conf.Plugins})
}

// tried is a plugin that a person tries, as it is told by a variable, and may say
// more then.
func tried(spec pluginhost.Spec) pluginhost.Spec {
	spec.Environment = append(slices.Clone(spec.Environment), sdk.TryVariable+"=1")
	return spec
}

// find returns what has a name, which may lack its first word.
func find[T any](all []T, kind, name string, nameOf func(*T) string) (*T, error) {
	var names []string
	for i := range all {
		full := nameOf(&all[i])
		if isNamed(kind, full, name) {
			return &all[i], nil
		}
		names = append(names, full)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%w: %q, and no other", errUnknownName, name)
	}
	return nil, fmt.Errorf("%w: %q; there are %s", errUnknownName, name, strings.Join(names, ", "))
}

func isNamed(kind, full, name string) bool { return full == name || full == kind+"."+name }

// withPlugins lets do run plugins.
func withPlugins(log *slog.Logger, do func(*pluginhost.Host) error) error {
	host, end, err := temporaryHost(log)
	if err != nil {
		return err
	}
	defer end()
	return do(host)
}

// temporaryHost returns a host of plugins in a directory of its own, until end.
func temporaryHost(log *slog.Logger) (host *pluginhost.Host, end func(), err error) {
	directory, err := os.MkdirTemp("", "sentinel-plugins-")
	if err != nil {
		return nil, nil, fmt.Errorf("make a directory for the sockets of plugins (TMPDIR is %s): %w", os.TempDir(), err)
	}
	if err = pluginhost.CheckTempDir(directory); err == nil {
		err = os.Chmod(directory, 0o711) // a plugin may run as another user
	}
	if err == nil {
		host, err = pluginhost.New(pluginhost.Config{RuntimeDir: directory, Lines: log})
	}
	if err != nil {
		os.RemoveAll(directory)
		return nil, nil, err
	}
	return host, func() {
		host.Close(pluginPatience)
		os.RemoveAll(directory)
	}, nil
}
