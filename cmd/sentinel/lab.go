package main

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/lab/demo"
	"github.com/sentinel-ha/sentinel/examples"
)

// quickstartNodes are the servers of the embedded quick-start.
var quickstartNodes = []string{"server1=192.168.1.1/24", "server2=192.168.1.2/24"}

func runLab(env *environment, args []string) int {
	flags := newFlags(env, "lab [flags]",
		"Starts several nodes on this machine, in network namespaces, each with an agent; tells a story of\n"+
			"failures and what they cost, and then lets you cause them. Nothing leaves the machine, and no root\n"+
			"is needed where the kernel allows it. Without -config it uses the quick-start of two servers.")
	var paths, specs list
	flags.Var(&paths, "config", "a configuration `file or directory`, which is used on every node; may be repeated")
	flags.Var(&specs, "node", "a node, as `name=address/length[,address/length]` of its eth0; may be repeated")
	story := flags.Bool("story", true, "begin with the story")
	interactive := flags.Bool("interactive", term.IsTerminal(int(env.stdin.Fd())), "then ask what to do")
	names, code, ok := parse(env, flags, args)
	switch {
	case !ok:
		return code
	case len(names) > 0:
		fmt.Fprintf(env.stderr, "sentinel lab: unexpected %q\n", names[0])
		return exitUsage
	case (len(paths) == 0) != (len(specs) == 0):
		fmt.Fprintln(env.stderr, "sentinel lab: -config and -node belong together: the nodes are those of the configuration")
		return exitUsage
	}
	if len(specs) == 0 {
		specs = quickstartNodes
	}
	nodes, err := parseNodes(specs)
	if err != nil {
		fmt.Fprintln(env.stderr, "sentinel lab:", err)
		return exitUsage
	}
	// From here on the program is another process, in namespaces of its own.
	if err := lab.Enter(); err != nil {
		return env.fail(err)
	}
	options := demo.Options{Nodes: nodes, Out: env.stdout, Story: *story}
	options.Color, _ = env.terminal(env.stdout)
	if *interactive {
		options.In = env.stdin
	}
	if err := showLab(env, paths, options); err != nil {
		return env.fail(err)
	}
	return exitDone
}

// showLab fills in what the configuration decides, and runs the lab.
func showLab(env *environment, paths []string, o demo.Options) error {
	if len(paths) == 0 {
		file, err := writeQuickstart()
		if err != nil {
			return err
		}
		defer os.RemoveAll(filepath.Dir(file))
		paths = []string{file}
	}
	watched, err := watchedAddress(env, paths, o.Nodes[0].Name)
	if err != nil {
		return err
	}
	o.Watched = watched
	for _, path := range paths {
		o.Arguments = append(o.Arguments, "-config", path)
	}
	if o.Program, err = os.Executable(); err != nil {
		return err
	}
	ctx, cancel := interruptible()
	defer cancel()
	return demo.Run(ctx, o)
}

// writeQuickstart writes the embedded quick-start where the nodes can read it.
func writeQuickstart() (file string, err error) {
	directory, err := os.MkdirTemp("", "sentinel-lab-")
	if err != nil {
		return "", err
	}
	file = filepath.Join(directory, "ha.hcl")
	if err := os.WriteFile(file, examples.Quickstart, 0o600); err != nil {
		os.RemoveAll(directory)
		return "", err
	}
	return file, nil
}

// watchedAddress returns the first virtual address of the configuration: it is
// what the lab's client pings.
func watchedAddress(env *environment, paths []string, node string) (netip.Addr, error) {
	conf, report, err := env.load(paths, config.Options{Node: node, Environ: env.environ})
	if err == nil {
		err = writeReport(env, report)
	}
	if err != nil {
		return netip.Addr{}, err
	}
	if conf == nil {
		return netip.Addr{}, fmt.Errorf("the configuration is not valid for node %s", node)
	}
	for _, router := range conf.Routers {
		if len(router.Addresses) > 0 {
			return router.Addresses[0].Prefix.Addr(), nil
		}
	}
	return netip.Addr{}, fmt.Errorf("no router of the configuration has an address to watch")
}

// parseNodes reads name=address/length,... of every node.
func parseNodes(specs []string) ([]demo.Node, error) {
	var nodes []demo.Node
	for _, spec := range specs {
		name, addresses, found := strings.Cut(spec, "=")
		if !found || name == "" {
			return nil, fmt.Errorf("a node is name=address/length, for example server1=192.168.1.1/24, not %q", spec)
		}
		node := demo.Node{Name: name, Addresses: strings.Split(addresses, ",")}
		for _, address := range node.Addresses {
			if _, err := netip.ParsePrefix(address); err != nil {
				return nil, fmt.Errorf("node %s: %q is not an address with a prefix length, such as 192.168.1.1/24", name, address)
			}
		}
		if slices.ContainsFunc(nodes, func(n demo.Node) bool { return n.Name == name }) {
			return nil, fmt.Errorf("node %s is there twice", name)
		}
		nodes = append(nodes, node)
	}
	if len(nodes) < 2 {
		return nil, fmt.Errorf("a lab needs at least two nodes, and there is %d", len(nodes))
	}
	return nodes, nil
}
