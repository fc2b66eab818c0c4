package pluginhost

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/sentinel-ha/sentinel/sdk/host"
	"github.com/sentinel-ha/sentinel/sdk/probe"
)

// Plugin is one program that is kept running. Make one with [Host.Open]. Its
// methods may be used by many goroutines.
type Plugin struct {
	host *Host
	spec Spec
	id   string
	log  *slog.Logger
	past past
	// tried: there has been an attempt to start it. Only run uses it.
	tried bool

	wanted context.Context // ends when it is to stop
	cancel context.CancelFunc
	reset  chan struct{}

	mu        sync.Mutex
	condition condition     // guarded by mu
	starts    int           // guarded by mu
	patience  time.Duration // of the stop; guarded by mu
	opened    *host.Program // guarded by mu
	outdated  bool          // another file had the name when somebody looked; guarded by mu
	described *host.Plugin  // the last one that described itself; guarded by mu
	answerBy  time.Time     // when it is to have answered; zero before it is asked; guarded by mu
	mute      error         // why it is not asked anything; guarded by mu
}

// condition is how a plugin is. It is replaced and never changed.
type condition struct {
	state   State
	since   time.Time
	process *host.Plugin  // while it runs
	reason  error         // why it does not
	changed chan struct{} // closed when there is another condition
}

func newPlugin(h *Host, spec Spec, id string) *Plugin {
	p := &Plugin{
		host: h, spec: spec, id: id, past: past{Pauses: h.config.Pauses}, reset: make(chan struct{}, 1),
		log:       h.config.Log.With("plugin", spec.Name),
		condition: condition{state: Starting, since: time.Now(), changed: make(chan struct{})},
	}
	p.wanted, p.cancel = context.WithCancel(context.Background())
	return p
}

// Name returns the name of the spec.
func (p *Plugin) Name() string { return p.spec.Name }

// ID tells this plugin from every other one of the same host, also from those of
// the same name. Whatever is started with one has to be started anew with
// another.
func (p *Plugin) ID() string { return p.id }

// Wait waits until the plugin runs, however often it has to be started for that. It
// returns an error if ctx ends, or the plugin is stopped.
func (p *Plugin) Wait(ctx context.Context) error {
	_, err := p.up(ctx, func(err error) bool { return errors.Is(err, errStopping) })
	return err
}

// Hurry starts a plugin that waits or is broken at once, and forgets its deaths
// and why they were. It may be asked again.
func (p *Plugin) Hurry() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answerBy, p.mute = time.Time{}, nil
	if p.condition.state != Waiting && p.condition.state != Broken {
		return
	}
	p.change(condition{state: Starting, since: time.Now()})
	select {
	case p.reset <- struct{}{}:
	default:
	}
}

// errStopping is the reason of a plugin that is not wanted any more.
var errStopping = errors.New("the plugin was stopped")

// run keeps the plugin running until it is not wanted any more.
func (p *Plugin) run() {
	defer func() {
		p.become(Stopped, nil, errStopping)
		p.close()
	}()
	for p.wanted.Err() == nil {
		began := time.Now()
		err := p.live()
		if p.wanted.Err() != nil {
			return
		}
		pause, broken := p.past.died(time.Now(), time.Since(began))
		state, message := Waiting, "the plugin is started again after a pause"
		if broken {
			state, message = Broken, "the plugin dies again and again, and is tried rarely from now on"
		}
		p.become(state, nil, err)
		p.log.Warn(message, "pause", pause.Round(time.Millisecond), "reason", err.Error())
		p.sleep(pause)
	}
}

// live starts a process and returns why it could not be, or does not run any
// more.
func (p *Plugin) live() error {
	p.become(Starting, nil, p.now().reason)
	again := p.tried
	p.tried = true
	program, err := p.program()
	if err != nil {
		return err
	}
	process, err := host.Launch(p.wanted, host.Options{
		Name: p.spec.Name, Program: program, RuntimeDir: p.host.directory, User: p.spec.User,
		Environment: p.spec.Environment, Log: p.host.config.Lines, StartTimeout: p.spec.StartTimeout,
	})
	if err != nil {
		return &launchError{err}
	}
	p.mu.Lock()
	p.starts++
	p.described = process
	p.mu.Unlock()
	p.log.Info("the plugin runs", "pid", process.Pid(), "version", process.Description().Version)
	if again && p.host.config.Restarted != nil {
		p.host.config.Restarted(p)
	}
	p.become(Running, process, nil)
	select {
	case <-process.Done():
	case <-p.wanted.Done():
	}
	p.mu.Lock()
	patience := p.patience
	p.mu.Unlock()
	err = process.Err()
	if err != nil {
		p.become(Waiting, nil, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	process.Stop(ctx)
	return err
}

// launchError says that it was not even started.
type launchError struct{ err error }

func (e *launchError) Error() string { return "the plugin cannot be started: " + e.err.Error() }
func (e *launchError) Unwrap() error { return e.err }

// sleep waits before the next attempt.
func (p *Plugin) sleep(pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.wanted.Done():
	case <-p.reset:
		p.past.forget()
	}
}

// program returns what to execute: what was opened first, as long as this plugin
// is open, so that a file that is replaced is not run before somebody says so.
func (p *Plugin) program() (*host.Program, error) {
	program := p.hasOpened()
	if p.spec.Path != "" && (program == nil || program.IsScript()) {
		if err := p.inspect(); err != nil {
			return nil, &launchError{err}
		}
	}
	if program != nil {
		return program, nil
	}
	program = host.Self(p.spec.Args...)
	if p.spec.Path != "" {
		var err error
		if program, err = host.Open(p.spec.Path, p.spec.SHA256); err != nil {
			return nil, &launchError{err}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened = program
	return program, nil
}

// hasOpened returns the program if it has been opened.
func (p *Plugin) hasOpened() *host.Program {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opened
}

// inspect says why the file must not be opened, or cannot be.
func (p *Plugin) inspect() error {
	ctx := p.wanted
	if p.spec.StartTimeout > 0 {
		limited, cancel := context.WithTimeout(ctx, p.spec.StartTimeout)
		defer cancel()
		ctx = limited
	}
	if err := probe.Program(ctx, p.spec.Path, p.spec.Path); err != nil || p.spec.Unverified {
		return err
	}
	return Verify(p.spec.Path)
}

func (p *Plugin) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.opened != nil {
		p.opened.Close()
	}
}

// stop makes run return. Deliveries may take as long as patience.
func (p *Plugin) stop(patience time.Duration) {
	p.mu.Lock()
	p.patience = patience
	p.mu.Unlock()
	p.cancel()
}

// become changes the condition.
func (p *Plugin) become(state State, process *host.Plugin, reason error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	since := p.condition.since
	if state != p.condition.state {
		since = time.Now()
	}
	p.change(condition{state: state, since: since, process: process, reason: reason})
}

// change replaces the condition. mu is held.
func (p *Plugin) change(c condition) {
	before := p.condition
	c.changed = make(chan struct{})
	p.condition = c
	close(before.changed)
}

// now returns the condition.
func (p *Plugin) now() condition {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.condition
}

// up waits until the process runs. While it does not, and for a new reason,
// excuse is called with it; it may say that this is enough.
func (p *Plugin) up(ctx context.Context, excuse func(error) (enough bool)) (*host.Plugin, error) {
	var last error
	for {
		c := p.now()
		if c.process != nil && c.process.Err() == nil {
			return c.process, nil
		}
		if c.reason != nil && (last == nil || c.reason.Error() != last.Error()) {
			if last = c.reason; excuse(last) {
				return nil, last
			}
		}
		select {
		case <-c.changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
