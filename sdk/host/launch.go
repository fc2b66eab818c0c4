package host

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"

	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// Launch starts a plugin and returns it when it has described itself. ctx is for the
// launch alone: call [Plugin.Stop] to end the plugin. The error says in words why it
// could not be launched, with its panic or the last line that it wrote, if there is one;
// no process is left then.
func Launch(ctx context.Context, o Options) (*Plugin, error) {
	o = o.withDefaults()
	id, err := lookup(o.User)
	if err != nil {
		return nil, err
	}
	if id.other && os.Geteuid() != 0 {
		return nil, fmt.Errorf("user %q: only root can run a plugin as somebody else", o.User)
	}
	if n := len(o.RuntimeDir); n > MaxRuntimeDir {
		return nil, fmt.Errorf("its socket has no room in %s: the path has %d bytes, and must have at most %d", o.RuntimeDir, n, MaxRuntimeDir)
	}
	ctx, cancel := context.WithTimeout(ctx, o.StartTimeout)
	defer cancel()
	p := newPlugin(o, newProcess(o.Program, id, newPump(o.Log)))
	if err := p.start(ctx); err != nil {
		err = p.whyNot(ctx, err)
		p.abandon()
		return nil, err
	}
	return p, nil
}

// start starts the process, and talks to it for the first time.
func (p *Plugin) start(ctx context.Context) error {
	if err := p.options.Program.probe(ctx); err != nil {
		return err
	}
	security, err := p.handshake(ctx)
	if err != nil {
		return err
	}
	if err := p.dial(security); err != nil {
		return err
	}
	if err := p.describe(ctx); err != nil {
		return err
	}
	if err := p.process.seal(); err != nil {
		return err
	}
	p.watch()
	return nil
}

// handshake starts the process and lets go-plugin have its conversation with it.
// It returns how to encrypt, nil for not at all.
func (p *Plugin) handshake(ctx context.Context) (*tls.Config, error) {
	config := &plugin.ClientConfig{
		HandshakeConfig:  plugin.HandshakeConfig{MagicCookieKey: wire.CookieName, MagicCookieValue: wire.CookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{wire.Version: {}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     p.options.StartTimeout,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: p.options.RuntimeDir},
		Logger:           hclog.NewNullLogger(),
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, directory string) (runner.Runner, error) {
			process := p.process
			process.mu.Lock()
			process.directory = directory
			process.mu.Unlock()
			process.variables = append(cmd.Env, p.options.Environment...)
			if id := process.identity; id.other {
				return process, os.Chown(directory, int(id.uid), int(id.gid))
			}
			return process, nil
		},
	}
	started := make(chan error, 1)
	go func() {
		_, err := plugin.NewClient(config).Start()
		started <- err
	}()
	select {
	case err := <-started:
		if err != nil {
			return nil, err
		}
	case <-ctx.Done():
		p.process.kill()
		select {
		case <-started: // its pipes are ended by kill
			return nil, ctx.Err()
		case <-time.After(mercy):
		}
		go func() { // when the kernel answers, nothing is to be left
			<-started
			p.abandon()
		}()
		return nil, fmt.Errorf("%s was not executed within %v; is its file system there?", p.options.Program.shown(), p.options.StartTimeout)
	}
	if !p.process.said().tls {
		return nil, nil
	}
	return config.TLSConfig, nil
}

// whyNot says why a launch came to nothing.
func (p *Plugin) whyNot(ctx context.Context, err error) error {
	if refusal := p.process.refused(); refusal != nil {
		return refusal
	}
	started, ended := p.process.fate()
	if !started {
		return err
	}
	if ended {
		<-p.process.quiet // soon, also if children keep the pipes
	}
	words := p.process.pump.lastWords()
	last := words.String()
	greeted := p.process.said().line != ""
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return errors.New("the launch was given up")
	case ended && greeted:
		return fmt.Errorf("it %s%s", p.process.death(), last)
	case ended:
		return fmt.Errorf("it %s before it was ready%s", p.process.death(), last)
	case !greeted:
		return fmt.Errorf("it did not print the handshake within %v: is it a plugin of Sentinel?%s", p.options.StartTimeout, last)
	case ctx.Err() != nil, errors.Is(err, ErrTimedOut):
		return fmt.Errorf("it did not describe itself within %v%s", p.options.StartTimeout, last)
	}
	return err
}
