package netio

import (
	"bytes"
	"errors"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// readGap is the shortest time between two looks at an interface because of
	// events. The first event is followed at once.
	readGap = 5 * time.Millisecond
	// readShare is the inverse of the share of the time that may be spent on
	// looking at one interface, however many addresses it has.
	readShare = 5
	// readRetry is the time to another try when the kernel refused to answer.
	readRetry = time.Second
)

// iface is what is known of an interface name.
type iface struct {
	name string
	device
	addresses []assigned
	frames    map[netip.Addr][][]byte // announcements of addresses that are present

	readAt    time.Time // zero: never
	notBefore time.Time // no look because of events before this
	dueAt     time.Time // when to look again; zero: no need
	unsettled bool      // the addresses changed while they were read

	watched  bool
	owed     bool // a report is due even if nothing has changed
	reported Link
}

// links keeps the interfaces that are watched or were used.
type links struct {
	kernel *rtnl
	record *record
	known  map[string]*iface
	blind  bool // there are no events to tell of changes
}

func newLinks(kernel *rtnl, record *record) *links {
	return &links{kernel: kernel, record: record, known: make(map[string]*iface)}
}

// get returns an interface by its name, as last seen.
func (l *links) get(name string) *iface {
	i := l.known[name]
	if i == nil {
		i = &iface{name: name}
		l.known[name] = i
	}
	return i
}

// fresh returns an interface as it is. As events tell of every change within a
// fraction of a millisecond, the kernel is asked only if it is known that
// something has changed, or there are no events: a takeover has better things to
// wait for. The error is errNoInterface if there is none.
func (l *links) fresh(name string) (*iface, error) {
	i := l.get(name)
	if i.readAt.IsZero() || !i.dueAt.IsZero() || l.blind {
		if err := l.read(i); err != nil {
			return i, err
		}
	}
	if i.index == 0 {
		return i, errNoInterface
	}
	return i, nil
}

// read asks the kernel about an interface.
func (l *links) read(i *iface) error {
	start := time.Now()
	d, err := l.kernel.device(i.name)
	var addresses []assigned
	unsettled := false
	if err == nil {
		addresses, err = l.kernel.addresses(d.index)
		unsettled = err != nil && addresses != nil
	}
	i.readAt = time.Now()
	i.notBefore = i.readAt.Add(max(readGap, (readShare-1)*i.readAt.Sub(start)))
	i.dueAt = time.Time{}
	if err != nil && !errors.Is(err, errNoInterface) && !unsettled {
		i.dueAt = i.readAt.Add(readRetry)
		return err
	}
	if i.unsettled = unsettled; unsettled {
		i.dueAt = i.notBefore
	}
	if i.router != d.router || !bytes.Equal(i.hardware, d.hardware) {
		i.frames = nil
	}
	i.device, i.addresses = d, addresses
	i.prune()
	return nil
}

// changed plans a look at the interfaces that events are about. As an interface
// comes, or takes another's name, by a link event about an index that we do not
// know by that name, such an event concerns all names without an interface, too.
func (l *links) changed(c changes) {
	for _, i := range l.known {
		concerned := c.lost || c.addresses[i.index] || c.links[i.index] || i.index == 0 && len(c.links) > 0
		if concerned && i.dueAt.IsZero() {
			i.dueAt = i.notBefore
		}
	}
}

// watch replaces the list of the watched names; each will be reported.
func (l *links) watch(names []string) {
	for name, i := range l.known {
		if i.watched = false; !slices.Contains(names, name) {
			delete(l.known, name)
		}
	}
	for _, name := range names {
		i := l.get(name)
		i.watched, i.owed = true, true
	}
}

// find returns the address on the interface, with the same prefix if it is there
// in several.
func (i *iface) find(prefix netip.Prefix) (found assigned, ok bool) {
	for _, a := range i.addresses {
		if a.Addr() == prefix.Addr() && (!ok || a.Prefix == prefix) {
			found, ok = a, true
		}
	}
	return found, ok
}

// has reports whether the address is on the interface.
func (i *iface) has(address netip.Addr) bool {
	_, ok := i.find(netip.PrefixFrom(address, address.BitLen()))
	return ok
}

// prune forgets the frames of addresses that are gone.
func (i *iface) prune() {
	present := make(map[netip.Addr]bool, len(i.addresses))
	for _, a := range i.addresses {
		present[a.Addr()] = true
	}
	for address := range i.frames {
		if !present[address] {
			delete(i.frames, address)
		}
	}
}

// link returns the interface as it is reported.
func (l *links) link(i *iface, asOf uint64) Link {
	link := Link{
		Name:  i.name,
		Index: i.index,
		Up:    i.flags&unix.IFF_UP != 0, Running: i.flags&unix.IFF_RUNNING != 0,
		Loopback: i.flags&unix.IFF_LOOPBACK != 0,
		Hardware: string(i.hardware),
		AsOf:     asOf,
	}
	for _, a := range i.addresses {
		link.Addresses = append(link.Addresses, LinkAddress{
			Prefix: a.Prefix, Ours: l.record.has(i.index, a.Addr()), Usable: a.usable(),
		})
	}
	return link
}

// usable reports whether packets can be sent from an address: that duplicate
// address detection is over, or is optimistic (RFC 4429), and was not lost.
func (a *assigned) usable() bool {
	tentative := a.flags&(unix.IFA_F_TENTATIVE|unix.IFA_F_OPTIMISTIC) == unix.IFA_F_TENTATIVE
	return a.Addr().Is4() || !tentative && a.flags&unix.IFA_F_DADFAILED == 0
}

// differs reports whether a link is another than was last reported.
func (i *iface) differs(link *Link) bool {
	r := &i.reported
	return r.Index != link.Index || r.Up != link.Up || r.Running != link.Running ||
		r.Loopback != link.Loopback || r.Hardware != link.Hardware || !slices.Equal(r.Addresses, link.Addresses)
}
