package netio

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// changeAddresses carries out an order.
func (w *worker) changeAddresses(o AddressOrder) {
	var results []AddressResult
	if o.Add {
		results = w.add(o)
	} else {
		results = w.remove(o)
	}
	w.asOf = o.Seq
	for _, a := range o.Addresses {
		w.links.get(a.Interface).owed = true
	}
	w.report(AddressReport{Seq: o.Seq, Router: o.Router, Add: o.Add, Results: results})
}

// placement is an address that has to be put on its interface.
type placement struct {
	Address
	on     *iface
	entry  recordEntry
	result *AddressResult
	known  bool // it was in the record before
	there  bool // it is present, and only adopted
}

// add puts addresses on their interfaces: first all are judged, then recorded in
// one go, and then those that were recorded are added.
func (w *worker) add(o AddressOrder) []AddressResult {
	results := make([]AddressResult, len(o.Addresses))
	var list []placement
	for n, a := range o.Addresses {
		results[n].Address = a
		p := placement{Address: a, result: &results[n]}
		if w.judge(&p, o) {
			w.record.put(p.entry)
			list = append(list, p)
		}
	}
	if err := w.record.save(); err != nil {
		for _, p := range list {
			w.unrecord(p)
			p.result.Err = fmt.Errorf("not added because it cannot be recorded: %w", err)
		}
		return results
	}
	for _, p := range list {
		w.place(p, o.Own)
	}
	w.save()
	return results
}

// judge works out what is to be done about an address. It reports whether there
// is anything, and writes the result if not.
func (w *worker) judge(p *placement, o AddressOrder) bool {
	p.on, p.result.Err = w.links.fresh(p.Interface)
	if p.result.Err != nil {
		return false
	}
	address := p.Prefix.Addr()
	p.entry = recordEntry{Interface: p.Interface, Index: p.on.index, Address: p.Prefix, Router: o.Router}
	p.known = w.record.has(p.on.index, address)
	found, present := p.on.find(p.Prefix)
	switch {
	case !present:
		return true
	case p.known && found.Prefix == p.Prefix:
		return false // where it should be, by us
	case p.known: // ours with another prefix length
		p.entry.Address = found.Prefix
		r := w.takeOff([]recordEntry{p.entry})[0]
		p.entry.Address, p.known, p.result.Err = p.Prefix, false, r.err
		return r.err == nil
	case o.Own == Adopted:
		p.entry.Address, p.there = found.Prefix, true
		return true
	case o.Own == Foreign:
		p.result.Err = ErrForeign
	}
	return false
}

// place adds an address that is in the record.
func (w *worker) place(p placement, own Ownership) {
	if p.there {
		return
	}
	err := w.kernel.add(p.on.index, p.Address)
	if err == nil {
		p.result.Changed = true
		p.on.addresses = append(p.on.addresses, assigned{Prefix: p.Prefix})
		return
	}
	p.on.dueAt = time.Now() // it is not what we believed
	switch {
	case errors.Is(err, unix.EEXIST): // somebody was faster by a moment
		if own != Adopted && !p.known {
			w.unrecord(p)
			if own == Foreign {
				p.result.Err = ErrForeign
			}
		}
	case lost(err):
		w.inquire(p, err)
	default:
		w.unrecord(p)
		p.result.Err = err
	}
}

// inquire looks whether an address is there after all, though the kernel has not
// said that it added it. One that may be there stays in the record.
func (w *worker) inquire(p placement, err error) {
	list, unknown := w.kernel.addresses(p.on.index)
	switch {
	case slices.ContainsFunc(list, func(a assigned) bool { return a.Prefix == p.Prefix }):
		p.result.Changed = true
	case unknown != nil:
		p.result.Err = fmt.Errorf("perhaps added, without an answer: %w", err)
	default:
		w.unrecord(p)
		p.result.Err = err
	}
}

// unrecord takes an address that was not added out of the record again, unless it
// was in it before.
func (w *worker) unrecord(p placement) {
	if !p.known {
		w.record.drop(p.entry)
	}
}

