package http_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

// TestSilent: of a check of a server that takes the connection and says nothing, as one
// that hangs, no connection is left.
func TestSilent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, scheme := range []string{"http", "https"} {
		want := sdk.Fail("timed out after 1s")
		if got := first(t, with(scheme+"://"+l.Addr().String()), time.Second); got != want {
			t.Errorf("%s: %+v", scheme, got)
		}
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
