package agent

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/sdk"
)

// launcher runs plugins.
type launcher struct{ *pluginhost.Host }

// trackerPlugin returns how the plugin of a tracker is run; ok is false if it has
// none, or one that is broken.
func (c *catalog) trackerPlugin(t *config.Tracker) (spec pluginhost.Spec, ok bool) {
	of := component{pluginhost.TrackerFile, t.Type.Name()}
	return c.spec(of, ownProcess(t.Rules.Name, t.Isolated)), !isInternal(of.name) && !c.isBroken(of)
}

// hookPlugin returns how the plugin of a hook is run; ok is false if it is broken.
func (c *catalog) hookPlugin(h *config.Hook) (spec pluginhost.Spec, ok bool) {
	of := component{pluginhost.NotifierFile, h.Type.Name()}
	return c.spec(of, ownProcess(h.Name, h.Isolated)), !c.isBroken(of)
}

// ownProcess returns the last word of a block's name, if the block has a process of
// its own.
func ownProcess(block string, isolated bool) string {
	if !isolated {
		return ""
	}
	return block[strings.LastIndexByte(block, '.')+1:]
}

// inPlugin returns a tracker as it runs in its plugin.
func inPlugin(p *pluginhost.Plugin, t sdk.Tracker) sdk.Tracker {
	return sdk.Remote{
		Name: t.Name(), Doc: t.Doc(), Schema: t.Schema(), Polled: t.Polled(), Measures: t.Measures(), Validate: t.Validate,
		Run: func(ctx context.Context, values sdk.Values, s sdk.Schedule, report func(sdk.Result)) error {
			d, err := p.Describe(ctx)
			if err != nil {
				return err
			}
			own, err := offered(d.Trackers, t.Name())
			if err != nil {
				return err
			}
			return own.Run(ctx, values, s, report)
		},
	}.Tracker()
}

// delivery returns how an event is delivered by a hook in its plugin.
func delivery(p *pluginhost.Plugin, h *config.Hook) func(context.Context, time.Time, sdk.Event) error {
	return func(ctx context.Context, deadline time.Time, e sdk.Event) error {
		starting, cancel := context.WithDeadline(ctx, deadline)
		defer cancel()
		d, err := p.Describe(starting)
		if err != nil {
			return err
		}
		own, err := offered(d.Notifiers, h.Type.Name())
		if err != nil {
			return sdk.Reject(err)
		}
		return p.Deliver(ctx, deadline, h.Name, own, h.Values, e)
	}
}

// openPlugins starts the plugins that the configuration has a use for. Those that
// run already go on, unless their file has changed.
func (a *agent) openPlugins() {
	c := a.catalog.Load()
	a.open = make(map[string]*pluginhost.Plugin)
	if a.options.Observe {
		return
	}
	use := func(spec pluginhost.Spec, ok bool) {
		if ok && a.open[spec.Name] == nil {
			a.open[spec.Name] = a.plugins.Open(spec)
		}
	}
	for i := range a.config.Trackers {
		use(c.trackerPlugin(&a.config.Trackers[i]))
	}
	for i := range a.config.Hooks {
		use(c.hookPlugin(&a.config.Hooks[i]))
	}
	for _, q := range c.broken {
		use(c.spec(q.component, ""), true)
	}
}

// keepPlugins stops the plugins that were not opened for the configuration, except
// those whose hooks have yet to be told of the end of what it has removed.
func (a *agent) keepPlugins() {
	list, leaving := slices.Collect(maps.Values(a.open)), a.hooks.Leaving()
	for _, p := range a.plugins.Plugins() {
		if slices.Contains(leaving, p.ID()) {
			list = append(list, p)
		}
	}
	a.plugins.Keep(list...)
}

// recovery is the wait for broken plugins to run.
type recovery struct {
	recovered   chan string // names of those that do
	awaited     sync.WaitGroup
	awaitNobody context.CancelFunc // ends the waiting
}

func newRecovery() recovery { return recovery{recovered: make(chan string), awaitNobody: func() {}} }

// awaitPlugins waits for plugins that are broken: as soon as one runs, what the
// configuration says about it can be understood.
func (a *agent) awaitPlugins() {
	a.awaitNobody()
	ctx, cancel := context.WithCancel(context.Background())
	a.awaitNobody = cancel
	c := a.catalog.Load()
	for _, q := range c.broken {
		if p := a.open[c.spec(q.component, "").Name]; p != nil && !q.ran {
			a.awaited.Go(func() { a.await(ctx, p) })
		}
	}
}

// await waits until a plugin runs.
func (a *agent) await(ctx context.Context, p *pluginhost.Plugin) {
	if p.Wait(ctx) != nil {
		return
	}
	select {
	case a.recovered <- p.Name():
	case <-ctx.Done():
	}
}

// hurryHooks starts the plugins of hooks that are not tried at present.
func (a *agent) hurryHooks() {
	for i := range a.config.Hooks {
		spec, _ := a.catalog.Load().hookPlugin(&a.config.Hooks[i])
		if p := a.open[spec.Name]; p != nil {
			p.Hurry()
		}
	}
}

// restarted tells the hooks of a plugin that it is another process now.
func (a *agent) restarted(p *pluginhost.Plugin) { a.hooks.Restarted(p.ID()) }

// logPlugins logs what is in plugin_dir and cannot be used.
func (a *agent) logPlugins() {
	for _, f := range a.catalog.Load().files {
		if f.Err != nil {
			a.log.Error("not run", "path", f.Path, "err", f.Err)
		}
	}
}

// pluginPatience is how long plugins may take to end.
const pluginPatience = time.Second