// remove takes addresses off their interfaces.
func (w *worker) remove(o AddressOrder) []AddressResult {
	results := make([]AddressResult, len(o.Addresses))
	var entries []recordEntry
	var of []*AddressResult // of each entry
	for n, a := range o.Addresses {
		results[n].Address = a
		found, err := w.ours(a, o)
		results[n].Err = err
		for _, e := range found {
			entries, of = append(entries, e), append(of, &results[n])
		}
	}
	for i, r := range w.takeOff(entries) {
		of[i].Err = errors.Join(of[i].Err, r.err)
		of[i].Changed = of[i].Changed || r.changed
	}
	w.save()
	return results
}

// ours returns what may be removed when an address is to go: what is recorded,
// and what an adopting router finds present.
func (w *worker) ours(a Address, o AddressOrder) ([]recordEntry, error) {
	entries := w.record.find(a.Interface, a.Prefix.Addr())
	if len(entries) > 0 || o.Own != Adopted {
		return entries, nil
	}
	i, err := w.links.fresh(a.Interface)
	switch {
	case errors.Is(err, errNoInterface):
		return nil, nil
	case err != nil:
		return nil, err
	}
	if found, ok := i.find(a.Prefix); ok {
		entries = append(entries, recordEntry{Interface: a.Interface, Index: i.index, Address: found.Prefix})
	}
	return entries, nil
}

// removal is what became of an address that was to be taken off.
type removal struct {
	changed bool // it was there
	err     error
}

// takeOff takes addresses off their interfaces, by index as those may have been
// renamed, and out of the record.
func (w *worker) takeOff(entries []recordEntry) []removal {
	results := make([]removal, len(entries))
	groups := make(map[int][]int) // interface index to places in entries
	for n, e := range entries {
		groups[e.Index] = append(groups[e.Index], n)
	}
	for index, group := range groups {
		before, err := w.kernel.addresses(index)
		if err != nil && !errors.Is(err, nl.ErrDumpInterrupted) {
			for _, n := range group {
				results[n].err = err
			}
			continue
		}
		prefixes := make([]netip.Prefix, len(group))
		for k, n := range group {
			prefixes[k] = entries[n].Address
		}
		for k, err := range w.kernel.removeAll(index, prefixes, before) {
			r := &results[group[k]]
			r.err = err
			r.changed = slices.ContainsFunc(before, func(a assigned) bool { return a.Prefix == prefixes[k] })
			if err == nil {
				w.record.drop(entries[group[k]])
				w.links.forget(index, prefixes[k])
			}
		}
	}
	return results
}

// cleanUp removes what an earlier process has left: it is dead, or it would not
// have left it.
func (w *worker) cleanUp() {
	w.removeFilter()
	entries := w.record.all()
	var removed []string
	var errs []error
	for n, r := range w.takeOff(entries) {
		if r.changed && r.err == nil {
			removed = append(removed, entries[n].Address.String()+" on "+entries[n].Interface)
		}
		errs = append(errs, r.err)
	}
	if err := errors.Join(errs...); err != nil {
		w.warn(fmt.Errorf("remove the addresses that an earlier process has left: %w", err))
	}
	if len(removed) > 0 {
		w.warn(errors.New("removed what an earlier process had left: " + strings.Join(removed, ", ")))
	}
	w.save()
}

// save writes the record when nothing depends on it.
func (w *worker) save() {
	if err := w.record.save(); err != nil {
		w.warn(err)
	}
}

// forget takes an address out of what is known of an interface.
func (i *iface) forget(prefix netip.Prefix) {
	i.addresses = slices.DeleteFunc(i.addresses, func(a assigned) bool { return a.Prefix == prefix })
	if !i.has(prefix.Addr()) {
		delete(i.frames, prefix.Addr())
	}
}

// forget takes an address out of what is known of the interface with that index.
func (l *links) forget(index int, prefix netip.Prefix) {
	for _, i := range l.known {
		if i.index == index {
			i.forget(prefix)
		}
	}
}
