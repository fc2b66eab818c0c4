package netio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// errNoInterface: there is no interface of that name.
var errNoInterface = errors.New("no such interface")

// answerTimeout is how long the kernel may take to answer on a netlink socket. It
// answers at once; but an answer that it cannot deliver, for want of memory, never
// comes, and everything else would wait for it.
const answerTimeout = 10 * time.Second

// lost reports whether an error is no refusal of the kernel's, so that it may have
// done what it was asked.
func lost(err error) bool {
	var refusal unix.Errno
	return err != nil && (!errors.As(err, &refusal) ||
		slices.Contains([]unix.Errno{unix.EAGAIN, unix.EINTR, unix.ENOBUFS, unix.ENOMEM}, refusal))
}

// rtnl asks the kernel about interfaces and addresses, and changes addresses
// (rtnetlink(7)), on one socket. It is built on the lower layer of the netlink
// package for what the upper one has no call for: the addresses of one interface
// only, each exactly as it would have to be put back; a link without its SR-IOV
// functions, each of which may cost a word with the hardware; and the sentence in
// which the kernel says why it refuses.
type rtnl struct {
	socket  *nl.NetlinkSocket
	sockets map[int]*nl.SocketHandle // the same, as requests want it
}

func openRTNL() (*rtnl, error) {
	socket, err := nl.GetNetlinkSocketAt(netns.None(), netns.None(), unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("open rtnetlink: %w", err)
	}
	timeout := unix.NsecToTimeval(answerTimeout.Nanoseconds())
	_ = socket.SetSendTimeout(&timeout) // these two cannot fail
	_ = socket.SetReceiveTimeout(&timeout)
	// Older kernels do without: the sentence, since Linux 4.12, and the selection of
	// one interface's addresses, since Linux 4.20, which parseAddresses does then.
	_ = socket.SetExtAck(true)
	_ = unix.SetsockoptInt(socket.GetFd(), unix.SOL_NETLINK, unix.NETLINK_GET_STRICT_CHK, 1)
	return &rtnl{socket, map[int]*nl.SocketHandle{unix.NETLINK_ROUTE: {Socket: socket}}}, nil
}

func (r *rtnl) close() { r.socket.Close() }

// request makes a request, which is carried out by do or, for an answer, by its
// Execute method.
func (r *rtnl) request(kind, flags int, parts ...nl.NetlinkRequestData) *nl.NetlinkRequest {
	request := nl.NewNetlinkRequest(kind, flags)
	request.Sockets = r.sockets
	request.Data = parts
	return request
}

// do carries out a request and waits until the kernel has said yes or no.
func do(request *nl.NetlinkRequest) error {
	request.Flags |= unix.NLM_F_ACK
	_, err := request.Execute(unix.NETLINK_ROUTE, 0)
	return err
}

// device is an interface as far as we need to know it. The zero value is none.
type device struct {
	index    int
	flags    uint32           // IFF_*, see netdevice(7)
	kind     uint16           // ARPHRD_*
	hardware net.HardwareAddr // may be empty
	router   bool             // it forwards IPv6
}

// device reads an interface by name, or alternative name. It returns
// errNoInterface if there is none.
func (r *rtnl) device(name string) (device, error) {
	// rtextFilterSkipStats leaves out counters (linux/rtnetlink.h).
	const rtextFilterSkipStats = 1 << 3
	attribute := unix.IFLA_IFNAME
	if len(name) >= unix.IFNAMSIZ {
		attribute = unix.IFLA_ALT_IFNAME
	}
	request := r.request(unix.RTM_GETLINK, 0, nl.NewIfInfomsg(unix.AF_UNSPEC),
		nl.NewRtAttr(attribute, nl.ZeroTerminated(name)),
		nl.NewRtAttr(unix.IFLA_EXT_MASK, nl.Uint32Attr(rtextFilterSkipStats)))
	answers, err := request.Execute(unix.NETLINK_ROUTE, unix.RTM_NEWLINK)
	switch {
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.EINVAL), errors.Is(err, unix.ERANGE):
		return device{}, errNoInterface // or it can be no interface's name
	case err != nil:
		return device{}, fmt.Errorf("read interface: %w", err)
	case len(answers) == 0:
		return device{}, errNoInterface
	}
	return parseDevice(answers[0])
}

