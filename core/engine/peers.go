package engine

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
)

const (
	// maxPeers bounds what is remembered: anybody on the segment can invent
	// source addresses.
	maxPeers = 32
	// peerMemory is how many intervals, and at least how long, a silent peer and
	// its conflicts are remembered.
	peerMemory      = 10
	peerMemoryFloor = 10 * time.Second
	// conflictGap is the shortest time between two reports about one peer.
	conflictGap = time.Second
	// learnedFactor: a peer's interval this many times ours is reported as such,
	// because it delays the takeover by as much.
	learnedFactor = 10
	// lasting is for how many of a peer's intervals something that it said counts
	// after it has said something else.
	lasting = 3
)

// peers is who was heard by one instance, and what they disagree about. An
// advertisement like the one before costs no more than a few comparisons.
type peers struct {
	inst *instance
	list []*peer
}

type peer struct {
	address   netip.Addr
	heard     time.Time // the last advertisement, accepted or not
	reported  time.Time // the last PeerHeard
	conflicts []Conflict
	raised    time.Time // the last conflict reported
	quarrel   time.Time // the last time it was active beside us

	// What was compared last.
	compared  bool // it was accepted, and this is what it said:
	priority  uint8
	interval  time.Duration
	checksum  packet.ChecksumForm
	addresses []netip.Addr
	drop      packet.DropReason // or why it was dropped

	rejected time.Time // the last advertisement that was not accepted
	// explained is when one with each reason was last looked into: a flood of
	// several kinds costs no more than a flood of one.
	explained [packet.DropReasons]time.Time
	// forms is when it last used each form of the checksum, as it can use both.
	forms [packet.ChecksumForms]time.Time
}

// accepted takes note of a valid advertisement, and of what in it is not as in
// ours though it need not be rejected.
func (ps *peers) accepted(now time.Time, source netip.Addr, advert *packet.Advertisement) {
	p := ps.meet(now, source, true)
	if p == nil {
		return
	}
	first := !p.compared
	if p.drop != packet.Accepted && now.Sub(p.rejected) < max(conflictGap, lasting*p.interval) {
		// Good and bad ones in turn, as during a change of version (RFC 9568
		// section 8.4) or from a forger: it has not changed its mind.
		return
	}
	if first {
		for _, subject := range []Subject{OnVersion, OnAuthentication, OnPeers, OnMinTTL} {
			ps.agree(p, subject, false)
		}
	}
	if first || p.interval != advert.Interval {
		p.interval = advert.Interval
		ps.compareInterval(now, p, advert)
	}
	if first || p.checksum != advert.Checksum {
		ps.compareChecksum(now, p, advert)
	}
	p.checksum = advert.Checksum
	p.forms[advert.Checksum] = now
	if first || !slices.Equal(p.addresses, advert.Addresses) {
		p.addresses = slices.Clone(advert.Addresses)
		ps.compareAddresses(now, p, advert)
	}
	p.compared, p.drop = true, packet.Accepted
	if first || p.priority != advert.Priority && now.Sub(p.reported) >= conflictGap {
		p.reported, p.priority = now, advert.Priority
		ps.inst.observe(PeerHeard{
			Router: ps.inst.config.Name, Peer: source, Priority: advert.Priority, Interval: advert.Interval,
		})
	}
}

func (ps *peers) compareInterval(now time.Time, p *peer, advert *packet.Advertisement) {
	ours := ps.inst.config.AdvertInterval
	if advert.Interval == ours {
		ps.agree(p, OnInterval, false)
		return
	}
	hint := "version 3 allows it"
	if advert.Interval > learnedFactor*ours {
		hint = fmt.Sprintf("while it is active, its death is noticed only after %v", 3*advert.Interval)
	}
	ps.disagree(now, p, Conflict{
		Subject: OnInterval, Ours: ours.String(), Theirs: advert.Interval.String(), Hint: hint,
	})
}

