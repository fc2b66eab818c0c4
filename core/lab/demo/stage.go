package demo

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// Options say what to show.
type Options struct {
	// Program is the path of the sentinel executable.
	Program string
	// Arguments are those of `sentinel agent` besides -node.
	Arguments []string
	// Nodes are the servers. The first is expected to be active when all is well.
	Nodes []Node
	// Watched is the virtual address to ping.
	Watched netip.Addr
	// In is where the prompt reads; nil ends after the story.
	In io.Reader
	// Out is written to, with colours if Color.
	Out   io.Writer
	Color bool
	// Story is false to begin with the prompt.
	Story bool
}

// Node is a server: its name, which is also given to the agent as -node, and the
// addresses of its interfaces, each with its prefix length.
type Node struct {
	Name      string
	Addresses []string
}

// pingEvery is the distance of the client's pings, and so the resolution of an
// outage.
const pingEvery = 5 * time.Millisecond

// stage is a lab with an agent on every server, and somebody who looks on.
type stage struct {
	options Options
	lab     *lab.Lab
	servers []*server
	probe   *lab.Probe
	out     *printer
}

// server is a node and the agent on it.
type server struct {
	node  *lab.Node
	agent *lab.Process
}

func (s *server) running() bool { return s.agent != nil && s.agent.Running() }

// Run shows what the options say, and returns when the story and the prompt have
// ended, or with ctx. The program must have entered the lab: see [lab.Enter].
func Run(ctx context.Context, o Options) error {
	l, err := lab.New(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	s := &stage{options: o, lab: l, out: &printer{w: o.Out, color: o.Color}}
	if err := s.build(); err != nil {
		return err
	}
	defer s.probe.Close()
	if o.Story {
		if err := s.tell(); err != nil {
			return err
		}
	} else {
		for _, server := range s.servers {
			if err := s.start(server); err != nil {
				return err
			}
		}
	}
	if o.In == nil {
		return nil
	}
	return s.prompt(ctx)
}

// build makes the nodes and the client that pings.
func (s *stage) build() error {
	for _, n := range s.options.Nodes {
		node, err := s.lab.AddNode(n.Name, lab.At(n.Addresses...))
		if err != nil {
			return err
		}
		s.servers = append(s.servers, &server{node: node})
	}
	client, err := s.lab.AddNode("client", lab.At(s.clientAddress().String()))
	if err != nil {
		return err
	}
	s.probe, err = client.Probe(s.options.Watched, pingEvery)
	return err
}

// clientAddress returns an address for the client in the prefix of the first
// server: the last but one of an IPv4 prefix, or ::fffe.
func (s *stage) clientAddress() netip.Prefix {
	prefix := netip.MustParsePrefix(s.options.Nodes[0].Addresses[0])
	raw := prefix.Masked().Addr().AsSlice()
	last := len(raw) - 1
	for bit := prefix.Bits(); bit < prefix.Addr().BitLen(); bit++ {
		if prefix.Addr().Is4() || bit >= prefix.Addr().BitLen()-16 {
			raw[bit/8] |= 0x80 >> (bit % 8)
		}
	}
	raw[last] &^= 1
	address, _ := netip.AddrFromSlice(raw)
	return netip.PrefixFrom(address, prefix.Bits())
}

// start runs the agent on a server.
func (s *stage) start(server *server) error {
	if server.running() {
		return fmt.Errorf("%s is running already", server.node.Name())
	}
	agent, err := server.node.Start(lab.Command{
		Path: s.options.Program,
		Args: append([]string{"agent", "-node", server.node.Name()}, s.options.Arguments...),
	})
	server.agent = agent
	return err
}

// holds reports whether a server has the watched address.
func (s *stage) holds(server *server) bool {
	addresses, err := server.node.Addresses("")
	if err != nil {
		return false
	}
	for _, a := range addresses {
		if a.Prefix.Addr() == s.options.Watched {
			return true
		}
	}
	return false
}
