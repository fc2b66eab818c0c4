package lab

import (
	"fmt"
	"slices"
)

// Cut drops every frame from or to the node in the switch, on the named segments
// or on all. The carrier stays and neither end is told. Cutting another
// direction later adds to it.
func (n *Node) Cut(d Direction, segments ...string) error {
	return n.wrap("cut", n.changePorts(segments, func(p *port) {
		for i, side := range sides {
			p.cut[i] = p.cut[i] || d&side != 0
		}
	}))
}

// Loss drops a share of the frames from or to the node at random, on the named
// segments or on all. It replaces the share of that direction; 0 ends the loss.
func (n *Node) Loss(percent float64, d Direction, segments ...string) error {
	if percent < 0 || percent > 100 {
		return n.wrap("loss", fmt.Errorf("%g is not a percentage", percent))
	}
	return n.wrap("loss", n.changePorts(segments, func(p *port) {
		for i, side := range sides {
			if d&side != 0 {
				p.loss[i] = percent
			}
		}
	}))
}

// Heal undoes Cut and Loss on the named segments or on all.
func (n *Node) Heal(segments ...string) error {
	return n.wrap("heal", n.changePorts(segments, func(p *port) {
		p.cut, p.loss = [2]bool{}, [2]float64{}
	}))
}

func (n *Node) changePorts(segments []string, f func(*port)) error {
	return n.lab.change(func() error {
		ports, err := n.portsOn(segments)
		for _, p := range ports {
			f(p)
		}
		return err
	})
}

// Partition splits a segment: nodes of different groups do not hear each other.
// A node in no group hears all and is heard by all. It replaces an earlier
// partition of the segment.
func (l *Lab) Partition(name string, groups ...[]*Node) error {
	if err := l.split(name, groups); err != nil {
		return fmt.Errorf("partition %s: %w", name, err)
	}
	return nil
}

// Unite undoes Partition.
func (l *Lab) Unite(name string) error { return l.Partition(name) }

func (l *Lab) split(name string, groups [][]*Node) error {
	return l.change(func() error {
		s := l.segmentNamed(name)
		if s == nil {
			return fmt.Errorf("there is no such segment")
		}
		s.groups = slices.Clone(groups)
		return nil
	})
}

// Unplug takes the carrier from the node's side of a segment, or of all.
func (n *Node) Unplug(segments ...string) error {
	return n.wrap("unplug", n.setPlugged(segments, false))
}

// Plug undoes Unplug.
func (n *Node) Plug(segments ...string) error {
	return n.wrap("plug", n.setPlugged(segments, true))
}

func (n *Node) setPlugged(segments []string, plugged bool) error {
	n.lab.mu.Lock()
	defer n.lab.mu.Unlock()
	if n.lab.ctx.Err() != nil {
		return ErrClosed
	}
	ports, err := n.portsOn(segments)
	if err != nil {
		return err
	}
	// Switching off the switch's side of a veth takes the carrier from the other.
	set := n.lab.wire.link.LinkSetDown
	if plugged {
		set = n.lab.wire.link.LinkSetUp
	}
	for _, p := range ports {
		if err := set(p.link); err != nil {
			return err
		}
		p.unplugged = !plugged
	}
	return nil
}
