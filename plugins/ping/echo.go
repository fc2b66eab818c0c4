package ping

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// family is what differs between IPv4 and IPv6.
type family struct {
	unprivileged, raw, any string
	protocol               int
	request, reply         icmp.Type
	unreachable, exceeded  icmp.Type
	header                 int // what is quoted before an ICMP message
}

var (
	inet  = family{"udp4", "ip4:icmp", "0.0.0.0", 1, ipv4.ICMPTypeEcho, ipv4.ICMPTypeEchoReply, ipv4.ICMPTypeDestinationUnreachable, ipv4.ICMPTypeTimeExceeded, ipv4.HeaderLen}
	inet6 = family{"udp6", "ip6:ipv6-icmp", "::", 58, ipv6.ICMPTypeEchoRequest, ipv6.ICMPTypeEchoReply, ipv6.ICMPTypeDestinationUnreachable, ipv6.ICMPTypeTimeExceeded, ipv6.HeaderLen}
)

// noRight is the lack of the right to send ICMP.
type noRight struct{ error }

func (n *noRight) Error() string {
	return "no right to send ICMP: it takes net.ipv4.ping_group_range, or CAP_NET_RAW"
}
func (n *noRight) Unwrap() error { return n.error }

// exchange is one request and the wait for its answer.
type exchange struct {
	family
	conn       *icmp.PacketConn
	privileged bool
	to         netip.Addr
	id         uint16 // an unprivileged socket's is the kernel's
	sequence   uint16
	data       []byte // random, so that nobody else's answer is taken for ours
}

// echo sends a request and returns nil when it was answered.
func echo(ctx context.Context, to netip.Addr) error {
	e := exchange{family: inet, to: to, data: make([]byte, 56)}
	if to.Is6() {
		e.family = inet6
	}
	if err := e.open(); err != nil {
		return err
	}
	defer e.conn.Close()
	defer context.AfterFunc(ctx, func() { _ = e.conn.SetDeadline(time.Unix(1, 0)) })()
	_, _ = rand.Read(e.data) // never fails
	e.id, e.sequence = binary.NativeEndian.Uint16(e.data), binary.NativeEndian.Uint16(e.data[2:])
	if err := e.send(); err != nil {
		return err
	}
	b := make([]byte, 2048)
	for {
		n, from, err := e.conn.ReadFrom(b)
		if err != nil {
			return err
		}
		if done, err := e.take(b[:n], from); done {
			return err
		}
	}
}

// open opens a socket for which no right is needed, if the kernel allows it, else
// one for which it is.
func (e *exchange) open() (err error) {
	if e.conn, err = icmp.ListenPacket(e.unprivileged, e.any); err == nil {
		return nil
	}
	if e.conn, err = icmp.ListenPacket(e.raw, e.any); err != nil {
		if errors.Is(err, os.ErrPermission) {
			err = &noRight{err}
		}
		return err
	}
	e.privileged = true
	e.filter()
	return nil
}

// filter keeps away from a privileged socket what others are sent. Without a
// filter the same is done, after more reading.
func (e *exchange) filter() {
	if p := e.conn.IPv4PacketConn(); p != nil {
		var f ipv4.ICMPFilter
		f.SetAll(true)
		for _, t := range []icmp.Type{e.reply, e.unreachable, e.exceeded} {
			f.Accept(t.(ipv4.ICMPType))
		}
		_ = p.SetICMPFilter(&f)
	}
	if p := e.conn.IPv6PacketConn(); p != nil {
		var f ipv6.ICMPFilter
		f.SetAll(true)
		for _, t := range []icmp.Type{e.reply, e.unreachable, e.exceeded} {
			f.Accept(t.(ipv6.ICMPType))
		}
		_ = p.SetICMPFilter(&f)
	}
}

func (e *exchange) send() error {
	request := icmp.Message{Type: e.request, Body: &icmp.Echo{ID: int(e.id), Seq: int(e.sequence), Data: e.data}}
	b, err := request.Marshal(nil) // the kernel makes the checksum of IPv6
	if err != nil {
		return err
	}
	var to net.Addr = &net.UDPAddr{IP: e.to.AsSlice(), Zone: e.to.Zone()}
	if e.privileged {
		to = &net.IPAddr{IP: e.to.AsSlice(), Zone: e.to.Zone()}
	}
	_, err = e.conn.WriteTo(b, to)
	return err
}

// take looks at a message. done says that the exchange is over.
func (e *exchange) take(b []byte, from net.Addr) (done bool, err error) {
	m, err := icmp.ParseMessage(e.protocol, b)
	if err != nil {
		return false, nil
	}
	switch body := m.Body.(type) {
	case *icmp.Echo:
		return m.Type == e.reply && e.isOurs(body) && addressOf(from) == e.to.WithZone(""), nil
	case *icmp.DstUnreach:
		if m.Type == e.unreachable && e.quoted(body.Data) {
			return true, fmt.Errorf("%v says that it is unreachable", addressOf(from))
		}
	case *icmp.TimeExceeded:
		if m.Type == e.exceeded && e.quoted(body.Data) {
			return true, fmt.Errorf("%v says that it is too far", addressOf(from))
		}
	}
	return false, nil
}

func (e *exchange) isOurs(echo *icmp.Echo) bool {
	return echo.Seq == int(e.sequence) && bytes.Equal(echo.Data, e.data) && (!e.privileged || echo.ID == int(e.id))
}

// quoted reports whether an error quotes our request, of which it has the IP
// header and at least eight bytes.
func (e *exchange) quoted(packet []byte) bool {
	length := e.header
	if e.protocol == inet.protocol && len(packet) > 0 {
		length = int(packet[0]&15) * 4
	}
	if len(packet) < length+8 {
		return false
	}
	echo := packet[length:]
	return binary.BigEndian.Uint16(echo[4:]) == e.id && binary.BigEndian.Uint16(echo[6:]) == e.sequence
}

func addressOf(a net.Addr) netip.Addr {
	var ip net.IP
	switch a := a.(type) {
	case *net.UDPAddr:
		ip = a.IP
	case *net.IPAddr:
		ip = a.IP
	}
	address, _ := netip.AddrFromSlice(ip)
	return address.Unmap()
}
