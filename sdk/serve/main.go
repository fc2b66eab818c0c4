package serve

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// Main serves the components until Sentinel ends, and does not return. version is the
// plugin's own, such as "0.1.0". If a person has started the program instead, Main
// prints how it is used and exits with 2; with the argument "describe" it prints a
// [Description] as JSON and exits with 0. If the components cannot be served, such as two
// of one name, Main says so on standard error and exits with 1.
func Main(version string, list ...Component) {
	c, err := newComponents(version, list)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: this plugin is not built right: %v\n", filepath.Base(os.Args[0]), err)
		os.Exit(1)
	}
	if os.Getenv(wire.CookieName) != wire.CookieValue {
		os.Exit(byHand(c, os.Args, os.Stdout, os.Stderr))
	}
	serve(c)
}

// serve talks to the host.
func serve(c *components) {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})))
	s := newService(c)
	e := &environment{stderr: os.Stderr}
	ignoreSignals()
	go lifeLine(os.Stdin, s)
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{MagicCookieKey: wire.CookieName, MagicCookieValue: wire.CookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{
			wire.Version: {"sentinel": registration{service: s}},
		},
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(options,
				grpc.MaxRecvMsgSize(wire.MaxRequest), grpc.MaxSendMsgSize(wire.MaxDescription),
				grpc.UnaryInterceptor(e.unary), grpc.StreamInterceptor(e.stream))...)
		},
		Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: os.Stderr, JSONFormat: true}),
	})
	os.Exit(0)
}

// registration makes the service known to go-plugin.
type registration struct {
	plugin.NetRPCUnsupportedPlugin
	plugin.GRPCPlugin
	service *service
}

// GRPCServer registers the services.
func (r registration) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	wire.RegisterPluginServer(server, r.service)
	wire.RegisterTrackerServer(server, r.service)
	wire.RegisterNotifierServer(server, r.service)
	return nil
}

// sdkVersion is the version of the module that this package is built from.
func sdkVersion() string {
	const module = "github.com/sentinel-ha/sentinel"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return dependency.Version
			}
		}
		if info.Main.Path == module && info.Main.Version != "" {
			return info.Main.Version
		}
	}
	return "(devel)"
}
