package lab

import (
	"fmt"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// dropFrames replaces the rules of the switch by those that the faults ask for,
// in one step. The caller holds the lock.
func (l *Lab) dropFrames() error {
	conn, err := l.filterConn()
	if err != nil {
		return fmt.Errorf("reach nftables: %w", err)
	}
	table := conn.AddTable(&nftables.Table{Family: nftables.TableFamilyBridge, Name: "lab"})
	conn.FlushTable(table)
	r := rules{conn: conn, table: table}
	in := r.chain("from_node", nftables.ChainHookPrerouting)
	out := r.chain("to_node", nftables.ChainHookPostrouting)
	across := r.chain("across", nftables.ChainHookForward)
	for _, n := range l.nodes {
		for _, p := range n.ports {
			r.dropAtPort(in, expr.MetaKeyIIF, p, 0)
			r.dropAtPort(out, expr.MetaKeyOIF, p, 1)
		}
	}
	for _, s := range l.segments {
		r.dropAcross(in, across, s)
	}
	if err := conn.Flush(); err != nil {
		_ = conn.CloseLasting() // answers to what failed may be left in it
		l.filter = nil
		return fmt.Errorf("change the rules of the switch: %w", err)
	}
	return nil
}

// filterConn returns the connection to nftables in the switch. It is kept, because
// the kernel takes 10 ms to close one. The caller holds the lock.
func (l *Lab) filterConn() (*nftables.Conn, error) {
	if l.filter == nil {
		conn, err := nftables.New(nftables.WithNetNSFd(int(l.wire.net.Fd())), nftables.AsLasting())
		if err != nil {
			return nil, err
		}
		l.filter = conn
	}
	return l.filter, nil
}

// rules collects what is sent to nftables.
type rules struct {
	conn  *nftables.Conn
	table *nftables.Table
}

func (r *rules) chain(name string, hook *nftables.ChainHook) *nftables.Chain {
	return r.conn.AddChain(&nftables.Chain{
		Name: name, Table: r.table, Type: nftables.ChainTypeFilter, Hooknum: hook, Priority: nftables.ChainPriorityFilter,
	})
}

// add appends a rule: what it matches, then what becomes of it.
func (r *rules) add(chain *nftables.Chain, match []expr.Any, then ...expr.Any) {
	r.conn.AddRule(&nftables.Rule{Table: r.table, Chain: chain, Exprs: append(match, then...)})
}

// drop is the end of a frame.
var drop = &expr.Verdict{Kind: expr.VerdictDrop}

// dropAtPort drops what a port's cut and loss ask for on one of its sides.
func (r *rules) dropAtPort(chain *nftables.Chain, key expr.MetaKey, p *port, side int) {
	match := isPort(key, p)
	switch {
	case p.cut[side]:
		r.add(chain, match, drop)
	case p.loss[side] > 0:
		r.add(chain, append(match, byChance(p.loss[side])...), drop)
	}
}

// dropAcross drops what goes from one group of a segment to another: frames are
// marked with the number of the group they come from, 0 for none.
func (r *rules) dropAcross(in, across *nftables.Chain, s *segment) {
	for i, group := range s.groups {
		number := binaryutil.NativeEndian.PutUint32(uint32(i + 1))
		for _, p := range s.portsOf(group) {
			r.add(in, isPort(expr.MetaKeyIIF, p),
				&expr.Immediate{Register: 1, Data: number},
				&expr.Meta{Key: expr.MetaKeyMARK, SourceRegister: true, Register: 1})
			r.add(across, isPort(expr.MetaKeyOIF, p),
				&expr.Meta{Key: expr.MetaKeyMARK, Register: 1},
				&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: number},
				&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: make([]byte, 4)},
				drop)
		}
	}
}

// portsOf returns the ports that some nodes have on the segment.
func (s *segment) portsOf(nodes []*Node) []*port {
	var ports []*port
	for _, n := range nodes {
		for _, p := range n.ports {
			if p.segment == s {
				ports = append(ports, p)
			}
		}
	}
	return ports
}

// isPort matches frames that come in or go out by a port.
func isPort(key expr.MetaKey, p *port) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: key, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: binaryutil.NativeEndian.PutUint32(uint32(p.link.Index))},
	}
}

// chances is what a random number is drawn from: losses are exact to 0.01 %.
const chances = 10000

// byChance matches a share of the frames.
func byChance(percent float64) []expr.Any {
	return []expr.Any{
		&expr.Numgen{Register: 1, Modulus: chances, Type: unix.NFT_NG_RANDOM},
		// Numbers are compared byte by byte, the highest first.
		&expr.Byteorder{SourceRegister: 1, DestRegister: 1, Op: expr.ByteorderHton, Len: 4, Size: 4},
		&expr.Cmp{Op: expr.CmpOpLt, Register: 1, Data: binaryutil.BigEndian.PutUint32(uint32(percent * chances / 100))},
	}
}
