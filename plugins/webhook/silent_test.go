package webhook_test

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/plugins/webhook"
)

// TestSilent: of a delivery to a server that takes the connection and says nothing, as
// one that hangs, no connection is left.
func TestSilent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, scheme := range []string{"http", "https"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := webhook.Notifier.Deliver(ctx, with(scheme+"://"+l.Addr().String()), event); text(err) != "timed out" {
			t.Errorf("%s: %v", scheme, err)
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
