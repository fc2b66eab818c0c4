package sdktest

import (
	"io"
	"net"
	"testing"
	"time"
)

// Silent gives a use of HTTP the URL of a server that takes the connection and says
// nothing, as one that hangs, without TLS and with it. After each use no connection
// may be left.
func Silent(t testing.TB, use func(url string)) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, scheme := range []string{"http", "https"} {
		use(scheme + "://" + l.Addr().String())
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("%s: the connection stays: %v", scheme, err)
		}
		conn.Close()
	}
}
