package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"time"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/netio"
)

// Options are what the command line decides.
type Options struct {
	// Paths are the configuration's files and directories.
	Paths []string
	// Config is passed on to config.Load.
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

// Run runs the agent until it is told to stop. It returns nil after a graceful
// end, with every address gone.
func Run(o Options) error {
	conf, report := config.Load(o.Paths, o.Config)
	if err := report.WriteText(o.Stderr, o.Color, o.Width); err != nil {
		return fmt.Errorf("write diagnostics: %w", err)
	}
	if conf == nil {
		return ErrInvalid
	}
	if err := netio.CheckRights(); err != nil {
		return err
	}
	// The loop must find a processor free even when every core is busy with
	// something else in this process.
	runtime.GOMAXPROCS(max(runtime.NumCPU()+2, 4))

	directory, err := prepare(conf, o)
	if err != nil {
		return err
	}
	defer directory.close()

	a, err := assemble(conf, o, directory.path)
	if err != nil {
		return err
	}
	defer a.close()
	return a.run()
}

// agent is a running agent.
type agent struct {
	options Options
	config  *config.Config
	poller  *netio.Poller
	sockets *netio.Sockets
	host    *netio.Host
	engine  *engine.Engine
	log     *slog.Logger
	events  *eventLog
}

// assemble puts the parts together. Nothing runs yet.
func assemble(conf *config.Config, o Options, directory string) (*agent, error) {
	out := o.Stderr
	if o.Observe {
		out = o.Stdout
	}
	log := newLogger(out, conf.Agent.Log)
	poller, err := netio.NewPoller()
	if err != nil {
		return nil, fmt.Errorf("prepare the loop: %w", err)
	}
	sockets, err := netio.NewSockets(poller)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the sockets: %w", err), poller.Close())
	}
	a := &agent{
		options: o, config: conf, poller: poller, sockets: sockets, log: log, events: newEventLog(log, o.Observe),
	}
	a.host = netio.NewHost(netio.HostConfig{RuntimeDir: directory, Sockets: sockets, Report: a.reported})
	world := &adapter{sockets: sockets, host: a.host}
	network, host := engine.Network(world), engine.Host(world)
	if o.Observe {
		silent := &bystander{adapter: world, post: func(in engine.Input) { a.engine.Post(in) }}
		network, host = silent, silent
	}
	a.engine = engine.New(engine.Config{
		Setup: engine.Setup{Routers: conf.Routers}, StartupDelay: conf.Agent.StartupDelay, Observing: o.Observe,
	}, netio.Clock{}, network, host, a.events, poller.Wake)
	return a, nil
}

func (a *agent) close() {
	a.sockets.CloseAll()
	_ = a.poller.Close()
}

// run starts everything, waits for the end and takes everything down again.
func (a *agent) run() error {
	a.log.Info("starting", "version", a.options.Version, "node", a.config.Node,
		"routers", len(a.config.Routers), "runtime_dir", a.config.Agent.RuntimeDir)
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

	err, hostEnded := a.supervise(loop, host)
	cancel()
	if !hostEnded {
		err = errors.Join(err, <-host)
	}
	<-watched
	if err == nil {
		a.log.Info("stopped")
	}
	a.events.close()
	<-logged
	return err
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

// supervise waits for signals and for the parts to end.
func (a *agent) supervise(loop, host <-chan error) (err error, hostEnded bool) {
	var late <-chan time.Time
	for {
		select {
		case s := <-a.options.Stop:
			if late != nil {
				return fmt.Errorf("second %v: not waiting for addresses to go", s), false
			}
			a.log.Info("stopping", "signal", s.String())
			a.engine.Post(engine.Stop{})
			late = time.After(stopTimeout)
		case <-a.options.Reload:
			a.reload()
		case err := <-loop:
			return err, false
		case err := <-host:
			return fmt.Errorf("the kernel side ended: %w", err), true
		case <-late:
			return errors.New("some addresses could not be removed in time; see the log"), false
		}
	}
}
