package iface

import (
	"fmt"
	"sync"
	"syscall"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk"
)

// eventBuffer holds the events of about a thousand interfaces that change at
// once.
const eventBuffer = 4 << 20

// socket is a subscription to the kernel's link events.
type socket interface {
	Send(*nl.NetlinkRequest) error
	Receive() ([]syscall.NetlinkMessage, *unix.SockaddrNetlink, error)
	Close()
}

// subscribe opens a subscription in the calling thread's namespace.
func subscribe() (socket, error) {
	s, err := nl.Subscribe(unix.NETLINK_ROUTE, unix.RTNLGRP_LINK)
	if err != nil {
		return nil, fmt.Errorf("subscribe to link events: %w", err)
	}
	if s.SetReceiveBufferSize(eventBuffer, true) != nil {
		_ = s.SetReceiveBufferSize(eventBuffer, false)
	}
	return s, nil
}

// dumpTries is how often the interfaces are read if they change meanwhile.
const dumpTries = 5

// hub shares a subscription among watchers.
type hub struct {
	open func() (socket, error)

	mu      sync.Mutex // guards the following, and users of subscriptions
	current *subscription
}

// subscription follows all interfaces from when it is opened until the kernel
// had to drop events.
type subscription struct {
	socket socket
	users  int
	done   chan struct{} // closed when nothing more will be heard
	err    error         // why; valid when done is closed

	mu          sync.Mutex // guards the following
	links       links
	tries       int
	interrupted bool // something changed while all interfaces were read
	complete    bool // all interfaces were read
	watchers    map[*watcher]struct{}
}

// watcher waits for news of one interface.
type watcher struct {
	name    string
	changed chan struct{} // holds an element if seen is news
	seen    sdk.Result    // guarded by the subscription's mu
}

// join adds a watcher to the subscription, which is opened if there is none.
func (h *hub) join(w *watcher) (*subscription, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.current == nil || h.current.ended() {
		socket, err := h.open()
		if err != nil {
			return nil, err
		}
		h.current = &subscription{
			socket: socket, done: make(chan struct{}),
			links: newLinks(), watchers: make(map[*watcher]struct{}),
		}
		go h.current.read()
	}
	s := h.current
	s.users++
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers[w] = struct{}{}
	s.inform()
	return s, nil
}

// leave takes a watcher away. The last one ends the subscription.
func (h *hub) leave(s *subscription, w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.mu.Lock()
	delete(s.watchers, w)
	s.mu.Unlock()
	if s.users--; s.users > 0 {
		return
	}
	if h.current == s {
		h.current = nil
	}
	s.socket.Close()
	<-s.done
}

func (s *subscription) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// read asks for all interfaces and then notes what the kernel sends: the answer
// and the events arrive in the order in which things were so.
func (s *subscription) read() {
	defer close(s.done)
	if s.err = s.ask(); s.err != nil {
		return
	}
	for {
		messages, from, err := s.socket.Receive()
		if err != nil {
			s.err = fmt.Errorf("read link events: %w", err)
			return
		}
		if from.Pid != nl.PidKernel {
			continue
		}
		if s.err = s.take(messages); s.err != nil {
			return
		}
	}
}

// ask asks for all interfaces.
func (s *subscription) ask() error {
	request := nl.NewNetlinkRequest(unix.RTM_GETLINK, unix.NLM_F_DUMP)
	request.AddData(nl.NewIfInfomsg(unix.AF_UNSPEC))
	if err := s.socket.Send(request); err != nil {
		return fmt.Errorf("read interfaces: %w", err)
	}
	return nil
}

// take notes messages and informs the watchers.
func (s *subscription) take(messages []syscall.NetlinkMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range messages {
		m := &messages[i]
		s.interrupted = s.interrupted || m.Header.Flags&unix.NLM_F_DUMP_INTR != 0
		switch m.Header.Type {
		case unix.RTM_NEWLINK, unix.RTM_DELLINK:
			s.links.note(m)
		case unix.NLMSG_ERROR, unix.NLMSG_DONE:
			if err := s.answered(m); err != nil {
				return err
			}
		}
	}
	s.inform()
	return nil
}

// answered takes the end of an answer. One that something changed in the middle
// of may lack an interface, so that it is asked for again.
func (s *subscription) answered(m *syscall.NetlinkMessage) error {
	if len(m.Data) >= 4 { // the error number, which is negative
		if errno := int32(nl.NativeEndian().Uint32(m.Data)); errno < 0 {
			return fmt.Errorf("read interfaces: %w", unix.Errno(-errno))
		}
	}
	if s.tries++; s.interrupted && s.tries < dumpTries {
		s.interrupted = false
		return s.ask()
	}
	s.complete = true
	return nil
}

// inform wakes the watchers to whom something is new. mu is held.
func (s *subscription) inform() {
	if !s.complete {
		return
	}
	for w := range s.watchers {
		r := s.links.result(w.name)
		if r == w.seen {
			continue
		}
		w.seen = r
		select {
		case w.changed <- struct{}{}:
		default: // it holds one
		}
	}
}

// result returns what a watcher was woken for.
func (s *subscription) result(w *watcher) sdk.Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	return w.seen
}
