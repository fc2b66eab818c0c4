package agent

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/plugins"
	"github.com/sentinel-ha/sentinel/trackers"
)

// Load reads a configuration, and knows the trackers and hooks that are linked in
// and those of plugins. Plugins that it uses are started, so that they can describe
// themselves, and ended again, soon when ctx is done; what they say goes to log. The
// configuration is nil if it is not valid, and the report says why, or if ctx is done;
// the report never is.
func Load(ctx context.Context, paths []string, o config.Options, log *slog.Logger) (*config.Config, *config.Report) {
	l, ok := unless(ctx.Done(), func() {}, func() loaded {
		return loadOnce(ctx, paths, o, log, manner{tolerated: nobody, warns: true})
	})
	if !ok {
		return nil, &config.Report{}
	}
	return l.config, l.report
}

// unless returns what do returns. ok is false if it is told to stop meanwhile; then it
// cancels that, and waits for it a little.
func unless[S, T any](stop <-chan S, cancel func(), do func() T) (result T, ok bool) {
	done := make(chan T, 1)
	go func() { done <- do() }()
	select {
	case result = <-done:
		return result, true
	case <-stop:
	}
	cancel()
	select {
	case <-done: // and nothing is left of the plugins
	case <-time.After(hurry):
	}
	return result, false
}

// loaded is a configuration that has been read, or why it could not be.
type loaded struct {
	draft   *config.Draft
	config  *config.Config
	report  *config.Report
	catalog *catalog
	notRun  []error // of what is in plugin_dir
}

// manner is how a configuration is read.
type manner struct {
	// describe asks a plugin what it offers.
	describe func(pluginhost.Spec) (pluginhost.Description, error)
	// tolerated are the broken plugins that are no errors.
	tolerated func(component) bool
	// blind: a directory of plugins that is faulty is no error.
	blind bool
	// first, if not nil, is called before any plugin is asked.
	first func(config.Needs)
	// warns: the report has warnings about what is in plugin_dir and not run.
	warns bool
}

// load makes a configuration of a draft, and asks its plugins what they offer.
func (m manner) load(d *config.Draft) loaded {
	needs := d.Needs()
	if m.first != nil {
		m.first(needs)
	}
	c := newCatalog(needs)
	found := c.find(needs, m)
	notRun := c.notRun(needs)
	if m.warns {
		found.NotRun = notRun
	}
	conf, report := d.Load(found)
	if conf != nil {
		c.unused = conf.Unused
	}
	return loaded{d, conf, report, c, notRun}
}

// draft reads a configuration's files. It knows what is linked in.
func draft(paths []string, o config.Options) *config.Draft {
	o.Trackers, o.Notifiers = append(trackers.All(), plugins.Trackers()...), plugins.Notifiers()
	for _, t := range trackers.All() {
		o.Internal = append(o.Internal, t.Name())
	}
	return config.Read(paths, o)
}

// Which broken plugins are tolerated.
func nobody(component) bool    { return false }
func everybody(component) bool { return true }

// loadOnce reads a configuration with plugins that run only for that.
func loadOnce(ctx context.Context, paths []string, o config.Options, log *slog.Logger, m manner) loaded {
	t := temporary{ctx: ctx, log: log}
	defer t.close()
	m.describe = t.describe
	return m.load(draft(paths, o))
}

// loadFirst reads the configuration of an agent that starts. A plugin that is
// broken must not keep it from serving: what it has to say is unknown. ok is false
// if the agent is told to stop meanwhile.
func loadFirst(o Options) (l loaded, ok bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	return unless(o.Stop, cancel, func() loaded {
		if o.Observe {
			return observing.load(draft(o.Paths, o.Config))
		}
		return loadOnce(ctx, o.Paths, o.Config, nil, manner{
			tolerated: everybody, blind: true, first: func(needs config.Needs) { tidy(needs, o) },
		})
	})
}

// temporary is a host of plugins that is made when the first is needed.
type temporary struct {
	ctx  context.Context // of all questions
	log  *slog.Logger
	once sync.Once
	host *pluginhost.Host
	err  error
	end  func()
}

func (t *temporary) describe(spec pluginhost.Spec) (pluginhost.Description, error) {
	t.once.Do(func() {
		host, end, err := temporaryHost(t.log)
		if t.host, t.err = host, err; err != nil {
			return
		}
		done := context.AfterFunc(t.ctx, func() { host.Close(0) }) // so that no question is left open
		t.end = func() {
			done()
			end()
		}
	})
	if t.err != nil {
		return pluginhost.Description{}, t.err
	}
	return t.host.Open(spec).Describe(t.ctx)
}

func (t *temporary) close() {
	if t.end != nil {
		t.end()
	}
}

// observing is how an observer reads a configuration: it runs no plugins.
var observing = manner{tolerated: everybody, blind: true, describe: func(pluginhost.Spec) (pluginhost.Description, error) {
	return pluginhost.Description{}, errors.New("an observer runs no plugins")
}}

// describe asks a plugin of the running agent.
func (l launcher) describe(spec pluginhost.Spec) (pluginhost.Description, error) {
	return l.Open(spec).Describe(context.Background())
}

// reloading is how the configuration is read again. It belongs to supervise.
type reloading struct {
	// loaded is what was read.
	loaded chan loaded
	// loading: it is being read. loadAgain: once more after that. mended: a broken
	// plugin runs again meanwhile.
	loading, loadAgain, mended bool
	// asked is who wants that, waiting who waits for what becomes of it, later for what
	// becomes of the next time.
	asked          chan chan<- loaded
	waiting, later []chan<- loaded
}

func newReloading() reloading {
	return reloading{loaded: make(chan loaded, 1), asked: make(chan chan<- loaded)}
}

// load reads the agent's configuration again, and hands it to supervise. What
// blocks, a file on a dead network file system or a plugin that does not start,
// blocks only this. If somebody asks while it is being read, it is read once more.
func (a *agent) load() { a.loadDraft(nil) }

// ask is load, and somebody waits for it.
func (a *agent) ask(answer chan<- loaded) {
	if a.loading {
		a.later = append(a.later, answer)
	} else {
		a.waiting = append(a.waiting, answer)
	}
	a.load()
}

// mend reads the configuration that is in force again, with a plugin that was broken;
// and not the files, which somebody may just be writing. What is being read knows
// about the plugin, but may come to nothing.
func (a *agent) mend() {
	if a.mended = a.loading; !a.mended {
		a.loadDraft(a.draft)
	}
}

// loadDraft makes a configuration of what was read before, or of the files if that
// is nil. A plugin that was broken before may still be, and so may the directory.
func (a *agent) loadDraft(d *config.Draft) {
	if a.loading {
		a.loadAgain = true
		return
	}
	a.loading = true
	before := a.catalog.Load()
	m := manner{describe: a.plugins.describe, tolerated: before.isBroken, blind: before.isFaulty()}
	if a.options.Observe {
		m = observing
	}
	go func() {
		if d == nil {
			d = draft(a.options.Paths, a.options.Config)
		}
		a.plugins.NoticeChanges() // here and not when it is applied, since it may wait
		a.loaded <- m.load(d)
	}()
}
