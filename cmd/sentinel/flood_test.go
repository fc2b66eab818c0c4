package main

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/packet"
)

// A stranger sends garbage that carries the router's identifier, as fast as it
// can. It changes counters: the active router keeps its schedule, the backup hears
// it, and neither the log nor the memory grows with the flood.
//
// This test has the machine to itself, as far as this package is concerned: it
// keeps a processor busy.
func TestFlood(t *testing.T) {
	s := newSite(t, 4)
	a, b, stranger, witness := s.servers[0], s.servers[1], s.servers[2], s.servers[3]
	a.startActive(vi1(150))
	b.startBackup(vi1(100))
	s.wire.Close() // recording the flood would cost more than the flood
	before := map[*server]int{a: len(a.agent.Log().Lines()), b: len(b.agent.Log().Lines())}
	memory := map[*server]int64{a: a.agent.Usage().RSS, b: b.agent.Usage().RSS}

	heard, began := witness.hear(a), time.Now()
	sent := stranger.flood(3*time.Second, garbage(stranger.ip))
	adverts, lasted := heard(), time.Since(began)
	t.Logf("%d packets of garbage, %d advertisements", sent, adverts)
	if want := int(lasted / interval); adverts < want-3 || adverts > want+3 {
		t.Errorf("the active router advertised %d times, not about %d times", adverts, want)
	}
	if sent < 10_000 {
		t.Errorf("%d packets are no flood", sent)
	}
	for _, v := range []*server{a, b} {
		v.mustLog(map[*server]int{a: 1, b: 0}[v], toActive)
		v.mustLog(0, `from=active`)
		if grown := len(v.agent.Log().Lines()) - before[v]; grown > 10 {
			t.Errorf("%s logged %d lines about it", v, grown)
		}
		if grown := v.agent.Usage().RSS - memory[v]; grown > 32<<20 {
			t.Errorf("%s has grown by %d MB", v, grown>>20)
		}
	}
	s.mustBeHeld(vip, a)
	a.stop()
	b.waitLog(toActive + `.* resigned"`)
}

// garbage returns IPv4 packets to the group, each of which a receiver must reject
// for another reason.
func garbage(source string) [][]byte {
	group := packet.GroupIPv4
	good := func(change func(*packet.Advertisement)) []byte {
		advert := packet.Advertisement{
			Version: 3, VRID: vrid, Priority: 254, Interval: interval, Addresses: []netip.Addr{netip.MustParseAddr(vip)},
		}
		change(&advert)
		payload, err := advert.Append(nil, netip.MustParseAddr(source), group)
		if err != nil {
			panic(err)
		}
		return payload
	}
	spoilt := func(change func(payload []byte)) []byte {
		payload := good(func(*packet.Advertisement) {})
		change(payload)
		return payload
	}
	asIs := func(*packet.Advertisement) {}
	return [][]byte{
		datagram(source, group, 255, spoilt(func(p []byte) { p[6] ^= 0xff })), // checksum
		datagram(source, group, 254, good(asIs)),                              // TTL
		datagram(source, group, 255, good(asIs)[:7]),                          // no whole header
		datagram(source, group, 255, good(asIs)[:9]),                          // less than its count says
		datagram(source, group, 255, spoilt(func(p []byte) { p[3] = 200 })),   // the same
		datagram(source, group, 255, spoilt(func(p []byte) { p[0] = 0x32 })),  // another type
		datagram(source, group, 255, good(func(a *packet.Advertisement) { a.VRID = 99 })),
		datagram(source, group, 255, good(func(a *packet.Advertisement) { a.Version, a.Interval = 2, time.Second })),
		datagram(source, group, 255, nil),
	}
}

// datagram puts an IPv4 header before a VRRP message. The kernel fills in the
// checksum.
func datagram(source string, destination netip.Addr, ttl uint8, payload []byte) []byte {
	header := make([]byte, 20, 20+len(payload))
	header[0], header[8], header[9] = 0x45, ttl, packet.Protocol
	binary.BigEndian.PutUint16(header[2:], uint16(20+len(payload)))
	copy(header[12:], netip.MustParseAddr(source).AsSlice())
	copy(header[16:], destination.AsSlice())
	return append(header, payload...)
}

// flood sends packets round and round for a time, and returns how many.
func (v *server) flood(lasts time.Duration, packets [][]byte) (sent int) {
	v.site.t.Helper()
	v.Do(func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		if err := unix.BindToDevice(fd, "eth0"); err != nil {
			return err
		}
		to := unix.SockaddrInet4{Addr: packet.GroupIPv4.As4()}
		for began := time.Now(); time.Since(began) < lasts; sent++ {
			if err := unix.Sendto(fd, packets[sent%len(packets)], 0, &to); err != nil && err != unix.ENOBUFS {
				return err
			}
		}
		return nil
	})
	return sent
}

// hear counts what a router sends to the group, by a socket that nothing else can
// fill. What it returns ends that, and says how many there were.
func (v *server) hear(from *server) (count func() int) {
	v.site.t.Helper()
	source := binary.BigEndian.Uint32(netip.MustParseAddr(from.ip).AsSlice())
	filter, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: 12, Size: 4}, // the source, in what a raw socket sees
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: source, SkipTrue: 1},
		bpf.RetConstant{Val: 1 << 16},
		bpf.RetConstant{Val: 0},
	})
	if err != nil {
		panic(err)
	}
	program := make([]unix.SockFilter, len(filter))
	for i, f := range filter {
		program[i] = unix.SockFilter{Code: f.Op, Jt: f.Jt, Jf: f.Jf, K: f.K}
	}
	fd := -1
	v.Do(func() (err error) {
		fd, err = unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, packet.Protocol)
		if err != nil {
			return err
		}
		if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
			&unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}); err != nil {
			return err
		}
		return unix.SetsockoptIPMreq(fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, &unix.IPMreq{
			Multiaddr: packet.GroupIPv4.As4(), Interface: netip.MustParseAddr(v.ip).As4(),
		})
	})
	return func() (n int) {
		defer unix.Close(fd)
		for buffer := make([]byte, 1500); ; n++ {
			if _, _, err := unix.Recvfrom(fd, buffer, 0); err != nil {
				return n
			}
		}
	}
}
