package netio

import (
	"fmt"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/sys/unix"
)

// Sockets is the set of open VRRP sockets. Make one with [NewSockets].
//
// Receive and Send belong to the loop and never block. Open and Close may be
// called meanwhile by another goroutine, as they wait for the kernel's
// configuration lock, and they do so without keeping the loop waiting.
type Sockets struct {
	batch *batch // Receive's

	mu    sync.Mutex // guards what follows, and the use of every descriptor in it
	open  map[uint32]*openSocket
	out   *message
	epoll int // of all open sockets; -1 when closed
	// ready are the sockets that the last look found readable, turn the next to
	// be read. As the kernel puts those that stay readable at the end of its
	// list, a flood on one socket delays another by one batch at most.
	ready [batchSize]unix.EpollEvent
	count int
	turn  int
	any   bool // one of ready had a datagram
}

type openSocket struct {
	Socket
	fd int
}

// NewSockets returns an empty set whose datagrams end the waits of p. Close it
// by CloseAll after use.
func NewSockets(p *Poller) (*Sockets, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll_create1: %w", err)
	}
	if err := p.add(epoll); err != nil {
		unix.Close(epoll)
		return nil, err
	}
	return &Sockets{batch: newBatch(), open: make(map[uint32]*openSocket), out: newMessage(), epoll: epoll}, nil
}

// Open opens a socket in the calling goroutine's network namespace. An error says
// which step failed and wraps the system's; nothing is open then.
func (s *Sockets) Open(socket Socket) error {
	fd, err := socket.open()
	if err == nil {
		err = s.publish(&openSocket{Socket: socket, fd: fd})
	}
	if err != nil {
		return fmt.Errorf("open %v socket on interface %d: %w", socket.Family, socket.Index, err)
	}
	return nil
}

func (s *Sockets) publish(socket *openSocket) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	switch {
	case s.epoll < 0:
		err = net.ErrClosed
	case s.open[socket.ID] != nil:
		err = fmt.Errorf("id %d is in use", socket.ID)
	default:
		err = epollAdd(s.epoll, socket.fd, int32(socket.ID))
	}
	if err != nil {
		unix.Close(socket.fd)
		return err
	}
	s.open[socket.ID] = socket
	return nil
}

// Close closes a socket. Datagrams already taken from it may still be received.
// It does nothing if the socket is not open.
func (s *Sockets) Close(id uint32) {
	s.mu.Lock()
	socket := s.open[id]
	delete(s.open, id)
	s.mu.Unlock()
	if socket != nil {
		// Nobody can find the descriptor any more. Leaving the group waits for the
		// kernel's configuration lock, so this is not done under ours.
		unix.Close(socket.fd)
	}
}

// CloseAll closes all sockets and the set itself.
func (s *Sockets) CloseAll() {
	s.mu.Lock()
	sockets, epoll := s.open, s.epoll
	s.open, s.epoll, s.count = make(map[uint32]*openSocket), -1, 0
	s.mu.Unlock()
	for _, socket := range sockets {
		unix.Close(socket.fd)
	}
	if epoll >= 0 {
		unix.Close(epoll)
	}
}

// Receive writes the next waiting datagram to d, or reports that there is none.
// d.Payload is valid until the next call. It does not block or allocate.
func (s *Sockets) Receive(d *Datagram) (ok bool) {
	for !s.batch.deliver(d) {
		if !s.refill() {
			return false
		}
	}
	return true
}

// refill takes a batch from the next socket that has something. It gives up when
// a round of the readable sockets brought nothing, so that a socket that is
// readable for another reason cannot keep it here.
func (s *Sockets) refill() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		for s.turn < s.count {
			socket := s.open[uint32(s.ready[s.turn].Fd)]
			s.turn++
			if socket != nil && s.batch.fill(socket.Socket, socket.fd) {
				s.any = true
				return true
			}
		}
		if s.count > 0 && !s.any || !s.look() {
			s.count, s.turn = 0, 0
			return false
		}
	}
}

// look asks which sockets are readable.
func (s *Sockets) look() bool {
	s.turn, s.any = 0, false
	if s.epoll < 0 {
		return false
	}
	n, err := unix.EpollWait(s.epoll, s.ready[:], 0)
	s.count = max(n, 0)
	return err == nil && n > 0
}

// Send sends payload as one datagram. The source is used as it is, also if the
// interface has it no more; the zero Addr leaves the choice to the kernel. Zones
// are ignored: the socket's interface is meant. It does not block, and allocates
// only for an error.
func (s *Sockets) Send(id uint32, source, destination netip.Addr, ttl uint8, payload []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	socket := s.open[id]
	if socket == nil {
		return fmt.Errorf("send to %v: no socket is open on the interface", destination)
	}
	if destination.Is4() != (socket.Family == IPv4) || source.IsValid() && source.Is4() != destination.Is4() {
		return fmt.Errorf("send from %v to %v: not %v", source, destination, socket.Family)
	}
	if err := s.out.send(socket, source, destination, ttl, payload); err != nil {
		return fmt.Errorf("send from %v to %v: %w", source, destination, err)
	}
	return nil
}