func (ps *peers) compareChecksum(now time.Time, p *peer, advert *packet.Advertisement) {
	ours := ps.inst.forms()
	usesOurs := slices.ContainsFunc(ours, func(f packet.ChecksumForm) bool {
		return f == advert.Checksum || now.Sub(p.forms[f]) <= lasting*p.interval
	})
	if advert.Version != packet.Version3 || !p.address.Is4() || usesOurs {
		ps.agree(p, OnChecksum, false)
		return
	}
	ps.disagree(now, p, Conflict{
		Subject: OnChecksum, Ours: strconv.Quote(ours[0].String()), Theirs: strconv.Quote(advert.Checksum.String()),
		Hint: `we accept both, but it may reject ours: set checksum to its form, or to "both"`,
	})
}

func (ps *peers) compareAddresses(now time.Time, p *peer, advert *packet.Advertisement) {
	ours := ps.inst.expect.Addresses
	theirs := difference(advert, ours)
	if theirs == "" {
		ps.agree(p, OnAddresses, false)
		return
	}
	ps.disagree(now, p, Conflict{Subject: OnAddresses, Ours: addressList(ours), Theirs: theirs})
}

// difference says how the list of advert differs from ours, or nothing.
func difference(advert *packet.Advertisement, ours []netip.Addr) string {
	switch {
	case !packet.SameAddresses(advert.Addresses, ours):
		return addressList(advert.Addresses)
	case !advert.FirstIsLinkLocal():
		return addressList(advert.Addresses) + " (the first should be link-local)"
	}
	return ""
}

func addressList(list []netip.Addr) string {
	if len(list) == 0 {
		return "none"
	}
	names := make([]string, len(list))
	for i, address := range list {
		names[i] = address.String()
	}
	return strings.Join(names, ", ")
}

// dropped takes note of an advertisement for our identifier that had to be
// rejected for a setting.
func (ps *peers) dropped(now time.Time, source netip.Addr, reason packet.DropReason, advert *packet.Advertisement) {
	p := ps.meet(now, source, false)
	if p == nil {
		return
	}
	p.rejected = now
	if now.Sub(p.explained[reason]) < conflictGap {
		return
	}
	if c, ok := ps.explain(reason, advert); ok {
		p.explained[reason] = now // what is nobody's setting must not hide one
		p.compared, p.drop = false, reason
		ps.disagree(now, p, c)
	}
}

// explain turns a drop into the setting that differs; ok is false for drops
// that are not about a setting.
func (ps *peers) explain(reason packet.DropReason, advert *packet.Advertisement) (c Conflict, ok bool) {
	ours := ps.inst.config
	c.Dropped = true
	switch reason {
	case packet.DropVersion:
		if advert.Version != packet.Version2 && advert.Version != packet.Version3 {
			return c, false // not a VRRP that anybody could be configured to
		}
		c.Subject, c.Ours, c.Theirs = OnVersion, fmt.Sprint(ours.Version), fmt.Sprint(advert.Version)
	case packet.DropAuthType:
		c.Subject, c.Ours, c.Theirs = OnAuthentication, `"`+ours.AuthType.String()+`"`, `"`+advert.AuthType.String()+`"`
	case packet.DropPassword:
		c.Subject, c.Theirs = OnAuthentication, "another password"
	case packet.DropInterval:
		c.Subject, c.Ours, c.Theirs = OnInterval, ours.AdvertInterval.String(), advert.Interval.String()
	case packet.DropChecksum:
		c.Subject, c.Theirs = OnChecksum, "one that fits neither form"
		c.Hint = "the packets are damaged or forged, or it computes the checksum in a way of its own"
	case packet.DropPeer:
		c.Subject, c.Theirs = OnPeers, "us among its peers, but it is not among ours"
	case packet.DropTTL:
		if ours.Unicast == nil {
			return c, false // forwarded or forged: the check is there for that
		}
		c.Subject, c.Ours = OnMinTTL, fmt.Sprint(ours.Unicast.MinTTL)
		c.Theirs = "a TTL or hop limit below it"
	default:
		return c, false
	}
	return c, true
}

