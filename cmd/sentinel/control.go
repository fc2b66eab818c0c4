package main

import (
	"flag"
	"strings"

	"github.com/sentinel-ha/sentinel/core/api"
)

// defaultSocket is where an agent with the default runtime_dir listens.
const defaultSocket = "/run/sentinel/" + api.SocketName

// control are the flags of the commands that ask a running agent.
type control struct {
	socket string
	output output
}

func (c *control) register(env *environment, flags *flag.FlagSet) {
	socket := defaultSocket
	for _, entry := range env.environ {
		if value, ok := strings.CutPrefix(entry, "SENTINEL_SOCKET="); ok && value != "" {
			socket = value
		}
	}
	flags.StringVar(&c.socket, "socket", socket, "the `path` of the agent's control socket; also SENTINEL_SOCKET")
	c.output.register(flags)
}

func (c *control) client() *api.Client { return api.NewClient(c.socket) }