func parseDevice(b []byte) (device, error) {
	header := nl.DeserializeIfInfomsg(b)
	d := device{index: int(header.Index), flags: header.Flags, kind: header.Type}
	attributes, err := nl.ParseRouteAttr(b[unix.SizeofIfInfomsg:])
	if err != nil {
		return device{}, fmt.Errorf("read interface: %w", err)
	}
	for _, a := range attributes {
		switch a.Attr.Type & nl.NLA_TYPE_MASK {
		case unix.IFLA_ADDRESS:
			d.hardware = a.Value
		case unix.IFLA_AF_SPEC:
			d.router = forwardsIPv6(a.Value)
		}
	}
	return d, nil
}

// forwardsIPv6 finds the interface's sysctl forwarding in IFLA_AF_SPEC: it is the
// first number of the list that AF_INET6 has there.
func forwardsIPv6(b []byte) bool {
	families, _ := nl.ParseRouteAttr(b)
	for _, family := range families {
		if family.Attr.Type&nl.NLA_TYPE_MASK != unix.AF_INET6 {
			continue
		}
		attributes, _ := nl.ParseRouteAttr(family.Value)
		for _, a := range attributes {
			if a.Attr.Type&nl.NLA_TYPE_MASK == unix.IFLA_INET6_CONF && len(a.Value) >= intLen {
				return binary.NativeEndian.Uint32(a.Value) != 0
			}
		}
	}
	return false
}

// assigned is an address on an interface.
type assigned struct {
	netip.Prefix        // the local address, the length of its or its peer's prefix
	flags        uint32 // IFA_F_*
	raw          []byte // the whole of it, as RTM_NEWADDR takes it
}

// addresses reads the addresses of an interface, in the kernel's order. A list
// that changed while it was read is read again; if it never holds still, the
// error is nl.ErrDumpInterrupted and the list the last one. An interface that
// does not exist has none.
func (r *rtnl) addresses(index int) ([]assigned, error) {
	const tries = 5
	for try := 1; ; try++ {
		header := nl.NewIfAddrmsg(unix.AF_UNSPEC)
		header.Index = uint32(index)
		answers, err := r.request(unix.RTM_GETADDR, unix.NLM_F_DUMP, header).Execute(unix.NETLINK_ROUTE, unix.RTM_NEWADDR)
		interrupted := errors.Is(err, nl.ErrDumpInterrupted)
		switch {
		case errors.Is(err, unix.ENODEV):
			return nil, nil
		case err != nil && !interrupted:
			return nil, fmt.Errorf("read addresses: %w", err)
		case interrupted && try < tries:
			continue
		}
		return parseAddresses(answers, index), err
	}
}

func parseAddresses(answers [][]byte, index int) []assigned {
	list := make([]assigned, 0, len(answers))
	for _, b := range answers {
		header := nl.DeserializeIfAddrmsg(b)
		attributes, err := nl.ParseRouteAttr(b[unix.SizeofIfAddrmsg:])
		if err != nil || header.Index != uint32(index) {
			continue
		}
		a := assigned{flags: uint32(header.Flags), raw: b}
		var local, other netip.Addr
		for _, attribute := range attributes {
			switch attribute.Attr.Type {
			case unix.IFA_LOCAL:
				local, _ = netip.AddrFromSlice(attribute.Value)
			case unix.IFA_ADDRESS: // the peer's, if there is a local one too
				other, _ = netip.AddrFromSlice(attribute.Value)
			case unix.IFA_FLAGS:
				a.flags = binary.NativeEndian.Uint32(attribute.Value)
			}
		}
		if !local.IsValid() {
			local = other
		}
		a.Prefix = netip.PrefixFrom(local, int(header.Prefixlen))
		list = append(list, a)
	}
	return list
}
