package engine

import (
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
)

// socketRetry is the time between two tries to open a socket.
const socketRetry = time.Second

// socketKey is what one socket serves: all routers of a family on an interface.
type socketKey struct {
	interfaceName string
	family        packet.Family
}

type socket struct {
	Socket
	key     socketKey
	routers [256]*instance // by VRID
	users   int
	opened  bool
	// addressed: the interface has an address of the family.
	addressed bool
	failure   error
	retryAt   time.Time
}

// join enters inst into its socket's table, making the socket if it is the first.
func (e *Engine) join(inst *instance) {
	key := socketKey{inst.config.Interface, inst.config.Family}
	s := e.socketOf(key)
	if s == nil {
		s = &socket{key: key}
		e.sockets = append(e.sockets, s)
	}
	s.routers[inst.config.VRID] = inst
	s.users++
	inst.socket = s
}

// part takes inst out again and closes the socket after the last.
func (e *Engine) part(inst *instance) {
	s := inst.socket
	if s.routers[inst.config.VRID] == inst {
		s.routers[inst.config.VRID] = nil
	}
	if s.users--; s.users == 0 {
		e.closeSocket(s)
		e.sockets = slices.DeleteFunc(e.sockets, func(other *socket) bool { return other == s })
	}
}

func (e *Engine) socketOf(key socketKey) *socket {
	for _, s := range e.sockets {
		if s.key == key {
			return s
		}
	}
	return nil
}

// followLink opens and closes a socket as its interface comes and goes.
func (e *Engine) followLink(s *socket, link *Link) {
	addressed := slices.ContainsFunc(link.Addresses, func(a LinkAddress) bool { return s.key.family.Contains(a.Addr()) })
	// The kernel forgets IPv6 on an interface whose MTU falls below 1280, and with
	// it the group that the socket has joined.
	rejoin := s.key.family == packet.IPv6 && s.opened && addressed && !s.addressed
	s.addressed = addressed
	if s.Index == link.Index && !rejoin {
		return
	}
	e.closeSocket(s)
	if link.Index != 0 {
		e.openSocket(s, link.Index)
	}
}

func (e *Engine) openSocket(s *socket, index int) {
	e.lastSocket++
	s.Socket = Socket{ID: e.lastSocket, Interface: s.key.interfaceName, Index: index, Family: s.key.family}
	s.opened, s.failure, s.retryAt = false, nil, time.Time{}
	e.byID[s.ID] = s
	e.host.OpenSocket(s.Socket)
}

func (e *Engine) closeSocket(s *socket) {
	if s.ID != 0 {
		delete(e.byID, s.ID)
		e.host.CloseSocket(s.ID)
	}
	s.Socket = Socket{}
	s.opened, s.failure, s.retryAt = false, nil, time.Time{}
}

func (e *Engine) socketOpened(now time.Time, in SocketOpened) {
	s := e.byID[in.ID]
	if s == nil {
		return // closed meanwhile
	}
	s.opened, s.failure = in.Err == nil, in.Err
	if in.Err != nil {
		s.retryAt = now.Add(socketRetry)
	}
	for _, inst := range s.routers {
		if inst != nil {
			inst.stale = true
			inst.assess(now)
		}
	}
}

func (e *Engine) retrySockets(now time.Time) {
	for _, s := range e.sockets {
		if due(s.retryAt, now) {
			index := s.Index
			e.closeSocket(s)
			e.openSocket(s, index)
		}
	}
}
