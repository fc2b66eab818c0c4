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
	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/core/vrrp"
	"github.com/sentinel-ha/sentinel/sdk"
)

// ErrUnknownName says that a configuration has nothing of a name.
var ErrUnknownName = errors.New("there is no such name in the configuration")

// tryPatience is how long a tracker that reports by itself may take to say
// anything, and how much longer than its timeout one that is polled.
const tryPatience = 10 * time.Second

// TryTracker runs a configured tracker once, exactly as the agent would, and
// returns what it says. The name is "tracker.script.nginx" or without the first
// word. What a plugin logs goes to log.
func TryTracker(ctx context.Context, conf *config.Config, name string, log *slog.Logger) (sdk.Result, error) {
	i := slices.IndexFunc(conf.Trackers, func(t config.Tracker) bool { return isNamed("tracker", t.Rules.Name, name) })
	if i < 0 {
		var names []string
		for _, t := range conf.Trackers {
			names = append(names, t.Rules.Name)
		}
		return sdk.Result{}, unknownName(name, names)
	}
	t := &conf.Trackers[i]
	result := make(chan sdk.Result, 1)
	err := withPlugins(log, func(h *pluginhost.Host) error {
		ctx, cancel := context.WithTimeout(ctx, t.Schedule.Timeout+tryPatience)
		defer cancel()
		kind := t.Type
		if spec, ok := newCatalog(conf.Agent.PluginDir, conf.Plugins).trackerPlugin(t); ok {
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

// TryHook delivers one event to a configured hook, exactly as the agent would, and
// returns what became of it. The name is as for [TryTracker].
func TryHook(ctx context.Context, conf *config.Config, name string, e sdk.Event, log *slog.Logger) error {
	i := slices.IndexFunc(conf.Hooks, func(h config.Hook) bool { return isNamed("notify", h.Name, name) })
	if i < 0 {
		var names []string
		for _, h := range conf.Hooks {
			names = append(names, h.Name)
		}
		return unknownName(name, names)
	}
	h := &conf.Hooks[i]
	var f facts
	f.set(conf)
	f.complete(&e)
	return withPlugins(log, func(host *pluginhost.Host) error {
		ctx, cancel := context.WithTimeout(ctx, h.Timeout)
		defer cancel()
		spec, _ := newCatalog(conf.Agent.PluginDir, conf.Plugins).hookPlugin(h)
		return delivery(host.Open(tried(spec)), h)(ctx, e)
	})
}

// TestEvent returns a transition of an instance to a state, as a hook would be told
// of it.
func TestEvent(conf *config.Config, instance, to string) (sdk.Event, error) {
	i := slices.IndexFunc(conf.Routers, func(r vrrp.Config) bool { return r.Name == instance })
	if i < 0 {
		return sdk.Event{}, fmt.Errorf("%w: vrrp.%s", ErrUnknownName, instance)
	}
	return transition(conf.Node, instance, int(conf.Routers[i].Priority), to)
}

func transition(node, instance string, priority int, to string) (sdk.Event, error) {
	if !slices.Contains([]string{"active", "backup", "fault", "stopped"}, to) {
		return sdk.Event{}, fmt.Errorf("a hook is told active, backup, fault or stopped, not %q", to)
	}
	return sdk.Event{
		ID: fmt.Sprintf("test-%d", time.Now().UnixNano()), Kind: sdk.Transition, Time: time.Now(), Node: node,
		Instance: instance, From: "initialize", To: to, Priority: priority, Reason: "test",
	}, nil
}

// tried is a plugin that a person tries, as it is told by a variable, and may say
// more then.
func tried(spec pluginhost.Spec) pluginhost.Spec {
	spec.Environment = append(slices.Clone(spec.Environment), sdk.TryVariable+"=1")
	return spec
}

func isNamed(kind, full, name string) bool { return full == name || full == kind+"."+name }

func unknownName(name string, names []string) error {
	if len(names) == 0 {
		return fmt.Errorf("%w: %q, and no other that is used", ErrUnknownName, name)
	}
	return fmt.Errorf("%w: %q; there are %s", ErrUnknownName, name, strings.Join(names, ", "))
}

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
		return nil, nil, err
	}
	if err = os.Chmod(directory, 0o711); err == nil { // a plugin may run as another user
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
