package host

import (
	"bufio"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// What may come before the handshake: programs print all kinds of things when
// they start.
const (
	garbageLines = 16
	garbageBytes = 4 << 10
)

// hello is the line with which a plugin says where it can be reached.
type hello struct {
	line   string
	socket string
	tls    bool // it sent a certificate
}

// readHello reads lines until one is the handshake, and passes the others to
// skipped.
func readHello(r *bufio.Reader, skipped func(string)) (line string, err error) {
	bytes := 0
	for range garbageLines + 1 {
		part, err := r.ReadSlice('\n')
		line := strings.TrimRight(string(part), "\r\n")
		if strings.HasPrefix(line, "1|") && err == nil {
			return line, nil
		}
		if line != "" {
			skipped(line)
		}
		bytes += len(part)
		if errors.Is(err, bufio.ErrBufferFull) || bytes > garbageBytes {
			break
		}
		if err != nil {
			return "", err
		}
	}
	return "", errors.New("it prints something else than the handshake: is it a plugin of Sentinel?")
}

// parseHello understands the line. The socket must be in the directory.
func parseHello(line, directory string) (h hello, err error) {
	fields := strings.Split(strings.TrimSpace(line), "|")
	if len(fields) < 5 {
		return h, fmt.Errorf("its handshake %q has %d fields, and must be 1|%d|unix|PATH|grpc", line, len(fields), wire.Version)
	}
	version, err := strconv.Atoi(fields[1])
	switch {
	case err != nil:
		return h, fmt.Errorf("its handshake names version %q of the protocol, which is no number", fields[1])
	case version > wire.Version:
		return h, fmt.Errorf("it speaks version %d of the plugin protocol and this Sentinel speaks %d: update Sentinel, or install an older version of the plugin", version, wire.Version)
	case version < wire.Version:
		return h, fmt.Errorf("it speaks version %d of the plugin protocol and this Sentinel speaks %d: update the plugin", version, wire.Version)
	case fields[4] != "grpc":
		return h, fmt.Errorf("it speaks %q, and must speak grpc", fields[4])
	case fields[2] != "unix" || filepath.Dir(filepath.Clean(fields[3])) != directory:
		return h, fmt.Errorf("it listens at %s %s, and must listen on a unix socket in the directory that PLUGIN_UNIX_SOCKET_DIR names", fields[2], fields[3])
	}
	return hello{line: line, socket: fields[3], tls: len(fields) > 5 && len(fields[5]) > 50}, nil
}
