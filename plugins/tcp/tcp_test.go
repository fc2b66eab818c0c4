package tcp_test

import (
	"context"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/plugins/tcp"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/sdktest"
)

// first returns the first sample of a tracker.
func first(t *testing.T, values sdk.Values, timeout time.Duration) (result sdk.Result) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := sdk.Schedule{Interval: time.Minute, Timeout: timeout}
	if err := tcp.Tracker.Run(ctx, values, s, func(r sdk.Result) { result = r; cancel() }); err != nil {
		t.Fatal(err)
	}
	return result
}

// server serves every connection with a function.
func server(t *testing.T, serve func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return l.Addr().String()
}

// answers serves an answer, in two pieces, after something was said.
func answers(text string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 100))
		_, _ = io.WriteString(conn, text[:len(text)/2])
		time.Sleep(10 * time.Millisecond)
		_, _ = io.WriteString(conn, text[len(text)/2:])
	}
}

// refusing returns an address at which nobody listens.
func refusing(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return l.Addr().String()
}

func TestVerdicts(t *testing.T) {
	open := server(t, func(net.Conn) {})
	pong := server(t, answers("+PONG\r\n"))
	loading := server(t, answers("-LOADING it is\r\nmore\r\n"))
	flood := server(t, answers(strings.Repeat("x", 64<<10)+"+PONG"))
	echo := server(t, func(conn net.Conn) {
		said := make([]byte, 100)
		n, _ := conn.Read(said)
		_, _ = conn.Write(said[:n])
	})
	silent := server(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	closed := refusing(t)
	ping := func(address string) sdk.Values {
		return sdk.Values{"address": address, "send": "PING\r\n", "expect": "+PONG"}
	}
	for name, c := range map[string]struct {
		values sdk.Values
		want   sdk.Result
	}{
		"open":    {sdk.Values{"address": open}, sdk.Pass("%s accepts connections", open)},
		"refused": {sdk.Values{"address": closed}, sdk.Fail("%s: connection refused", closed)},
		"answer":  {ping(pong), sdk.Pass("%s answered %q", pong, "+PONG")},
		"other":   {ping(loading), sdk.Fail(`%s answered "-LOADING it is", without "+PONG"`, loading)},
		"late":    {ping(flood), sdk.Fail(`%s answered "%s...", without "+PONG"`, flood, strings.Repeat("x", 80))},
		"echo":    {ping(echo), sdk.Fail(`%s answered what was sent, without "+PONG"`, echo)},
		"closed":  {sdk.Values{"address": open, "expect": "x"}, sdk.Fail("%s closed the connection without an answer", open)},
		"silent":  {ping(silent), sdk.Fail("timed out after 200ms")},
		"no name": {sdk.Values{"address": "no.such.invalid:80"}, sdk.Fail("no.such.invalid:80: ")},
	} {
		timeout := 10 * time.Second
		if name == "silent" {
			timeout = 200 * time.Millisecond
		}
		got := first(t, c.values, timeout)
		if strings.HasSuffix(c.want.Reason, ": ") && strings.HasPrefix(got.Reason, c.want.Reason) {
			got.Reason = c.want.Reason // the rest is the resolver's or the kernel's
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestLack: what this machine has run out of says nothing about another.
func TestLack(t *testing.T) {
	open := server(t, func(net.Conn) {})
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
	}()
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 0, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	want := sdk.CannotTell("cannot connect to %s: too many open files", open)
	if got := first(t, sdk.Values{"address": open}, time.Minute); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestValidate(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:80":  "",
		"[::1]:80":      "",
		"localhost:1":   "",
		"127.0.0.1":     `address: "127.0.0.1" must be host:port, such as `,
		":80":           `address: ":80" must be host:port, such as `,
		"::1:80":        `address: "::1:80" must be host:port, such as `,
		"host:":         `address: port "" must be a number of 1 to 65535`,
		"host:http":     `address: port "http" must be a number of 1 to 65535`,
		"host:0":        `address: port "0" must be a number of 1 to 65535`,
		"[::1]:6553600": `address: port "6553600" must be a number of 1 to 65535`,
	} {
		sdktest.Validates(t, address, tcp.Tracker, sdk.Values{"address": address}, want)
	}
	if !tcp.Tracker.Polled() || tcp.Tracker.Measures() || tcp.Tracker.Name() != "tcp" || !tcp.Tracker.Schema().Attribute("send").Secret {
		t.Error("it is another kind of tracker")
	}
}