// activeToo takes note of another active router beside us.
func (ps *peers) activeToo(now time.Time, source netip.Addr, priority uint8) {
	p := ps.meet(now, source, true)
	if p == nil {
		return
	}
	again := !p.quarrel.IsZero()
	p.quarrel = now
	if again && now.Sub(p.raised) < conflictGap {
		return
	}
	ps.disagree(now, p, Conflict{
		Subject: AlsoActive, Ours: fmt.Sprint(ps.inst.router.Priority()), Theirs: fmt.Sprint(priority),
	})
}

// meet returns the peer of an address. When there are too many, a valid one
// takes the place of the one not heard for longest, and another gets none: a
// flood of invented sources must not become a flood of reports.
func (ps *peers) meet(now time.Time, source netip.Addr, valid bool) *peer {
	for _, p := range ps.list {
		if p.address == source {
			p.heard = now
			return p
		}
	}
	if len(ps.list) >= maxPeers {
		oldest := slices.MinFunc(ps.list, func(a, b *peer) int { return a.heard.Compare(b.heard) })
		if !valid || now.Sub(oldest.heard) < conflictGap {
			return nil
		}
		ps.forget(oldest)
	}
	p := &peer{address: source, heard: now, interval: ps.inst.config.AdvertInterval}
	ps.list = append(ps.list, p)
	return p
}

// disagree raises a conflict unless it stands already with the same values.
func (ps *peers) disagree(now time.Time, p *peer, c Conflict) {
	c.Peer, c.Since = p.address, now
	for i := range p.conflicts {
		old := &p.conflicts[i]
		if old.Subject != c.Subject {
			continue
		}
		c.Since = old.Since
		if *old == c {
			return
		}
		*old = c
		if now.Sub(p.raised) >= conflictGap {
			ps.raise(now, p, c)
		}
		return
	}
	p.conflicts = append(p.conflicts, c)
	ps.raise(now, p, c)
}

func (ps *peers) raise(now time.Time, p *peer, c Conflict) {
	p.raised = now
	ps.inst.observe(ConflictRaised{Router: ps.inst.config.Name, Conflict: c})
}

// agree ends a conflict.
func (ps *peers) agree(p *peer, subject Subject, gone bool) {
	for i := range p.conflicts {
		if c := p.conflicts[i]; c.Subject == subject {
			p.conflicts = slices.Delete(p.conflicts, i, i+1)
			ps.inst.observe(ConflictCleared{Router: ps.inst.config.Name, Conflict: c, Gone: gone})
			return
		}
	}
}

func (ps *peers) forget(p *peer) {
	for len(p.conflicts) > 0 {
		ps.agree(p, p.conflicts[0].Subject, true)
	}
	ps.list = slices.DeleteFunc(ps.list, func(other *peer) bool { return other == p })
}

// expires is when a peer that stays silent is forgotten.
func (p *peer) expires() time.Time { return p.heard.Add(p.memory()) }

// calms is when a quarrel counts as over; zero without one.
func (p *peer) calms() time.Time {
	if p.quarrel.IsZero() {
		return time.Time{}
	}
	return p.quarrel.Add(p.memory())
}

func (p *peer) memory() time.Duration { return max(peerMemory*p.interval, peerMemoryFloor) }

func (ps *peers) deadline() time.Time {
	var next time.Time
	for _, p := range ps.list {
		next = earliest(earliest(next, p.expires()), p.calms())
	}
	return next
}

// tick forgets who has gone.
func (ps *peers) tick(now time.Time) {
	if !due(ps.deadline(), now) {
		return
	}
	for _, p := range slices.Clone(ps.list) {
		if due(p.calms(), now) {
			p.quarrel = time.Time{}
			ps.agree(p, AlsoActive, true)
		}
		if due(p.expires(), now) {
			ps.forget(p)
		}
	}
}

// recompare makes the next advertisement of every peer be compared anew, after
// our own settings have changed.
func (ps *peers) recompare() {
	for _, p := range ps.list {
		p.compared, p.explained = false, [packet.DropReasons]time.Time{}
	}
}

// conflicts returns what stands.
func (ps *peers) conflicts() []Conflict {
	var list []Conflict
	for _, p := range ps.list {
		list = append(list, p.conflicts...)
	}
	return list
}
