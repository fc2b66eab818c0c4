package packet_test

import (
	"bufio"
	"encoding/hex"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sentinel-ha/sentinel/core/packet"
)

// captured is one frame of testdata/golden.txt: what was on the wire and what
// its sender was configured to say.
type captured struct {
	name     string
	datagram packet.Datagram
	want     packet.Advertisement
}

// TestGoldenDecode reads what keepalived and FRR really send.
func TestGoldenDecode(t *testing.T) {
	for _, frame := range readGolden(t) {
		t.Run(frame.name, func(t *testing.T) {
			expect := accepting(frame)
			var got packet.Advertisement
			reason := got.Decode(&frame.datagram, &expect)
			if frame.want.Version == 2 && frame.datagram.Source.Is6() {
				if reason == packet.Accepted {
					t.Fatal("version 2 over IPv6 was accepted; RFC 3768 has none")
				}
				return
			}
			if reason != packet.Accepted {
				t.Fatalf("dropped: %v", reason)
			}
			if diff := cmp.Diff(frame.want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Errorf("decoded advertisement (-want +got):\n%s", diff)
			}
		})
	}
}

// TestGoldenEncode writes the same advertisements and demands the same bytes.
func TestGoldenEncode(t *testing.T) {
	for _, frame := range readGolden(t) {
		if frame.want.Version == 2 && frame.datagram.Source.Is6() {
			continue
		}
		t.Run(frame.name, func(t *testing.T) {
			got, err := frame.want.Append(nil, frame.datagram.Source, frame.datagram.Destination)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(frame.datagram.Payload, got); diff != "" {
				t.Errorf("encoded bytes (-captured +ours):\n%s", diff)
			}
		})
	}
}

// accepting returns the demands that frame must meet.
func accepting(frame captured) packet.Expect {
	return packet.Expect{
		Version:   frame.want.Version,
		MinTTL:    frame.datagram.TTL,
		AuthType:  frame.want.AuthType,
		Password:  frame.want.Password,
		Interval:  frame.want.Interval,
		Addresses: frame.want.Addresses,
	}
}

func readGolden(t *testing.T) []captured {
	t.Helper()
	file, err := os.Open("testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var frames []captured
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		frame := captured{name: line, want: parseWant(t, line)}
		if !lines.Scan() {
			t.Fatalf("no packet after %q", line)
		}
		frame.datagram = parseIP(t, lines.Text())
		frames = append(frames, frame)
	}
	if len(frames) < 30 {
		t.Fatalf("only %d frames in golden.txt", len(frames))
	}
	return frames
}

// parseWant reads a line such as "frr id=5 priority=200 version=3 interval=500ms
// password=none ttl=255 addresses=10.9.0.55".
func parseWant(t *testing.T, line string) packet.Advertisement {
	t.Helper()
	var want packet.Advertisement
	for _, field := range strings.Fields(line)[1:] {
		key, value, _ := strings.Cut(field, "=")
		switch key {
		case "id":
			want.VRID = number(t, value)
		case "priority":
			want.Priority = number(t, value)
		case "version":
			want.Version = number(t, value)
		case "interval":
			interval, err := time.ParseDuration(value)
			if err != nil {
				t.Fatal(err)
			}
			want.Interval = interval
		case "password":
			if value != "none" {
				want.AuthType = packet.AuthSimpleText
				copy(want.Password[:], value)
			}
		case "addresses":
			for address := range strings.SplitSeq(value, ",") {
				want.Addresses = append(want.Addresses, netip.MustParseAddr(address))
			}
		}
	}
	return want
}

func number(t *testing.T, s string) uint8 {
	t.Helper()
	n, err := strconv.ParseUint(s, 10, 8)
	if err != nil {
		t.Fatal(err)
	}
	return uint8(n)
}

// parseIP takes the IP header off a captured packet.
func parseIP(t *testing.T, text string) packet.Datagram {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	if b[0]>>4 == 6 {
		return packet.Datagram{
			Source:      netip.AddrFrom16([16]byte(b[8:24])),
			Destination: netip.AddrFrom16([16]byte(b[24:40])),
			TTL:         b[7],
			Payload:     b[40:],
		}
	}
	return packet.Datagram{
		Source:      netip.AddrFrom4([4]byte(b[12:16])),
		Destination: netip.AddrFrom4([4]byte(b[16:20])),
		TTL:         b[8],
		Payload:     b[int(b[0]&0x0f)*4:],
	}
}
