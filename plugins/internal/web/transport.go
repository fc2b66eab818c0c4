package web

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
)

// Transport returns what makes the requests of one check or one delivery, without a
// proxy. end is to be called after that: it closes all connections. One that is being
// made would else go on for as long as the server lets it, which is for ever if that
// takes the connection and says nothing: http.Transport keeps it for a later request.
func Transport(trust *tls.Config) (t *http.Transport, end func()) {
	ctx, end := context.WithCancel(context.Background())
	dialer := &net.Dialer{KeepAlive: -1}
	return &http.Transport{
		DialContext: func(_ context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err == nil {
				context.AfterFunc(ctx, func() { conn.Close() })
			}
			return conn, err
		},
		TLSClientConfig:        trust,
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 64 << 10,
	}, end
}
