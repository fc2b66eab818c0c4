package labtest

import (
	"syscall"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// Process is a [lab.Process] that belongs to a test.
type Process struct {
	*lab.Process
	t testing.TB
}

// WaitLog is [lab.Log.Wait].
func (p *Process) WaitLog(pattern string, timeout time.Duration) lab.Line {
	p.t.Helper()
	line, err := p.Log().Wait(pattern, timeout)
	check(p.t, err)
	return line
}

// WaitLogSince is [lab.Log.WaitSince].
func (p *Process) WaitLogSince(since time.Time, pattern string, timeout time.Duration) lab.Line {
	p.t.Helper()
	line, err := p.Log().WaitSince(since, pattern, timeout)
	check(p.t, err)
	return line
}

// Signal is [lab.Process.Signal].
func (p *Process) Signal(s syscall.Signal) {
	p.t.Helper()
	check(p.t, p.Process.Signal(s))
}

// Kill is [lab.Process.Kill].
func (p *Process) Kill() {
	p.t.Helper()
	check(p.t, p.Process.Kill())
}

// Freeze is [lab.Process.Freeze].
func (p *Process) Freeze() {
	p.t.Helper()
	check(p.t, p.Process.Freeze())
}

// Thaw is [lab.Process.Thaw].
func (p *Process) Thaw() {
	p.t.Helper()
	check(p.t, p.Process.Thaw())
}

// Stop is [lab.Process.Stop].
func (p *Process) Stop(timeout time.Duration) (status int) {
	p.t.Helper()
	status, err := p.Process.Stop(timeout)
	check(p.t, err)
	return status
}

// Usage is [lab.Process.Usage].
func (p *Process) Usage() lab.Usage {
	p.t.Helper()
	usage, err := p.Process.Usage()
	check(p.t, err)
	return usage
}
