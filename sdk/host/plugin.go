package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// Plugin is one running process. Make one with [Launch]. Its methods may be used
// by many goroutines.
type Plugin struct {
	options  Options
	process  *process
	conn     *grpc.ClientConn
	plugin   wire.PluginClient
	tracker  wire.TrackerClient
	notifier wire.NotifierClient

	description Description
	calls       atomic.Uint64 // how many trackers were run

	alive  context.Context // ends when done is closed, with err as its cause
	fail   context.CancelCauseFunc
	closed sync.Once
	ended  sync.WaitGroup // what watch has started

	mu         sync.Mutex
	stopping   bool           // guarded by mu
	deliveries sync.WaitGroup // added to under mu, and not when stopping
}

func newPlugin(o Options, process *process) *Plugin {
	p := &Plugin{options: o, process: process}
	p.alive, p.fail = context.WithCancelCause(context.Background())
	return p
}

// Done is closed when the plugin cannot be used any more: it is dead, it is hung,
// or it was stopped. [Plugin.Stop] is to be called all the same.
func (p *Plugin) Done() <-chan struct{} { return p.alive.Done() }

// Err returns why the plugin is done, nil while it is not: "the plugin was killed
// by SIGKILL".
func (p *Plugin) Err() error {
	if p.alive.Err() == nil {
		return nil
	}
	return context.Cause(p.alive)
}

// Pid returns the number of its process.
func (p *Plugin) Pid() int {
	p.process.mu.Lock()
	defer p.process.mu.Unlock()
	return p.process.process.Pid
}

// Tail returns the last lines it wrote to standard error, at most 20.
func (p *Plugin) Tail() []string { return p.process.pump.tail() }

// ErrStopped is [Plugin.Err] of a plugin that was stopped by [Plugin.Stop].
var ErrStopped = errors.New("the plugin was stopped")

// mercy is how long a hung plugin has to say where it hangs, and a stopped one to
// exit.
const mercy = 500 * time.Millisecond

// wordsTake is how long the reason of a process's end is waited for, on a busy machine.
// It is over at once, unless a child in another group keeps the pipe open.
const wordsTake = deathTakes

// watch looks after the process, by its end and by its pulse.
func (p *Plugin) watch() {
	p.ended.Go(func() {
		<-p.process.ended
		p.fail(p.lastWords())
	})
	pulse := &lease{}
	p.ended.Go(func() {
		if err := p.listen(pulse); err != nil {
			p.hung(err)
		}
	})
}

// lastWords says how the process ended.
func (p *Plugin) lastWords() error {
	select { // what it wrote may still be in the pipe
	case <-p.process.quiet:
	case <-time.After(wordsTake):
	}
	if words := p.process.pump.lastWords(); words.Panicked() && !p.process.state.Success() {
		return fmt.Errorf("the plugin %s: %s", p.process.death(), words.Line())
	}
	return fmt.Errorf("the plugin %s", p.process.death())
}

// errRestless ends a plugin that would cost too much to listen to.
var errRestless = errors.New("the plugin sends signs of life without end")

// listen follows the pulse until the plugin is done. It returns an error if it is
// not right; a plugin without a pulse is none.
func (p *Plugin) listen(pulse *lease) error {
	ctx, cancel := context.WithCancelCause(p.alive)
	defer cancel(nil)
	stream, err := p.plugin.Pulse(ctx, &wire.PulseRequest{Interval: durationpb.New(p.options.Lease / 3)})
	if err == nil {
		p.ended.Go(func() {
			pulse.watch(ctx, p.options.Lease, func() {
				cancel(fmt.Errorf("the plugin hangs: there was no sign of life for %v", p.options.Lease))
			})
		})
	}
	beats := newBucket(samplesPerSecond, samplesAtOnce)
	for err == nil {
		if _, err = stream.Recv(); err == nil {
			if !beats.take() {
				return errRestless
			}
			pulse.renew()
		}
	}
	switch {
	case p.alive.Err() != nil || isUnimplemented(err):
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return p.explain(ctx, err)
}

// hung gives up a process that does not do what it should. A program in Go writes
// what it is doing at SIGQUIT.
func (p *Plugin) hung(err error) {
	p.fail(err)
	p.process.signal(syscall.SIGQUIT)
	if !p.process.isEnded(mercy) {
		p.process.kill()
	}
}

// Stop ends the plugin: trackers end at once, deliveries that are under way may
// take until ctx ends, and half a second after that the process and its group
// are killed. Stop waits for their end, but not for one that the kernel does not
// let die.
func (p *Plugin) Stop(ctx context.Context) {
	p.mu.Lock()
	p.stopping = true
	p.mu.Unlock()
	if p.alive.Err() == nil {
		request := &wire.DrainRequest{}
		if deadline, ok := ctx.Deadline(); ok {
			request.Within = durationpb.New(time.Until(deadline))
		}
		_, _ = p.plugin.Drain(ctx, request)
		p.awaitDeliveries(ctx)
		p.fail(ErrStopped)
		p.process.hangUp()
		p.process.isEnded(mercy)
	}
	p.abandon()
}

// awaitDeliveries waits for the answers of deliveries, which may come after that
// of Drain.
func (p *Plugin) awaitDeliveries(ctx context.Context) {
	answered := make(chan struct{})
	go func() {
		p.deliveries.Wait()
		close(answered)
	}()
	select {
	case <-answered:
	case <-ctx.Done():
	case <-p.alive.Done():
	}
}

// begin counts a delivery, unless the plugin is being stopped.
func (p *Plugin) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stopping {
		p.deliveries.Add(1)
	}
	return !p.stopping
}

// abandon leaves nothing of the plugin.
func (p *Plugin) abandon() {
	p.fail(ErrStopped)
	p.process.kill()
	p.closed.Do(func() {
		if p.conn != nil {
			p.conn.Close()
		}
	})
	if p.process.isEnded(mercy) {
		p.ended.Wait()
	}
	if directory := p.process.socketDirectory(); directory != "" {
		_ = Remove(directory) // or it is left to the next agent
	}
}
