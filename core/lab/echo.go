package lab

import (
	"encoding/binary"
	"net/netip"

	"github.com/mdlayher/socket"
	"github.com/vishvananda/netlink"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// echo makes the ICMP messages of one probe and recognises their answers.
type echo struct {
	target     netip.Addr
	identifier uint16
	to         unix.Sockaddr
}

// newEcho prepares to ping an address from a node.
func newEcho(n *Node, target netip.Addr) (echo, error) {
	e := echo{target: target.WithZone(""), identifier: uint16(n.lab.probes.Add(1))}
	if target.Is4() {
		e.to = &unix.SockaddrInet4{Addr: target.As4()}
		return e, nil
	}
	to := &unix.SockaddrInet6{Addr: target.As16()}
	e.to = to
	if target.Zone() == "" {
		return e, nil
	}
	err := n.namespace.use(func(h *netlink.Handle) error {
		link, err := h.LinkByName(target.Zone())
		if err == nil {
			to.ZoneId = uint32(link.Attrs().Index)
		}
		return err
	})
	return e, err
}

// open makes a raw socket in the node that sends and hears nothing.
func (e *echo) open(n *Node) (*socket.Conn, error) {
	domain, protocol := unix.AF_INET, unix.IPPROTO_ICMP
	if e.target.Is6() {
		domain, protocol = unix.AF_INET6, unix.IPPROTO_ICMPV6
	}
	conn, err := n.namespace.socket(domain, unix.SOCK_RAW, protocol)
	if err != nil {
		return nil, err
	}
	deaf, err := bpf.Assemble([]bpf.Instruction{bpf.RetConstant{Val: 0}})
	if err == nil {
		err = conn.SetBPF(deaf)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// request returns an echo request.
func (e *echo) request(sequence uint16) []byte {
	message := make([]byte, 16)
	message[0] = icmpEchoRequest
	if e.target.Is6() {
		message[0] = icmp6EchoRequest // the kernel adds the checksum
	}
	binary.BigEndian.PutUint16(message[4:], e.identifier)
	binary.BigEndian.PutUint16(message[6:], sequence)
	if e.target.Is4() {
		binary.BigEndian.PutUint16(message[2:], checksum(message))
	}
	return message
}

// answered returns the sequence number if a frame that [answerFilter] has passed
// answers one of our requests.
func (e *echo) answered(frame []byte) (sequence uint16, ok bool) {
	source, data := offNetwork+12, offIPv4Data
	if e.target.Is6() {
		source, data = offNetwork+8, offIPv6Data
	}
	if len(frame) < data+8 {
		return 0, false
	}
	from, _ := netip.AddrFromSlice(frame[source : source+e.target.BitLen()/8])
	if from != e.target || binary.BigEndian.Uint16(frame[data+4:]) != e.identifier {
		return 0, false
	}
	return binary.BigEndian.Uint16(frame[data+6:]), true
}

// checksum is the Internet checksum of a message with an even length.
func checksum(message []byte) uint16 {
	var sum uint32
	for i := 0; i < len(message); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(message[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
