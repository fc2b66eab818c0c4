package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/sentinel-ha/sentinel/core/api"
	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/netio"
	"github.com/sentinel-ha/sentinel/core/notify"
	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/core/track"
)

// Options are what the command line decides.
type Options struct {
	// Paths are the configuration's files and directories.
	Paths []string
	// Config is what the configuration depends on besides. The types of trackers and
	// hooks that there are need not be in it.
	Config config.Options
	// Observe listens and reports but changes and sends nothing.
	Observe bool
	// AllowOtherVRRP starts although another process speaks VRRP here.
	AllowOtherVRRP bool
	// Stdout takes what an observing agent reports, Stderr logs and diagnostics.
	Stdout, Stderr io.Writer
	// Color and Width are Stderr's, for diagnostics.
	Color bool
	Width int
	// Version is logged at start.
	Version string
	// Stop ends the agent gracefully, Reload makes it read its configuration
	// again. Either may be nil.
	Stop, Reload <-chan os.Signal
}

// ErrInvalid says that the configuration is not valid; the reasons have been
// written to Stderr.
var ErrInvalid = errors.New("the configuration is not valid")

// stopTimeout bounds the graceful end. By then the peers have long been told; it
// is only about addresses that the kernel will not let go of.
const stopTimeout = 5 * time.Second

// hurry is what is left of that after a second signal, and how long the kernel
// side may take to come to an end.
const hurry = time.Second

// Run runs the agent until it is told to stop. It returns nil after a graceful
// end, with every address gone.
func Run(o Options) error {
	l, ok := loadFirst(o)
	if !ok {
		return nil
	}
	mayRead(func() { _ = l.report.WriteText(o.Stderr, o.Color, o.Width) })
	if l.config == nil {
		return ErrInvalid
	}
	if err := netio.CheckRights(); err != nil {
		return err
	}
	makeRoom()

	directory, err := prepare(l.config.Agent.RuntimeDir, o)
	if err != nil {
		return err
	}
	defer directory.close()

	a, err := assemble(l, o, directory.path)
	if err != nil {
		return err
	}
	defer a.close()
	return a.run()
}

// makeRoom lets the loop find a processor free even when many plugins are started
// at once: each takes one of Go's to make its certificate, and one more for as long
// as its process is being forked. Nobody can collect garbage meanwhile without
// stopping everybody until that is over, so there is less to collect.
func makeRoom() {
	runtime.GOMAXPROCS(runtime.NumCPU() + 10)
	debug.SetGCPercent(400)
}

// agent is a running agent.
type agent struct {
	options Options
	node    string
	started time.Time
	draft   *config.Draft // of the configuration in force
	config  *config.Config
	catalog atomic.Pointer[catalog] // of its plugins; never changed
	found   atomic.Pointer[catalog] // of the last one that was read, which may not be valid
	// directory is the runtime directory, or an observer's own.
	directory string
	poller    *netio.Poller
	sockets   *netio.Sockets
	host      *netio.Host
	engine    *engine.Engine
	runner    *track.Runner
	plugins   launcher
	hooks     *notify.Dispatcher
	open      map[string]*pluginhost.Plugin // that the configuration uses, by name
	facts     facts
	stopping  atomic.Bool
	out       *output // what is logged, or observed, goes here
	log       *slog.Logger
	events    *eventLog

	telling
	reloading
	recovery
}

// assemble puts the parts together. Nothing runs yet.
func assemble(l loaded, o Options, directory string) (*agent, error) {
	conf := l.config
	poller, err := netio.NewPoller()
	if err != nil {
		return nil, fmt.Errorf("prepare the loop: %w", err)
	}
	sockets, err := netio.NewSockets(poller)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the sockets: %w", err), poller.Close())
	}
	a := &agent{
		options: o, node: conf.Node, started: time.Now(), draft: l.draft, config: conf, poller: poller, sockets: sockets,
		directory: directory, telling: newTelling(), reloading: newReloading(), recovery: newRecovery(),
	}
	a.catalog.Store(l.catalog)
	a.found.Store(l.catalog)
	a.runner = track.NewRunner(a.sampled)
	a.openLog()
	if a.plugins.Host, err = pluginhost.New(pluginhost.Config{RuntimeDir: directory, Log: a.log, Restarted: a.restarted}); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the plugins: %w", err), poller.Close())
	}
	a.hooks = notify.New(directory, a.reportHook)
	a.host = netio.NewHost(netio.HostConfig{RuntimeDir: directory, Sockets: sockets, Report: a.reported})
	world := &adapter{sockets: sockets, host: a.host}
	network, host := engine.Network(world), engine.Host(world)
	if o.Observe {
		silent := &bystander{adapter: world, post: func(in engine.Input) { a.engine.Post(in) }}
		network, host = silent, silent
	}
	a.engine = engine.New(engine.Config{
		Setup: a.setup(conf), StartupDelay: conf.Agent.StartupDelay, Observing: o.Observe,
	}, netio.Clock{}, network, host, a.events, poller.Wake)
	return a, nil
}

