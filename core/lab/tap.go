package lab

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"
	"unsafe"

	"github.com/mdlayher/socket"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// frame is an Ethernet frame that has passed a port of the switch.
type frame struct {
	at   time.Time
	port *port
	// leaving is set for what the switch hands to the node, and not for what
	// comes from it. Frames that come are seen before a cut or a loss drops
	// them, those that leave after.
	leaving bool
	data    []byte // valid until the next frame
}

// tap sees the frames at every port of the switch, with the kernel's time stamps.
type tap struct {
	lab  *Lab
	conn *socket.Conn
}

// tapBuffer asks for room for some thousands of frames; the kernel may give less.
const tapBuffer = 8 << 20

// openTap starts to hand the frames that pass a filter to a function, one after
// the other, until close; with onlyComing, none that the switch hands to nodes.
func (l *Lab) openTap(filter []bpf.Instruction, onlyComing bool, see func(*frame)) (*tap, error) {
	program, err := bpf.Assemble(filter)
	if err != nil {
		return nil, err
	}
	conn, err := l.wire.packetSocket()
	if err != nil {
		return nil, err
	}
	t := &tap{lab: l, conn: conn}
	if err := t.listen(program, onlyComing); err != nil {
		conn.Close()
		return nil, err
	}
	err = l.whileOpen(func() {
		l.observed = append(l.observed, t)
		l.running.Go(func() { t.run(see) })
	})
	if err != nil {
		conn.Close()
		return nil, err
	}
	return t, nil
}

// packetSocket makes a socket for frames with time stamps. It hears nothing until
// it is bound.
//
// The kernel takes some milliseconds to begin with time stamps when it is first
// asked for them, and gives those of the reading to frames meanwhile. So a lab has
// one such socket open from its beginning.
func (ns *namespace) packetSocket() (*socket.Conn, error) {
	conn, err := ns.socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	if err != nil {
		return nil, err
	}
	if err := conn.SetsockoptInt(unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		conn.Close()
		return nil, fmt.Errorf("ask for time stamps: %w", err)
	}
	return conn, nil
}

// listen lets in what passes a filter.
func (t *tap) listen(program []bpf.RawInstruction, onlyComing bool) error {
	if err := t.conn.SetBPF(program); err != nil {
		return fmt.Errorf("set the filter: %w", err)
	}
	if onlyComing {
		if err := t.conn.SetsockoptInt(unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1); err != nil {
			return fmt.Errorf("ignore outgoing frames: %w", err)
		}
	}
	if err := t.conn.SetReadBuffer(tapBuffer); err != nil {
		return fmt.Errorf("set the buffer: %w", err)
	}
	return t.conn.Bind(&unix.SockaddrLinklayer{Protocol: networkOrder(unix.ETH_P_ALL)})
}

// networkOrder returns a number as the kernel wants it in a socket address.
func networkOrder(n uint16) uint16 {
	return binary.NativeEndian.Uint16([]byte{byte(n >> 8), byte(n)})
}

// run reads frames until the socket is closed.
func (t *tap) run(see func(*frame)) {
	data := make([]byte, 2048)
	control := make([]byte, unix.CmsgSpace(16))
	for {
		n, controlled, _, from, err := t.conn.Recvmsg(context.Background(), data, control, 0)
		if err != nil {
			return
		}
		link, ok := from.(*unix.SockaddrLinklayer)
		if !ok {
			continue
		}
		// The bridge's own interface shows every frame again.
		if p := t.lab.portAt(link.Ifindex); p != nil {
			see(&frame{
				at:      stampOf(control[:controlled]),
				port:    p,
				leaving: link.Pkttype == unix.PACKET_OUTGOING,
				data:    data[:n],
			})
		}
	}
}

// lost returns how many frames found no room since the last call.
func (t *tap) lost() (int, error) {
	stats, err := t.conn.GetsockoptTpacketStats(unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return 0, err
	}
	return int(stats.Drops), nil
}

func (t *tap) close() { t.conn.Close() }

// portAt returns the port with an interface index of the switch, or nil.
func (l *Lab) portAt(index int) *port {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.nodes {
		for _, p := range n.ports {
			if p.link.Index == index {
				return p
			}
		}
	}
	return nil
}

// stampOf turns the kernel's time stamp, which is of the wall clock, into a time
// with a monotonic reading: the age of the stamp is taken off the present.
func stampOf(control []byte) time.Time {
	now := time.Now()
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return now
	}
	for _, m := range messages {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS && len(m.Data) >= int(unsafe.Sizeof(unix.Timespec{})) {
			stamp := time.Unix((*unix.Timespec)(unsafe.Pointer(&m.Data[0])).Unix())
			return now.Add(-max(0, now.Sub(stamp)))
		}
	}
	return now
}
