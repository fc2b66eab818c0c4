package netio

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"

	"github.com/sentinel-ha/sentinel/core/statefile"
)

const (
	recordName    = "addresses.json"
	recordVersion = 1
)

// record is the list of the addresses that we put on interfaces, and whether we
// installed a packet filter. It is on file before the deed, so that after a crash
// the next process can undo what this one did, and no more than that.
//
// It speaks of this boot only, as neither the addresses nor the need for it survive
// a power failure.
type record struct {
	path      string
	header    statefile.Header
	namespace namespaceID
	filter    bool
	entries   map[netip.Addr][]recordEntry // those of one address, at most one per index
	others    []namespaceRecord            // of other namespaces: not ours to change
	unsaved   bool                         // the file says less, or more, than this
}

// recordEntry is an entry of the file: address and interface index are what makes
// an address ours. The index tells an interface from a later one of the same
// name, and finds it when it was renamed.
type recordEntry struct {
	Interface string       `json:"interface"`
	Index     int          `json:"index"`
	Address   netip.Prefix `json:"address"`
	Router    string       `json:"router"`
}

// recordFile is the file: what was done in the namespace of the last process, and
// what dead ones have left in others.
type recordFile struct {
	statefile.Header
	namespaceRecord
	Others []namespaceRecord `json:"others,omitempty"`
}

// namespaceRecord is what was done in one network namespace.
type namespaceRecord struct {
	Namespace namespaceID   `json:"namespace"`
	Filter    bool          `json:"filter"`
	Addresses []recordEntry `json:"addresses"`
}

// openRecord reads the record in a directory, for the calling thread's network
// namespace. One of another boot counts as none; what it has of other namespaces
// stays in it. A warning says that a file was there and could not be understood;
// it is kept beside the new one, and nothing will be removed on its account.
// Without a boot identifier or a namespace there can be no record, which is the
// error.
func openRecord(dir string) (r *record, warning, err error) {
	r = &record{path: filepath.Join(dir, recordName), entries: make(map[netip.Addr][]recordEntry)}
	if r.header, err = statefile.ThisBoot(recordVersion); err != nil {
		return nil, nil, err
	}
	if r.namespace, err = currentNamespace(); err != nil {
		return nil, nil, err
	}
	return r, r.load(), nil
}

func (r *record) load() (warning error) {
	var file recordFile
	ok, err := statefile.Read(r.path, r.header, &file)
	if err != nil {
		aside := r.path + ".unreadable"
		if e := os.Rename(r.path, aside); e != nil {
			aside = r.path
		}
		return fmt.Errorf("the record of the addresses that an earlier process put on interfaces is lost, "+
			"and any that are left will not be removed (see %s): %w", aside, err)
	}
	if !ok {
		return nil
	}
	for _, n := range append(file.Others, file.namespaceRecord) {
		r.take(n)
	}
	r.unsaved = false
	return nil
}

// take takes in what was done in a namespace. One whose inode is now ours is gone.
func (r *record) take(n namespaceRecord) {
	switch {
	case n.Namespace == r.namespace:
		r.filter = n.Filter
		for _, e := range n.Addresses {
			r.put(e)
		}
	case n.Namespace.Inode != r.namespace.Inode && (n.Filter || len(n.Addresses) > 0):
		r.others = append(r.others, n)
	}
}

// has reports whether an address on an interface is ours.
func (r *record) has(index int, address netip.Addr) bool {
	return slices.ContainsFunc(r.entries[address], func(e recordEntry) bool { return e.Index == index })
}

// find returns our entries for an address on the interface that had this name
// when it was put there, and may have lost it since.
func (r *record) find(name string, address netip.Addr) []recordEntry {
	var list []recordEntry
	for _, e := range r.entries[address] {
		if e.Interface == name {
			list = append(list, e)
		}
	}
	return list
}

// all returns all entries, sorted.
func (r *record) all() []recordEntry {
	list := slices.Concat(slices.Collect(maps.Values(r.entries))...)
	slices.SortFunc(list, func(a, b recordEntry) int {
		return cmp.Or(cmp.Compare(a.Interface, b.Interface), cmp.Compare(a.Index, b.Index),
			a.Address.Addr().Compare(b.Address.Addr()))
	})
	return list
}

func (r *record) put(e recordEntry) {
	if slices.Contains(r.entries[e.Address.Addr()], e) {
		return
	}
	r.drop(e)
	r.entries[e.Address.Addr()] = append(r.entries[e.Address.Addr()], e)
}

func (r *record) drop(e recordEntry) {
	address := e.Address.Addr()
	rest := slices.DeleteFunc(r.entries[address], func(other recordEntry) bool { return other.Index == e.Index })
	if len(rest) == 0 {
		delete(r.entries, address)
	} else {
		r.entries[address] = rest
	}
	r.unsaved = true
}

func (r *record) setFilter(installed bool) {
	r.unsaved = r.unsaved || r.filter != installed
	r.filter = installed
}

// save writes the file if it differs. Where it fails, what was put since the last
// time must not be done.
func (r *record) save() error {
	if !r.unsaved {
		return nil
	}
	if err := r.write(); err != nil {
		return fmt.Errorf("record of addresses: %w", err)
	}
	r.unsaved = false
	return nil
}

func (r *record) write() error {
	if len(r.entries) == 0 && !r.filter && len(r.others) == 0 {
		if err := os.Remove(r.path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	return statefile.Write(r.path, &recordFile{
		Header:          r.header,
		namespaceRecord: namespaceRecord{Namespace: r.namespace, Filter: r.filter, Addresses: r.all()},
		Others:          r.others,
	})
}
