package netio

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// capability is one of capabilities(7) and what it is needed for.
type capability struct {
	name  string
	bit   uint
	needs string
}

var capabilities = []capability{
	{"CAP_NET_RAW", unix.CAP_NET_RAW, "VRRP sockets and gratuitous ARP"},
	{"CAP_NET_ADMIN", unix.CAP_NET_ADMIN, "virtual addresses and packet filters"},
}

// CheckRights returns an error that says in one sentence which capabilities the
// calling thread lacks and how to get them, or nil.
func CheckRights() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData // version 3 has 64 bits
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("read the process's capabilities: %w", err)
	}
	var lacking, names []string
	for _, c := range capabilities {
		if data[c.bit/32].Effective&(1<<(c.bit%32)) == 0 {
			names = append(names, c.name)
			lacking = append(lacking, fmt.Sprintf("%s (%s)", c.name, c.needs))
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	return errors.New("no right to run: lacking " + strings.Join(lacking, " and ") +
		"; run as root, or give them by AmbientCapabilities=" + strings.Join(names, " ") +
		" in the systemd unit or by setcap " + strings.ToLower(strings.Join(names, ",")) + "+ep on the program")
}
