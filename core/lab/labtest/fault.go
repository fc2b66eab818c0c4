package labtest

import "github.com/sentinel-ha/sentinel/core/lab"

// Kill is [lab.Node.Kill].
func (n *Node) Kill() {
	n.t.Helper()
	check(n.t, n.Node.Kill())
}

// Freeze is [lab.Node.Freeze].
func (n *Node) Freeze() {
	n.t.Helper()
	check(n.t, n.Node.Freeze())
}

// Thaw is [lab.Node.Thaw].
func (n *Node) Thaw() {
	n.t.Helper()
	check(n.t, n.Node.Thaw())
}

// Cut is [lab.Node.Cut].
func (n *Node) Cut(d lab.Direction, segments ...string) {
	n.t.Helper()
	check(n.t, n.Node.Cut(d, segments...))
}

// Loss is [lab.Node.Loss].
func (n *Node) Loss(percent float64, d lab.Direction, segments ...string) {
	n.t.Helper()
	check(n.t, n.Node.Loss(percent, d, segments...))
}

// Heal is [lab.Node.Heal].
func (n *Node) Heal(segments ...string) {
	n.t.Helper()
	check(n.t, n.Node.Heal(segments...))
}

// Unplug is [lab.Node.Unplug].
func (n *Node) Unplug(segments ...string) {
	n.t.Helper()
	check(n.t, n.Node.Unplug(segments...))
}

// Plug is [lab.Node.Plug].
func (n *Node) Plug(segments ...string) {
	n.t.Helper()
	check(n.t, n.Node.Plug(segments...))
}
