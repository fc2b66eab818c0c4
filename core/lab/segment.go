package lab

import (
	"fmt"
	"regexp"
	"time"

	"github.com/vishvananda/netlink"
)

// DefaultSegment is the one that [At] puts a node on.
const DefaultSegment = "lan"

// Names become parts of interface names, which have 15 bytes: "NODE.ethN".
var (
	segmentName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,14}$`)
	nodeName    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,9}$`)
)

// segment is one broadcast domain: a bridge of the same name in the switch.
type segment struct {
	name   string
	bridge *netlink.Bridge
	// groups are the parts of a partition; a node in none of them reaches all.
	groups [][]*Node
}

// segmentNamed returns the segment with a name, or nil. The caller holds the lock.
func (l *Lab) segmentNamed(name string) *segment {
	for _, s := range l.segments {
		if s.name == name {
			return s
		}
	}
	return nil
}

// segment returns the segment with a name, and makes it if there is none. One
// caller at a time.
func (l *Lab) segment(name string) (*segment, error) {
	l.mu.Lock()
	s := l.segmentNamed(name)
	l.mu.Unlock()
	if s != nil {
		return s, nil
	}
	if !segmentName.MatchString(name) {
		return nil, fmt.Errorf("segment %q: a name is 1 to 15 lower-case letters, digits and hyphens", name)
	}
	off := false
	bridge := &netlink.Bridge{LinkAttrs: netlink.NewLinkAttrs(), MulticastSnooping: &off}
	bridge.Name = name
	if err := l.wire.link.LinkAdd(bridge); err != nil {
		return nil, fmt.Errorf("segment %s: make the bridge: %w", name, err)
	}
	if err := l.wire.link.LinkSetUp(bridge); err != nil {
		return nil, fmt.Errorf("segment %s: bring the bridge up: %w", name, err)
	}
	s = &segment{name: name, bridge: bridge}
	return s, l.whileOpen(func() { l.segments = append(l.segments, s) })
}

// readyTimeout bounds the wait for a new interface, readyInterval is how often
// it is looked at. The kernel takes some 0.3 ms.
const (
	readyTimeout  = 5 * time.Second
	readyInterval = 200 * time.Microsecond
)

// connect gives a node that is being built its next interface, on a segment.
func (l *Lab) connect(n *Node, name string) (*port, error) {
	s, err := l.segment(name)
	if err != nil {
		return nil, err
	}
	p := &port{node: n, segment: s, iface: fmt.Sprintf("eth%d", len(n.ports))}
	p.mac = MAC{0x02, 0, 0, 0, byte(n.ordinal), byte(len(n.ports))}
	veth := netlink.NewVeth(netlink.NewLinkAttrs())
	veth.Name = n.name + "." + p.iface
	veth.MasterIndex = s.bridge.Index
	veth.PeerName = p.iface
	veth.PeerHardwareAddr = p.mac[:]
	veth.PeerNamespace = netlink.NsFd(int(n.namespace.net.Fd()))
	if err := l.wire.link.LinkAdd(veth); err != nil {
		return nil, fmt.Errorf("make the port %s: %w", veth.Name, err)
	}
	p.link = veth
	n.ports = append(n.ports, p)
	if err := l.wire.link.LinkSetUp(veth); err != nil {
		return nil, fmt.Errorf("bring the port %s up: %w", veth.Name, err)
	}
	return p, nil
}
