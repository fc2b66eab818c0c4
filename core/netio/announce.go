package netio

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// The bound on frames after the first rounds: this many in this time.
const (
	announceBurst = 64
	announceGap   = time.Millisecond
)

// announcer sends announcements. The first round of one goes out when it is
// ordered. What remains is sent when nothing more urgent is waiting, one frame of
// each announcement in turn, so that none waits for the whole of another.
type announcer struct {
	links  *links
	report func(Report)
	fd     int
	to     unix.SockaddrLinklayer
	queue  []*announcing
	again  time.Time // not before, because of the bound
}

// announcing is an announcement that is being sent.
type announcing struct {
	AnnounceOrder
	round, address, frame int       // what comes next
	dueAt                 time.Time // not before, because of Spacing
	failed                []string  // interfaces that a failure was reported of
}

// openAnnouncer opens a packet socket that only sends: a packet(7) socket of
// protocol 0 receives nothing. It serves all interfaces of its namespace.
func openAnnouncer(links *links, report func(Report)) (*announcer, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open packet socket: %w", err)
	}
	return &announcer{links: links, report: report, fd: fd}, nil
}

func (n *announcer) close() { unix.Close(n.fd) }

// begin starts an announcement, which replaces an older one of the same router.
func (n *announcer) begin(order AnnounceOrder) {
	n.queue = slices.DeleteFunc(n.queue, func(a *announcing) bool { return a.Router == order.Router })
	a := &announcing{AnnounceOrder: order}
	if a.over() {
		return
	}
	for _, address := range a.Addresses {
		if i := n.links.get(address.Interface); i.readAt.IsZero() {
			_ = n.links.read(i) // what cannot be read has no addresses to announce
		}
	}
	for n.send(a) && a.Spacing == 0 && a.round == 0 {
	}
	if !a.over() {
		n.queue = append(n.queue, a)
	}
}

// serve sends what is due of the rest of all announcements and returns when it
// wants to be called again; zero is never.
func (n *announcer) serve(now time.Time) (next time.Time) {
	if now.Before(n.again) {
		return n.next()
	}
	sent := 0
	for progress := true; progress && sent < announceBurst; {
		progress = false
		for _, a := range n.queue {
			if sent < announceBurst && !a.over() && !now.Before(a.dueAt) {
				n.send(a)
				sent++
				progress = true
			}
		}
		n.queue = slices.DeleteFunc(n.queue, (*announcing).over)
	}
	n.again = now.Add(announceGap)
	return n.next()
}

// next returns when something is due.
func (n *announcer) next() (next time.Time) {
	for _, a := range n.queue {
		at := a.dueAt
		if at.Before(n.again) {
			at = n.again
		}
		next = earliest(next, at)
	}
	return next
}

func (a *announcing) over() bool { return a.round >= a.Rounds || len(a.Addresses) == 0 }

// send sends a's next frame, passing over addresses that are not in place. It
// reports whether there is another.
func (n *announcer) send(a *announcing) (more bool) {
	for !a.over() {
		address := &a.Addresses[a.address]
		i := n.links.get(address.Interface)
		frames := n.frames(a, i, address.Prefix.Addr())
		if a.frame < len(frames) {
			if err := n.transmit(i.index, frames[a.frame]); err != nil {
				n.fail(a, i.name, err)
			}
			a.frame++
			a.dueAt = time.Time{}
			if a.Spacing > 0 {
				a.dueAt = time.Now().Add(a.Spacing)
			}
			if a.frame == len(frames) {
				a.advance()
			}
			return !a.over()
		}
		a.advance()
		if a.address == 0 {
			return !a.over() // at most one round without a frame
		}
	}
	return false
}

// advance goes on to the next address, and from the last to the next round.
func (a *announcing) advance() {
	a.frame = 0
	if a.address++; a.address == len(a.Addresses) {
		a.address = 0
		a.round++
	}
}

// frames returns the frames that announce an address, or none if it is not on the
// interface or the interface has no use for them.
func (n *announcer) frames(a *announcing, i *iface, address netip.Addr) [][]byte {
	if i.kind != unix.ARPHRD_ETHER || i.flags&unix.IFF_NOARP != 0 {
		return nil
	}
	if frames, ok := i.frames[address]; ok {
		return frames
	}
	if !i.has(address) {
		return nil
	}
	frames, err := announcement(i.hardware, address, i.router)
	if err != nil {
		n.fail(a, i.name, err)
		return nil
	}
	if i.frames == nil {
		i.frames = make(map[netip.Addr][][]byte)
	}
	i.frames[address] = frames
	return frames
}

func (n *announcer) transmit(index int, frame []byte) error {
	// The frame begins with its Ethernet header: destination, source, type.
	n.to.Ifindex, n.to.Halen = index, uint8(copy(n.to.Addr[:], frame[:6]))
	n.to.Protocol = binary.NativeEndian.Uint16(frame[12:]) // stays in network order
	return unix.Sendto(n.fd, frame, unix.MSG_DONTWAIT, &n.to)
}

// fail reports a failure, once per interface.
func (n *announcer) fail(a *announcing, name string, err error) {
	if slices.Contains(a.failed, name) {
		return
	}
	a.failed = append(a.failed, name)
	n.report(AnnouncementReport{Router: a.Router, Interface: name, Err: fmt.Errorf("announce on %s: %w", name, err)})
}
