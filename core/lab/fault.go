package lab

import (
	"fmt"
	"slices"
	"strings"
)

// FaultKind is what has gone wrong.
type FaultKind string

// What a lab can do to its nodes and undo.
const (
	FaultCut       FaultKind = "cut"
	FaultLoss      FaultKind = "loss"
	FaultUnplugged FaultKind = "unplugged"
	FaultFrozen    FaultKind = "frozen"
	FaultPartition FaultKind = "partition"
)

// Fault is one thing that is wrong now, by the lab's doing.
type Fault struct {
	Kind FaultKind
	// Node is where; nil for a partition.
	Node *Node
	// Process is what is frozen; nil if all of the node is.
	Process *Process
	// Segment is empty for what is frozen.
	Segment string
	// Direction and Percent are those of a cut or a loss.
	Direction Direction
	Percent   float64
	// Groups are the parts of a partition.
	Groups [][]*Node
}

func (f Fault) String() string {
	switch f.Kind {
	case FaultCut:
		return fmt.Sprintf("%s cut off from %s (%s)", f.Node, f.Segment, f.Direction)
	case FaultLoss:
		return fmt.Sprintf("%s loses %g %% on %s (%s)", f.Node, f.Percent, f.Segment, f.Direction)
	case FaultUnplugged:
		return fmt.Sprintf("%s unplugged from %s", f.Node, f.Segment)
	case FaultFrozen:
		if f.Process != nil {
			return fmt.Sprintf("%s frozen", f.Process)
		}
		return fmt.Sprintf("%s frozen", f.Node)
	case FaultPartition:
		var groups []string
		for _, group := range f.Groups {
			groups = append(groups, fmt.Sprint(group))
		}
		return fmt.Sprintf("%s split into %s", f.Segment, strings.Join(groups, " and "))
	}
	panic("lab: unknown fault " + string(f.Kind))
}

// Faults returns what is wrong now, by node and then by segment. What cannot be
// undone, such as a process that was killed, is not among it.
func (l *Lab) Faults() []Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	var faults []Fault
	for _, n := range l.nodes {
		faults = append(faults, n.frozenFaults()...)
		for _, p := range n.ports {
			faults = append(faults, p.faults()...)
		}
	}
	for _, s := range l.segments {
		if len(s.groups) > 0 {
			faults = append(faults, Fault{Kind: FaultPartition, Segment: s.name, Groups: s.groups})
		}
	}
	return faults
}

func (n *Node) frozenFaults() []Fault {
	if n.frozen {
		return []Fault{{Kind: FaultFrozen, Node: n}}
	}
	var faults []Fault
	for _, p := range n.processes {
		if p.frozen.Load() && p.Running() {
			faults = append(faults, Fault{Kind: FaultFrozen, Node: n, Process: p})
		}
	}
	return faults
}

func (p *port) faults() []Fault {
	var faults []Fault
	if p.unplugged {
		faults = append(faults, Fault{Kind: FaultUnplugged, Node: p.node, Segment: p.segment.name})
	}
	var cut Direction
	for i, side := range sides {
		if p.cut[i] {
			cut |= side
		}
	}
	if cut != 0 {
		faults = append(faults, Fault{Kind: FaultCut, Node: p.node, Segment: p.segment.name, Direction: cut})
	}
	if p.loss[0] == p.loss[1] && p.loss[0] > 0 {
		return append(faults, Fault{Kind: FaultLoss, Node: p.node, Segment: p.segment.name, Direction: Both, Percent: p.loss[0]})
	}
	for i, side := range sides {
		if p.loss[i] > 0 {
			faults = append(faults, Fault{Kind: FaultLoss, Node: p.node, Segment: p.segment.name, Direction: side, Percent: p.loss[i]})
		}
	}
	return faults
}

// HealAll undoes every fault: nothing is frozen, unplugged, cut, lossy or split.
func (l *Lab) HealAll() error {
	for _, n := range l.Nodes() {
		if err := n.Thaw(); err != nil {
			return err
		}
		if err := n.Plug(); err != nil {
			return err
		}
	}
	return l.change(func() error {
		for _, n := range l.nodes {
			for _, p := range n.ports {
				p.cut, p.loss = [2]bool{}, [2]float64{}
			}
		}
		for _, s := range l.segments {
			s.groups = nil
		}
		return nil
	})
}

// change runs f with the lock held and then makes the switch drop what the
// faults say.
func (l *Lab) change(f func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		return ErrClosed
	}
	if err := f(); err != nil {
		return err
	}
	return l.dropFrames()
}

// portsOn returns the node's ports on the named segments, or all of them.
func (n *Node) portsOn(segments []string) ([]*port, error) {
	if len(segments) == 0 {
		return n.ports, nil
	}
	var ports []*port
	for _, name := range segments {
		i := slices.IndexFunc(n.ports, func(p *port) bool { return p.segment.name == name })
		if i < 0 {
			return nil, fmt.Errorf("it is not on segment %q", name)
		}
		for _, p := range n.ports {
			if p.segment.name == name {
				ports = append(ports, p)
			}
		}
	}
	return ports, nil
}
