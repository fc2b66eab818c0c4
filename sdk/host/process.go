package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk/guard"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
	"github.com/sentinel-ha/sentinel/sdk/probe"
)

// linger is how long the output of a dead process is still read. Its children may
// hold the pipes for ever.
const linger = 250 * time.Millisecond

// process is the process of a plugin.
type process struct {
	program   *Program
	identity  identity
	variables []string // in the environment, besides PATH, HOME and LANG
	pump      *pump

	slot     int            // where its group is guarded
	lifeLine *os.File       // our end of its standard input
	shown    *io.PipeReader // what go-plugin sees of its standard output
	show     *io.PipeWriter
	ended    chan struct{} // closed when it has been reaped
	quiet    chan struct{} // closed when its output has been read, or is not read any more
	drained  sync.WaitGroup

	mu        sync.Mutex       // not held while the kernel starts the process
	directory string           // of the socket; guarded by mu
	process   *os.Process      // nil before it is started; guarded by mu
	killed    bool             // by us, or it must not be started any more; guarded by mu
	reaped    bool             // guarded by mu
	state     *os.ProcessState // how it ended; read after ended
	hello     hello            // guarded by mu
	refusal   error            // why the handshake is no good; guarded by mu
	pipesMu   sync.Mutex
	pipeEnds  []*os.File // ours of its output; guarded by pipesMu
}

func newProcess(program *Program, identity identity, pump *pump) *process {
	p := &process{program: program, identity: identity, pump: pump, ended: make(chan struct{}), quiet: make(chan struct{})}
	p.shown, p.show = io.Pipe()
	return p
}

// Start starts the process. If it was killed meanwhile, it does not live.
func (p *process) Start(context.Context) error {
	path, args, err := p.program.command()
	if err != nil {
		return err
	}
	var ends pipes
	defer ends.closeTheirs()
	if err := ends.open(); err != nil {
		return err
	}
	guard.Start()
	// In a session of its own it has no terminal: who can open ours, as /dev/tty, can
	// type there what its reader's shell obeys, whatever user the plugin runs as.
	started, err := launch(path, args, &os.ProcAttr{
		Dir: "/", Env: p.identity.environment(p.variables), Files: ends.theirs[:],
		Sys: &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL, Credential: p.identity.credential()},
	}, p.isKilled)
	if err != nil {
		ends.closeOurs()
		return inWords(err, p.program.path)
	}
	p.slot = guard.Add(started.Pid)
	p.lifeLine, p.pipeEnds = ends.ours[0], ends.ours[1:]
	sacrifice(started.Pid)
	p.mu.Lock()
	p.process = started
	killed := p.killed
	p.mu.Unlock()
	p.drained.Go(func() { p.readOutput(ends.ours[1]) })
	p.drained.Go(func() { p.pump.drain(lines(ends.ours[2]), true) })
	go p.wait()
	if killed { // while the kernel started it, which can take for ever
		p.kill()
		return errStoppedBefore
	}
	return nil
}

// errStoppedBefore is why a process is not started, or does not live, that was killed
// before.
var errStoppedBefore = errors.New("stopped before it was started")

func (p *process) isKilled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.killed
}

// inWords says what an error of execve means.
func inWords(err error, path string) error {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return fmt.Errorf("execute %w", probe.Refused(path, errno))
	}
	return err
}

// readOutput finds the handshake, shows it to go-plugin, and logs everything
// else.
func (p *process) readOutput(file *os.File) {
	r := lines(file)
	line, err := readHello(r, func(text string) { p.pump.line(text, true) })
	if err == nil {
		var h hello
		if h, err = parseHello(line, p.socketDirectory()); err == nil {
			p.mu.Lock()
			p.hello = h
			p.mu.Unlock()
			_, _ = io.WriteString(p.show, line+"\n")
		}
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrClosed) {
		p.mu.Lock()
		p.refusal = err
		p.mu.Unlock()
		p.kill()
	}
	p.pump.drain(bufio.NewReaderSize(r, longestLine), false)
}

// wait reaps the process and whatever is left of its group.
func (p *process) wait() {
	pid := p.process.Pid
	for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	p.mu.Lock()
	_ = syscall.Kill(-pid, syscall.SIGKILL) // the group is still its own
	guard.Remove(p.slot)
	p.state, _ = p.process.Wait()
	p.reaped = true
	p.mu.Unlock()
	close(p.ended)
	p.lifeLine.Close()
	p.show.Close()

	go func() {
		p.drained.Wait()
		close(p.quiet)
	}()
	select {
	case <-p.quiet:
	case <-time.After(linger):
	}
	p.pipesMu.Lock()
	for _, end := range p.pipeEnds {
		end.Close()
	}
	p.pipesMu.Unlock()
	<-p.quiet
	p.pump.end()
}

// signal sends a signal to the process alone.
func (p *process) signal(signal syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process != nil && !p.reaped {
		_ = syscall.Kill(p.process.Pid, signal)
	}
}

// kill ends the process and its group now, or keeps it from being started. It
// waits for nothing.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killed = p.killed || !p.reaped
	switch {
	case p.process == nil:
		p.show.Close()
	case !p.reaped:
		_ = syscall.Kill(-p.process.Pid, syscall.SIGKILL)
	}
}

// hangUp tells the process that it is not needed any more.
func (p *process) hangUp() {
	if p.lifeLine != nil {
		p.lifeLine.Close()
	}
}

// death says how the process ended. It is called after that.
func (p *process) death() string {
	if p.state == nil {
		return "is gone"
	}
	return wire.Fate(p.state)
}

// socketDirectory returns where its socket is to be, empty before that is known.
func (p *process) socketDirectory() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.directory
}

// seal takes the directory from a process of another user that listens there already:
// what else it put there would fill the file system that ours is on.
func (p *process) seal() error {
	if !p.identity.other {
		return nil
	}
	return os.Lchown(p.socketDirectory(), os.Getuid(), os.Getgid())
}

// said returns the handshake, empty before it.
func (p *process) said() hello {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hello
}

// refused returns why the handshake was no good.
func (p *process) refused() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refusal
}

// fate reports whether the process was started, and whether it has ended without
// having been killed by us.
func (p *process) fate() (started, ended bool) {
	p.mu.Lock()
	started, killed := p.process != nil, p.killed
	p.mu.Unlock()
	return started, started && !killed && p.isEnded(time.Millisecond)
}

// isEnded waits for the end of the process for a while. It reports whether it has
// ended, or was never started.
func (p *process) isEnded(patience time.Duration) bool {
	p.mu.Lock()
	started := p.process != nil
	p.mu.Unlock()
	if !started {
		return true
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.ended:
		return true
	case <-timer.C:
		return false
	}
}
