package main

import (
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/sentinel-ha/sentinel/core/api"
)

// defaultSocket is where an agent with the default runtime_dir listens.
const defaultSocket = "/run/sentinel/" + api.SocketName

// control are the flags of the commands that ask a running agent.
type control struct {
	socket string
	output string
}

func (c *control) register(env *environment, flags *flag.FlagSet) {
	socket := defaultSocket
	for _, entry := range env.environ {
		if value, ok := strings.CutPrefix(entry, "SENTINEL_SOCKET="); ok && value != "" {
			socket = value
		}
	}
	flags.StringVar(&c.socket, "socket", socket, "the `path` of the agent's control socket; also SENTINEL_SOCKET")
	flags.StringVar(&c.output, "output", "text", "the `form` of the output: text or json")
}

// check returns an error if the flags make no sense.
func (c *control) check() error {
	if !slices.Contains([]string{"text", "json"}, c.output) {
		return fmt.Errorf("-output is text or json, not %q", c.output)
	}
	return nil
}

func (c *control) client() *api.Client { return api.NewClient(c.socket) }
