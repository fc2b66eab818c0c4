package lab_test

import (
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

func mustAddr(s string) netip.Addr { return netip.MustParseAddr(s) }

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(reach); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", reach, what)
		}
	}
}

// waitFile waits until a file in a node says something.
func waitFile(t *testing.T, n *labtest.Node, path, want string) {
	t.Helper()
	eventually(t, path+" is "+want, func() bool {
		var text []byte
		n.Do(func() (err error) {
			text, err = os.ReadFile(path)
			return err
		})
		return strings.TrimSpace(string(text)) == want
	})
}

// broadcaster opens a socket in a node, for datagrams from and to everybody.
func broadcaster(t *testing.T, n *labtest.Node) net.PacketConn {
	t.Helper()
	var conn net.PacketConn
	n.Do(func() (err error) {
		conn, err = net.ListenPacket("udp4", ":0")
		return err
	})
	t.Cleanup(func() { conn.Close() })
	return conn
}

// receives sends broadcasts, which need no answer, and returns how many arrived.
func receives(t *testing.T, from, to *labtest.Node, count int) int {
	t.Helper()
	in, out := broadcaster(t, to), broadcaster(t, from)
	defer in.Close()
	defer out.Close()
	arrived := make(map[uint16]bool)
	// collect reads until a frame has arrived or there was nothing for a while.
	collect := func(until uint16, quiet time.Duration) {
		buffer := make([]byte, 2)
		for !arrived[until] {
			_ = in.SetReadDeadline(time.Now().Add(quiet))
			if _, _, err := in.ReadFrom(buffer); err != nil {
				return
			}
			arrived[binary.BigEndian.Uint16(buffer)] = true
		}
	}
	everybody := &net.UDPAddr{IP: net.IPv4(10, 0, 0, 255), Port: in.LocalAddr().(*net.UDPAddr).Port}
	for i := range count {
		if _, err := out.WriteTo(binary.BigEndian.AppendUint16(nil, uint16(i)), everybody); err != nil {
			t.Fatal(err)
		}
		// A veth delivers at once, unless the machine is busy.
		collect(uint16(i), time.Millisecond)
	}
	if len(arrived) < count {
		collect(uint16(count), 200*time.Millisecond)
	}
	return len(arrived)
}

// hears reports whether broadcasts of one node reach another.
func hears(t *testing.T, to, from *labtest.Node) bool {
	t.Helper()
	return receives(t, from, to, 5) > 0
}

// advertsOf matches the advertisements of a node that are not its last word.
func advertsOf(n *labtest.Node) lab.Match {
	return func(e lab.Event) bool { return e.Node == n.Node && e.Advert != nil && e.Advert.Priority > 0 }
}

func addrFrom(a [4]byte) netip.Addr { return netip.AddrFrom4(a) }

// announce sends a gratuitous ARP for 10.0.1.N and returns the times around the
// system call.
func announce(t *testing.T, from *labtest.Node, n int) (before, after time.Time) {
	t.Helper()
	frame := []byte{
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 1, 0, 0x08, 0x06,
		0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 1, 0, 10, 0, 1, byte(n), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 10, 0, 1, byte(n),
	}
	from.Do(func() error {
		eth0, err := net.InterfaceByName("eth0")
		if err != nil {
			return err
		}
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		before = time.Now()
		err = unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: eth0.Index})
		after = time.Now()
		return err
	})
	return before, after
}
