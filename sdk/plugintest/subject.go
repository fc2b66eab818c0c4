package plugintest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/sentinel-ha/sentinel/sdk/host"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// subject is the plugin that is checked, with the processes that it is now.
type subject struct {
	options   Options
	path      string // absolute
	program   *host.Program
	directory string // of the sockets

	hosted      *host.Plugin     // as the agent runs it; nil before it was launched
	description host.Description // what it said of itself then
	noHosted    error            // why there is none

	bare   *talk // as it is; nil before it was started
	noBare error // why there is none
	left   []relative
}

// talk is a process and the connection to it.
type talk struct {
	*process
	conn     *grpc.ClientConn
	plugin   wire.PluginClient
	tracker  wire.TrackerClient
	notifier wire.NotifierClient
}

func newSubject(o Options) (s *subject, err error) {
	if o.Interval <= 0 {
		o.Interval = time.Second
	}
	if o.Timeout <= 0 {
		o.Timeout = o.Interval
	}
	s = &subject{options: o, path: "/proc/self/exe", program: host.Self(o.Args...)}
	if o.Path != "" {
		if s.path, err = filepath.Abs(o.Path); err != nil {
			return nil, err
		}
		if s.program, err = host.Open(s.path, ""); err != nil {
			return nil, err
		}
	}
	if s.directory, err = os.MkdirTemp("", "sentinel-check-"); err == nil {
		err = host.CheckTempDir(s.directory, host.MaxRuntimeDir)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// close leaves nothing of it.
func (s *subject) close() {
	s.endHosted()
	s.endBare()
	s.program.Close()
	os.RemoveAll(s.directory)
}

func (s *subject) endHosted() {
	if s.hosted == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	s.hosted.Stop(ctx)
	s.hosted = nil
}

func (s *subject) endBare() {
	if s.bare == nil {
		return
	}
	s.bare.conn.Close()
	s.bare.close()
	s.bare = nil
}

// environment is what the agent gives a plugin, besides the handshake's variables.
func (s *subject) environment() []string {
	home, err := os.UserHomeDir()
	if err != nil {
		home = "/"
	}
	return wire.Environment(home)
}

// host returns the plugin as the agent runs it. One that has died is launched
// again, one that could not be launched is not.
func (s *subject) host(ctx context.Context) (*host.Plugin, error) {
	switch {
	case s.noHosted != nil:
		return nil, notApplicable("it cannot be launched")
	case s.hosted != nil && s.hosted.Err() == nil:
		return s.hosted, nil
	}
	s.endHosted()
	p, err := host.Launch(ctx, host.Options{
		Name: filepath.Base(s.path), Program: s.program, RuntimeDir: s.directory, Log: s.options.Log,
	})
	if err != nil {
		s.noHosted = err
		return nil, err
	}
	s.hosted, s.description = p, p.Description()
	return p, nil
}

// talk returns the bare process. One that has died is started again, one that does
// not greet is not.
func (s *subject) talk(ctx context.Context) (*talk, error) {
	switch {
	case s.noBare != nil:
		return nil, notApplicable("it does not begin to talk")
	case s.bare != nil && !s.bare.hasEnded():
		return s.bare, nil
	}
	s.endBare()
	_, err := s.greet(ctx)
	return s.bare, err
}

// handshakeLimit is how long a plugin may take to greet.
const handshakeLimit = 5 * time.Second

// greet starts a bare process and waits for its handshake. It returns what was
// printed before that.
func (s *subject) greet(ctx context.Context) (before string, err error) {
	defer func() { s.noBare = err }()
	directory, err := os.MkdirTemp(s.directory, "bare")
	if err != nil {
		return "", err
	}
	p, err := start(s.path, s.options.Args, append(s.environment(),
		wire.CookieName+"="+wire.CookieValue, "PLUGIN_UNIX_SOCKET_DIR="+directory,
		fmt.Sprintf("PLUGIN_PROTOCOL_VERSIONS=%d", wire.Version)))
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, handshakeLimit)
	defer cancel()
	var g greeting
	select {
	case g = <-p.greeting:
	case <-ctx.Done():
	}
	if g.line == "" {
		return g.before, whyNoHandshake(p, g, ctx.Err() != nil)
	}
	s.bare, err = dial(p, g.line, directory)
	if err != nil {
		p.close()
	}
	return g.before, err
}

func whyNoHandshake(p *process, g greeting, late bool) error {
	ended := p.within(linger)
	words := p.lastWords()
	fate := p.close()
	switch {
	case ended:
		return fmt.Errorf("it %s without a handshake%s", fate, words)
	case g.before != "":
		return fmt.Errorf("it prints %q, and no handshake", shortened(g.before))
	case late:
		return fmt.Errorf("it prints no handshake within %v%s", handshakeLimit, words)
	}
	return fmt.Errorf("it closes its standard output without a handshake%s", words)
}

// shortened is the beginning of a text.
func shortened(text string) string {
	const most = 60
	if text = strings.TrimSpace(text); len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

// dial connects to a process that has greeted.
func dial(p *process, line, directory string) (*talk, error) {
	fields := strings.Split(line, "|")
	if len(fields) < 5 || fields[2] != "unix" || fields[4] != "grpc" {
		return nil, fmt.Errorf("its handshake is %q, and must be 1|%d|unix|PATH|grpc", line, wire.Version)
	}
	if filepath.Dir(filepath.Clean(fields[3])) != directory {
		return nil, fmt.Errorf("it listens at %s, and must in the directory that PLUGIN_UNIX_SOCKET_DIR names", fields[3])
	}
	if len(fields) > 5 && len(fields[5]) > 50 {
		return nil, errors.New("it has sent a certificate, although there was none in PLUGIN_CLIENT_CERT")
	}
	conn, err := grpc.NewClient("unix://"+fields[3], grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(wire.MaxAnswer)), grpc.WithDisableRetry(), grpc.WithNoProxy())
	if err != nil {
		return nil, err
	}
	return &talk{p, conn, wire.NewPluginClient(conn), wire.NewTrackerClient(conn), wire.NewNotifierClient(conn)}, nil
}
