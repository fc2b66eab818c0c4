package iface

import (
	"syscall"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk"
)

// links is what is known of the interfaces. Messages must be noted in the order
// in which the kernel has sent them.
type links struct {
	names  map[int32]string
	byName map[string]link
}

type link struct {
	index int32
	flags uint32 // IFF_*, see netdevice(7)
}

func newLinks() links { return links{make(map[int32]string), make(map[string]link)} }

// note takes over what a message says. Bridges send messages of the same types
// about their ports, in a family of their own: an interface that leaves a bridge
// is not gone.
func (l *links) note(m *syscall.NetlinkMessage) {
	if len(m.Data) < unix.SizeofIfInfomsg {
		return
	}
	header := nl.DeserializeIfInfomsg(m.Data)
	if header.Family != unix.AF_UNSPEC {
		return
	}
	name := ""
	if m.Header.Type == unix.RTM_NEWLINK {
		if name = nameIn(m.Data[unix.SizeofIfInfomsg:]); name == "" {
			return
		}
	}
	if old := l.names[header.Index]; old != name && l.byName[old].index == header.Index {
		delete(l.byName, old)
	}
	if name == "" {
		delete(l.names, header.Index)
		return
	}
	l.names[header.Index] = name
	l.byName[name] = link{header.Index, header.Flags}
}

// nameIn finds the name among a link's attributes.
func nameIn(b []byte) string {
	attributes, err := nl.ParseRouteAttr(b)
	if err != nil {
		return ""
	}
	for _, a := range attributes {
		if a.Attr.Type == unix.IFLA_IFNAME {
			return unix.ByteSliceToString(a.Value)
		}
	}
	return ""
}

// result judges an interface.
func (l *links) result(name string) sdk.Result {
	link, ok := l.byName[name]
	switch {
	case !ok:
		return sdk.Fail("%s does not exist", name)
	case link.flags&unix.IFF_UP == 0:
		return sdk.Fail("%s is down", name)
	case link.flags&unix.IFF_RUNNING != 0:
		return sdk.Pass("%s is up and running", name)
	case link.flags&unix.IFF_LOWER_UP != 0: // it waits, such as for 802.1X
		return sdk.Fail("%s has a carrier but is not running", name)
	}
	return sdk.Fail("%s has no carrier", name)
}
