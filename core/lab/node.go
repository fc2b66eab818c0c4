package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Node is one machine of the lab.
type Node struct {
	lab       *Lab
	name      string
	ordinal   int // from 1
	namespace *namespace
	watch     *addressWatch
	ports     []*port // in the order of eth0, eth1, ...; complete once the lab knows the node

	// Guarded by the lab's lock.
	processes []*Process
	frozen    bool
}

// NodeOption says what a new node has.
type NodeOption func(*nodePlan)

type nodePlan struct {
	interfaces []interfacePlan
	settings   []setting
}

type interfacePlan struct {
	segment   string
	addresses []string
}

// At gives the node an interface on [DefaultSegment] with addresses, each with
// its prefix length: "10.0.0.71/24", "fd00::71/64".
func At(addresses ...string) NodeOption { return On(DefaultSegment, addresses...) }

// On gives the node its next interface, on a segment, which is made if it does
// not exist.
func On(segment string, addresses ...string) NodeOption {
	return func(p *nodePlan) {
		p.interfaces = append(p.interfaces, interfacePlan{segment, addresses})
	}
}

// WithSysctl changes a kernel setting before the node gets its interfaces.
func WithSysctl(key, value string) NodeOption {
	return func(p *nodePlan) { p.settings = append(p.settings, setting{key, value}) }
}

// AddNode adds a node. When it returns, every interface has its carrier and every
// address can be used, the IPv6 link-local ones included.
func (l *Lab) AddNode(name string, options ...NodeOption) (*Node, error) {
	var plan nodePlan
	for _, option := range options {
		option(&plan)
	}
	n, err := l.addNode(name, &plan)
	if err != nil {
		return nil, fmt.Errorf("add node %s: %w", name, err)
	}
	return n, nil
}

func (l *Lab) addNode(name string, plan *nodePlan) (*Node, error) {
	if !nodeName.MatchString(name) {
		return nil, fmt.Errorf("a name is 1 to 10 lower-case letters, digits and hyphens")
	}
	l.adding.Lock()
	defer l.adding.Unlock()
	if l.ctx.Err() != nil {
		return nil, ErrClosed
	}
	if l.Node(name) != nil {
		return nil, fmt.Errorf("there is one already")
	}
	n := &Node{lab: l, name: name, ordinal: len(l.Nodes()) + 1, namespace: &namespace{}}
	if n.ordinal > 255 {
		return nil, fmt.Errorf("a lab has at most 255 nodes")
	}
	err := n.build(plan)
	if err == nil {
		err = l.whileOpen(func() { l.nodes = append(l.nodes, n) })
	}
	if err != nil {
		n.discard()
		return nil, err
	}
	return n, nil
}

// discard takes back what was built of a node that is not to be.
func (n *Node) discard() {
	n.close()
	for _, p := range n.ports {
		_ = n.lab.wire.link.LinkDel(p.link) // goes with the namespace, but later
	}
	n.namespace.close()
	os.RemoveAll(n.lab.nodeDir(n.name))
}

// build makes the namespace and the interfaces.
func (n *Node) build(plan *nodePlan) error {
	dir := n.lab.nodeDir(n.name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	made, err := newNamespace(n.name, func() error { return plan.setUp(dir) })
	if err != nil {
		return err
	}
	n.namespace = made
	if n.watch, err = watchAddresses(n); err != nil {
		return err
	}
	for _, planned := range plan.interfaces {
		p, err := n.lab.connect(n, planned.segment)
		if err != nil {
			return err
		}
		if err := p.configure(planned.addresses); err != nil {
			return fmt.Errorf("%s: %w", p.iface, err)
		}
	}
	return nil
}

// setUp prepares the namespace of the calling thread, whose /run is in dir.
func (p *nodePlan) setUp(dir string) error {
	if err := unix.Mount(dir, "/run", "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("give it its own /run: %w", err)
	}
	// Show the node's interfaces in /sys/class/net. Where that is refused, the
	// machine's stay visible, which harms nobody who uses netlink.
	_ = unix.Mount("sysfs", "/sys", "sysfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	if err := applyDefaults(nodeSettings); err != nil {
		return err
	}
	for _, s := range p.settings {
		if err := s.apply(); err != nil {
			return err
		}
	}
	return nil
}

// lastWords is how long a log waits for the end of what a dead process printed.
const lastWords = time.Second

// close kills what runs in the node. The namespace itself is closed when nothing
// of the lab uses it any more.
func (n *Node) close() {
	_ = n.signalAll(syscall.SIGKILL) // the lab's end kills what this does not
	for _, p := range n.Processes() {
		// Should something that can print have left the node, do not wait for it.
		_ = p.output.SetReadDeadline(time.Now().Add(lastWords))
	}
	if n.watch != nil {
		n.watch.close()
	}
}

// Name returns the node's name, which is its host name too.
func (n *Node) Name() string { return n.name }

func (n *Node) String() string { return n.name }

// Do runs f on a thread inside the node's network, mount and host-name
// namespaces, and returns its error. Sockets that f opens stay in the node, and
// so do programs that it starts:
//
//	err := node.Do(cmd.Start)
//
// Such a program must not ask for a parent-death signal, because the thread ends
// with f.
func (n *Node) Do(f func() error) error { return n.namespace.do(f) }

// Path returns where the calling program finds a file that has the given
// absolute path in the node. Only /run differs: each node has its own.
func (n *Node) Path(path string) string {
	clean := filepath.Clean(path)
	for _, run := range []string{"/run", "/var/run"} {
		if rest, ok := strings.CutPrefix(clean, run); ok && (rest == "" || rest[0] == '/') {
			return filepath.Join(n.lab.nodeDir(n.name), rest)
		}
	}
	return path
}

// WriteFile writes a file that belongs to the node, below its /run, and makes
// the directories it needs.
func (n *Node) WriteFile(path, text string) error {
	outside := n.Path(path)
	if outside == path {
		return n.wrap("write "+path, fmt.Errorf("only files below /run belong to the node"))
	}
	if err := os.MkdirAll(filepath.Dir(outside), 0o755); err != nil {
		return n.wrap("write "+path, err)
	}
	return n.wrap("write "+path, os.WriteFile(outside, []byte(text), 0o644))
}

// wrap says which node an error is about.
func (n *Node) wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("node %s: %s: %w", n.name, what, err)
	}
	return nil
}
