package lab

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/mdlayher/socket"
)

// Probe pings an address from a node, through the neighbour cache of the node's
// kernel, and records when it did not answer.
type Probe struct {
	node   *Node
	target netip.Addr
	every  time.Duration
	tap    *tap
	conn   *socket.Conn
	echo   echo
	stop   context.CancelFunc

	mu       sync.Mutex // guards the rest
	sent     int        // pings; the next has this sequence number
	answered int
	last     answer
	outages  []Outage
	// pings are the newest, by sequence number.
	pings [1 << 12]ping
	// waiting is when the first ping was sent that is still to be answered, zero
	// if there is none. Pings before the last one answered do not count.
	waiting time.Time
}

// ping is a question, and who has answered it.
type ping struct {
	at time.Time
	by *Node // known by the port where the answer came in
}

// answer is an answer that has reached the node which asked.
type answer struct {
	at       time.Time
	from     *Node
	sequence int
}

// Outage is a time without answers although there were pings.
type Outage struct {
	// From is the last answer before, To the first after, zero while there is
	// none: an outage is measured too long by at most one interval, never too
	// short.
	From, To time.Time
	// Before and After are the nodes that gave these answers.
	Before, After *Node
}

// Duration is how long the outage was, or has been so far.
func (o Outage) Duration() time.Duration {
	if o.To.IsZero() {
		return time.Since(o.From)
	}
	return o.To.Sub(o.From)
}

// patience is how many intervals a ping may wait for its answer before that is an
// outage: a machine with other work to do is late now and then.
const patience = 5

// Probe starts to ping an address at an interval, until Close or the lab's end.
// A ping that waits for more than five intervals makes an outage.
func (n *Node) Probe(target netip.Addr, every time.Duration) (*Probe, error) {
	p, err := n.newProbe(target, every)
	if err != nil {
		return nil, n.wrap("probe "+target.String(), err)
	}
	return p, nil
}

func (n *Node) newProbe(target netip.Addr, every time.Duration) (*Probe, error) {
	if every <= 0 {
		return nil, fmt.Errorf("the interval must be positive")
	}
	p := &Probe{node: n, target: target, every: every}
	var err error
	if p.echo, err = newEcho(n, target); err != nil {
		return nil, err
	}
	if p.conn, err = p.echo.open(n); err != nil {
		return nil, err
	}
	if p.tap, err = n.lab.openTap(answerFilter(), false, p.see); err != nil {
		p.conn.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(n.lab.ctx)
	p.stop = cancel
	if err := n.lab.whileOpen(func() { n.lab.running.Go(func() { p.run(ctx) }) }); err != nil {
		p.Close()
		p.conn.Close()
		return nil, err
	}
	return p, nil
}

// Close ends the probe. What it has recorded can still be read.
func (p *Probe) Close() {
	p.stop()
	p.tap.close()
}

// run pings until ctx ends.
func (p *Probe) run(ctx context.Context) {
	defer p.conn.Close()
	ticker := time.NewTicker(p.every)
	defer ticker.Stop()
	for {
		// "No route to host" and the like are silence, too.
		_ = p.conn.Sendto(ctx, p.echo.request(p.ask()), 0, p.echo.to)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// ask notes that a ping is sent and returns its sequence number.
func (p *Probe) ask() uint16 {
	p.mu.Lock()
	defer p.mu.Unlock()
	sequence, now := p.sent, time.Now()
	*p.ping(sequence) = ping{at: now}
	if p.waiting.IsZero() {
		p.waiting = now
	}
	p.sent++
	return uint16(sequence)
}

// ping returns what is known of a ping, or was of one long ago.
func (p *Probe) ping(sequence int) *ping { return &p.pings[sequence%len(p.pings)] }

// see takes an answer twice: where it comes into the switch, which tells who gave
// it, and where it leaves for the node that asked, past all faults.
func (p *Probe) see(f *frame) {
	low, ok := p.echo.answered(f.data)
	if !ok {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	newest := p.sent - 1
	sequence := newest - int(uint16(newest)-low) // the newest that ends so
	if sequence < 0 {
		return
	}
	question := p.ping(sequence)
	switch {
	case !f.leaving:
		question.by = f.port.node
	case f.port.node == p.node:
		p.record(answer{f.at, question.by, sequence})
	}
}

// record takes an answer that has arrived. The caller holds the lock.
func (p *Probe) record(a answer) {
	if p.late(a.at) {
		p.outages = append(p.outages, Outage{From: p.last.at, To: a.at, Before: p.last.from, After: a.from})
	}
	p.answered++
	if p.answered > 1 && a.sequence < p.last.sequence {
		a.sequence = p.last.sequence // overtaken by a later one
	}
	p.last = a
	p.waiting = time.Time{}
	if next := a.sequence + 1; next < p.sent {
		p.waiting = p.ping(next).at
	}
}

// late reports whether a ping has waited too long at a time. Before the first
// answer nothing is late.
func (p *Probe) late(now time.Time) bool {
	return p.answered > 0 && !p.waiting.IsZero() && now.Sub(p.waiting) > patience*p.every
}

// Outages returns the outages since the first answer, oldest first. The last may
// not have ended.
func (p *Probe) Outages() []Outage {
	p.mu.Lock()
	defer p.mu.Unlock()
	outages := p.outages[:len(p.outages):len(p.outages)]
	if p.late(time.Now()) {
		outages = append(outages, Outage{From: p.last.at, Before: p.last.from})
	}
	return outages
}

// Counts returns how many pings were sent and how many were answered.
func (p *Probe) Counts() (sent, answered int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent, p.answered
}

// Answering returns the node that gave the last answer, and when; nil if there
// was none yet.
func (p *Probe) Answering() (*Node, time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last.from, p.last.at
}

// WaitAnswer waits for an answer that comes after the call, from the given node
// or, with nil, from any.
func (p *Probe) WaitAnswer(from *Node, timeout time.Duration) error {
	start := time.Now()
	ok, err := p.node.lab.poll(timeout, time.Millisecond, func() (bool, error) {
		node, at := p.Answering()
		return at.After(start) && (from == nil || node == from), nil
	})
	if err == nil && !ok {
		err = context.DeadlineExceeded
	}
	return p.node.lab.waitError(err, timeout, fmt.Sprintf("answer of %v for %s", from, p.target))
}
