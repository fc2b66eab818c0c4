package host

import (
	"context"
	"io"
	"strconv"

	"github.com/hashicorp/go-plugin/runner"
)

// This file is what go-plugin wants to see of a process: it sees no more than the
// handshake and the end.
var _ runner.Runner = (*process)(nil)

func (p *process) Diagnose(context.Context) string { return "" }
func (p *process) Name() string                    { return p.program.path }
func (p *process) Stdout() io.ReadCloser           { return p.shown }
func (p *process) Stderr() io.ReadCloser           { return untilEnd{p.ended} }

func (p *process) ID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process == nil {
		return ""
	}
	return strconv.Itoa(p.process.Pid)
}

func (p *process) Wait(context.Context) error {
	<-p.ended
	return nil
}

func (p *process) Kill(context.Context) error {
	p.kill()
	return nil
}

func (p *process) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

func (p *process) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}

// untilEnd is a reader of nothing that ends with the process.
type untilEnd struct{ ended <-chan struct{} }

func (u untilEnd) Read([]byte) (int, error) {
	<-u.ended
	return 0, io.EOF
}

func (u untilEnd) Close() error { return nil }
