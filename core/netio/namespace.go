package netio

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// namespaceID tells one network namespace from all others of the same boot.
type namespaceID struct {
	// Inode is the namespace's, which the kernel uses again for a later one.
	Inode uint64 `json:"inode"`
	// Cookie is never used again (SO_NETNS_COOKIE, since Linux 5.14), or 0.
	Cookie uint64 `json:"cookie,omitempty"`
}

// currentNamespace returns the calling thread's network namespace.
func currentNamespace() (namespaceID, error) {
	var stat unix.Stat_t
	if err := unix.Stat("/proc/thread-self/ns/net", &stat); err != nil {
		return namespaceID{}, fmt.Errorf("network namespace: %w", err)
	}
	id := namespaceID{Inode: stat.Ino}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return namespaceID{}, fmt.Errorf("network namespace: %w", err)
	}
	defer unix.Close(fd)
	if cookie, err := unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE); err == nil {
		id.Cookie = cookie
	}
	return id, nil
}