// openLog lets the agent log without ever waiting for a reader.
func (a *agent) openLog() {
	to := a.options.Stderr
	if a.options.Observe {
		to = a.options.Stdout
	}
	direct := newLogger(to, a.config.Agent.Log)
	a.out = newOutput(to, func(lost uint64) { direct.Warn(linesMissing, "lines", lost) })
	a.log = newLogger(a.out, a.config.Agent.Log)
	a.events = newEventLog(a.log, a.options.Observe)
	if !a.options.Observe {
		a.events.tell, a.events.missed = a.tellHooks, a.tellPresent
	}
}

func (a *agent) close() {
	a.sockets.CloseAll()
	_ = a.poller.Close()
	a.out.close()
}

// run starts everything, waits for the end and takes everything down again.
func (a *agent) run() error {
	a.log.Info("starting", "version", a.options.Version, "node", a.config.Node,
		"routers", len(a.config.Routers), "runtime_dir", a.directory)
	a.openPlugins()
	if !a.options.Observe {
		a.logPlugins()
		a.setHooks() // before the first event, which would be for nobody
	}
	logged := make(chan struct{})
	go func() {
		defer close(logged)
		a.events.run()
	}()

	background, cancel := context.WithCancel(context.Background())
	host := make(chan error, 1)
	go func() { host <- a.host.Run(background) }()
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		a.watchOthers(background)
	}()
	loop := make(chan error, 1)
	realtime := a.config.Agent.Realtime
	go func() { loop <- a.loop(realtime) }()
	a.runner.Set(a.specs())
	a.awaitPlugins()
	control, err := a.listen()
	if err != nil {
		a.log.Error("nobody can ask this agent anything", "err", err)
	}

	err, hostEnded := a.supervise(loop, host)
	cancel()
	if !hostEnded {
		select {
		case hostErr := <-host:
			err = errors.Join(err, hostErr)
		case <-time.After(hurry):
			err = errors.Join(err, errors.New("the kernel does not answer; some addresses may have been left"))
		}
	}
	control()
	<-watched
	a.awaitNobody()
	a.awaited.Wait()
	if !a.runner.Close(hurry) {
		a.log.Warn("some trackers did not end in time")
	}
	a.events.close()
	<-logged
	a.stopHooks()
	if err == nil {
		a.log.Info("stopped")
	}
	return err
}

// stopHooks tells the hooks that everything has stopped, and ends the plugins.
func (a *agent) stopHooks() {
	ctx, cancel := context.WithTimeout(context.Background(), hookBudget)
	defer cancel()
	for _, event := range a.farewells {
		a.post(event)
	}
	if lost := a.hooks.Stop(ctx); lost > 0 {
		a.log.Warn("some hooks were not called in time", "events", lost)
	}
	a.plugins.Close(pluginPatience)
}

// listen answers on the control socket until the function returned is called. An
// agent that cannot be asked still does its work.
func (a *agent) listen() (end func(), err error) {
	server, err := api.Listen(a.directory, a, a.log)
	if err != nil {
		return func() {}, err
	}
	served := make(chan error, 1)
	go func() {
		err := server.Serve()
		if err != nil {
			a.log.Error("nobody can ask this agent anything any more", "err", err)
		}
		served <- err
	}()
	return func() {
		_ = server.Close()
		<-served
	}, nil
}

// loop runs the engine on a thread of its own.
func (a *agent) loop(realtime bool) error {
	runtime.LockOSThread() // for good: the thread ends with the loop
	if realtime {
		if err := netio.Realtime(); err != nil {
			a.log.Info("a busy machine may delay advertisements: no right to real-time scheduling", "err", err)
		}
	}
	return a.engine.Run(a.poller)
}

// supervise waits for signals and for the parts to end. Nothing that can block is
// done here, so that a signal always finds somebody.
func (a *agent) supervise(loop, host <-chan error) (err error, hostEnded bool) {
	var late <-chan time.Time
	var reader <-chan struct{} // gone: nobody sees what is observed
	if a.options.Observe {
		reader = a.out.broken
	}
	stop := func(reason slog.Attr) {
		a.log.LogAttrs(context.Background(), slog.LevelInfo, "stopping", reason)
		a.stopping.Store(true)
		a.engine.Post(engine.Stop{})
		a.hurryHooks() // they have something to tell, and little time
		late = time.After(stopTimeout)
	}
	for {
		select {
		case s := <-a.options.Stop:
			if late != nil {
				late = time.After(hurry)
				continue
			}
			stop(slog.String("signal", s.String()))
		case <-reader:
			reader = nil
			stop(slog.String("reason", "nobody reads the output"))
		case <-a.options.Reload:
			a.load()
		case answer := <-a.asked:
			a.ask(answer)
		case l := <-a.loaded:
			a.reload(l)
		case name := <-a.recovered:
			a.log.Info("a plugin runs that could not be started", "plugin", name)
			a.mend()
		case <-a.left:
			if !a.loading { // which does the same, and asks plugins meanwhile
				a.keepPlugins()
			}
		case err := <-loop:
			return err, false
		case err := <-host:
			return fmt.Errorf("the kernel side ended: %w", err), true
		case <-late:
			return errors.New("some addresses could not be removed in time; see the log"), false
		}
	}
}
