package host

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// Limits of what a plugin may make us keep in memory, in bytes. A fixed window
// means that gRPC does not enlarge it.
const (
	streamWindow     = 64 << 10
	connectionWindow = 1 << 20
	headers          = 16 << 10
)

// dial makes the connection. It is plain if the plugin has no certificate: then
// the socket is in a directory that only we and the plugin can enter, and it must
// be the plugin's user who listens.
func (p *Plugin) dial(security *tls.Config) error {
	socket := p.process.said().socket
	transport := insecure.NewCredentials()
	if security != nil {
		transport = credentials.NewTLS(security)
	}
	conn, err := grpc.NewClient("passthrough:///localhost",
		grpc.WithTransportCredentials(transport),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return dialOwner(ctx, socket, p.process.identity.uid)
		}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(wire.MaxAnswer), grpc.MaxCallSendMsgSize(wire.MaxRequest)),
		grpc.WithInitialWindowSize(streamWindow), grpc.WithInitialConnWindowSize(connectionWindow),
		grpc.WithMaxHeaderListSize(headers), grpc.WithDisableRetry(), grpc.WithNoProxy(), grpc.WithDisableServiceConfig(),
	)
	if err != nil {
		return err
	}
	p.conn = conn
	p.plugin, p.tracker, p.notifier = wire.NewPluginClient(conn), wire.NewTrackerClient(conn), wire.NewNotifierClient(conn)
	return nil
}

// dialOwner connects to a socket if the user listens there.
func dialOwner(ctx context.Context, path string, uid uint32) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		conn.Close()
		return nil, err
	}
	var peer *unix.Ucred
	var peerErr error
	err = raw.Control(func(fd uintptr) { peer, peerErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err == nil {
		err = peerErr
	}
	if err == nil && peer.Uid != uid {
		err = fmt.Errorf("user %d listens on the plugin's socket, and not %d", peer.Uid, uid)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}
