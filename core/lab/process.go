package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
)

// Process is a program that was started in a node, with its process group.
type Process struct {
	node   *Node
	name   string
	cmd    *exec.Cmd
	log    *Log
	output *os.File // what the log reads
	exited chan struct{}
	silent chan struct{} // closed when the log has read everything
	frozen atomic.Bool
}

// Start starts a program in the node, in a process group of its own. What it
// prints goes to its log.
func (n *Node) Start(command Command) (*Process, error) {
	cmd, err := n.lab.command(command)
	if err != nil {
		return nil, n.wrap("start "+command.Path, err)
	}
	p := &Process{
		node:   n,
		name:   filepath.Base(command.Path),
		cmd:    cmd,
		log:    &Log{lab: n.lab, lines: newJournal[Line](logLimit)},
		exited: make(chan struct{}),
		silent: make(chan struct{}),
	}
	if err := p.start(); err != nil {
		return nil, n.wrap("start "+command.Path, err)
	}
	return p, nil
}

func (p *Process) start() error {
	l := p.node.lab
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer w.Close()
	p.cmd.Stdout, p.cmd.Stderr = w, w
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		err = ErrClosed
	} else {
		err = p.node.Do(p.cmd.Start)
	}
	if err != nil {
		r.Close()
		return err
	}
	p.output = r
	p.node.processes = append(p.node.processes, p)
	l.running.Go(func() {
		p.log.read(r)
		close(p.silent)
	})
	l.running.Go(func() {
		_ = p.cmd.Wait() // ProcessState says it
		close(p.exited)
	})
	return nil
}

// Processes returns everything that was started in the node, in that order,
// including what has ended.
func (n *Node) Processes() []*Process {
	n.lab.mu.Lock()
	defer n.lab.mu.Unlock()
	return slices.Clone(n.processes)
}

// Name returns the base name of the program.
func (p *Process) Name() string { return p.name }

// Node returns where the process runs.
func (p *Process) Node() *Node { return p.node }

// PID returns the process id, as the calling program sees it.
func (p *Process) PID() int { return p.cmd.Process.Pid }

func (p *Process) String() string { return fmt.Sprintf("%s on %s", p.name, p.node.name) }

// Log returns what the process prints.
func (p *Process) Log() *Log { return p.log }

// Exited is closed when the process has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Running reports whether the process has not ended. A frozen one is running.
func (p *Process) Running() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// State says how the process has ended, and is nil while it has not.
func (p *Process) State() *os.ProcessState {
	if p.Running() {
		return nil
	}
	return p.cmd.ProcessState
}

// Signal sends a signal to the process alone.
func (p *Process) Signal(s syscall.Signal) error {
	return p.wrap(s.String(), p.cmd.Process.Signal(s))
}

// Kill ends the process and its group at once, as kill -9 would. It is no error
// if they have ended.
func (p *Process) Kill() error { return p.wrap("kill", p.signalGroup(syscall.SIGKILL)) }

// Freeze stops the process and its group from running, as a paused virtual
// machine would, until Thaw.
func (p *Process) Freeze() error {
	p.frozen.Store(true)
	return p.wrap("freeze", p.signalGroup(syscall.SIGSTOP))
}

// Thaw lets a frozen process go on.
func (p *Process) Thaw() error {
	p.frozen.Store(false)
	return p.wrap("thaw", p.signalGroup(syscall.SIGCONT))
}

// Stop asks the process to end with SIGTERM, kills its group after the timeout,
// and returns the exit status: -1 and an error if it had to be killed, -1 if a
// signal ended it. The log is complete then.
func (p *Process) Stop(timeout time.Duration) (status int, err error) {
	if p.frozen.Load() {
		if err := p.Thaw(); err != nil {
			return -1, err
		}
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return -1, p.wrap("stop", err)
	}
	select {
	case <-p.exited:
	case <-time.After(timeout):
		err = fmt.Errorf("%s: still running %v after SIGTERM, killed", p, timeout)
	}
	if killErr := p.Kill(); err == nil {
		err = killErr // what the process may have left behind
	}
	<-p.exited
	select {
	case <-p.silent:
	case <-time.After(lastWords): // something that has left the group can still print
	}
	return p.cmd.ProcessState.ExitCode(), err
}

// signalGroup signals the process group; one that has ended is as good.
func (p *Process) signalGroup(s syscall.Signal) error {
	if err := syscall.Kill(-p.PID(), s); err != syscall.ESRCH {
		return err
	}
	return nil
}

func (p *Process) wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %s: %w", p, what, err)
	}
	return nil
}
