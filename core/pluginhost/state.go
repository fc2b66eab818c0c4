package pluginhost

import (
	"fmt"
	"time"
)

// State is what a plugin does.
type State uint8

// The states of a plugin.
const (
	// Starting is before it has described itself.
	Starting State = iota
	// Running is normal.
	Running
	// Waiting is a pause before it is started again.
	Waiting
	// Broken is a long pause, because it has died too often.
	Broken
	// Stopped is the end.
	Stopped
)

// String returns the state as in status.
func (s State) String() string {
	switch s {
	case Starting:
		return "starting"
	case Running:
		return "running"
	case Waiting:
		return "waiting"
	case Broken:
		return "broken"
	case Stopped:
		return "stopped"
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// Status is how a plugin is, for people.
type Status struct {
	Name  string
	State State
	// Since is when the state began.
	Since time.Time
	// Reason is why it does not run, empty while it does.
	Reason string
	// Path is the file's name, empty for this program itself.
	Path string
	// Version is what it says of itself, empty before it has.
	Version string
	// Pid is the number of its process, 0 if there is none.
	Pid int
	// Starts is how often it has been started.
	Starts int
	// Changed is whether another file has the name now: it is run after a reload.
	Changed bool
	// Tail are the last lines that its last process wrote to standard error.
	Tail []string
}

// Status returns how the plugin is. To look at its file takes a second at most.
func (p *Plugin) Status() Status {
	changed := p.changed()
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.condition
	s := Status{Name: p.spec.Name, State: c.state, Since: c.since, Path: p.spec.Path, Starts: p.starts, Changed: changed}
	if c.reason != nil {
		s.Reason = c.reason.Error()
	}
	if c.process != nil {
		s.Pid = c.process.Pid()
	}
	if p.described != nil {
		s.Version, s.Tail = p.described.Description().Version, p.described.Tail()
	}
	return s
}
