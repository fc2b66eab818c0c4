package netio

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"

	"github.com/mdlayher/arp"
	"github.com/mdlayher/ethernet"
	"github.com/mdlayher/ndp"
	"golang.org/x/sys/unix"
)

var (
	// allNodes is the group of an unsolicited neighbour advertisement (RFC 4861
	// section 7.2.6), allNodesEthernet its Ethernet form (RFC 2464 section 7).
	allNodes         = netip.IPv6LinkLocalAllNodes()
	allNodesEthernet = net.HardwareAddr{0x33, 0x33, 0, 0, 0, 1}
)

// announcement returns the Ethernet frames that tell the neighbours that an
// address is at a hardware address.
func announcement(hardware net.HardwareAddr, address netip.Addr, router bool) ([][]byte, error) {
	if address.Is4() {
		return gratuitousARP(hardware, address)
	}
	frame, err := unsolicitedAdvertisement(hardware, address, router)
	if err != nil {
		return nil, err
	}
	return [][]byte{frame}, nil
}

// gratuitousARP returns a request and a reply (RFC 5944 section 4.6 allows
// either, and each has receivers that only heed the other): sender and target
// are the address, and the target hardware address is the broadcast one, as in
// keepalived's.
func gratuitousARP(hardware net.HardwareAddr, address netip.Addr) ([][]byte, error) {
	var frames [][]byte
	for _, operation := range []arp.Operation{arp.OperationRequest, arp.OperationReply} {
		packet, err := arp.NewPacket(operation, hardware, address, ethernet.Broadcast, address)
		if err != nil {
			return nil, fmt.Errorf("gratuitous ARP: %w", err)
		}
		body, err := packet.MarshalBinary()
		if err != nil {
			return nil, fmt.Errorf("gratuitous ARP: %w", err)
		}
		frames = append(frames, frame(ethernet.Broadcast, hardware, unix.ETH_P_ARP, body))
	}
	return frames, nil
}

// unsolicitedAdvertisement returns an unsolicited neighbour advertisement (RFC 4861
// section 7.2.6). Its source is the address itself, as keepalived's is, and the
// override flag makes neighbours forget the old hardware address.
func unsolicitedAdvertisement(hardware net.HardwareAddr, address netip.Addr, router bool) ([]byte, error) {
	body, err := ndp.MarshalMessageChecksum(&ndp.NeighborAdvertisement{
		Router: router, Override: true, TargetAddress: address,
		Options: []ndp.Option{&ndp.LinkLayerAddress{Direction: ndp.Target, Addr: hardware}},
	}, address, allNodes)
	if err != nil {
		return nil, fmt.Errorf("neighbour advertisement: %w", err)
	}
	return frame(allNodesEthernet, hardware, unix.ETH_P_IPV6, ipv6(address, allNodes, unix.IPPROTO_ICMPV6, body)), nil
}

// ipv6 puts an IPv6 header (RFC 8200 section 3) before a packet's body.
func ipv6(source, destination netip.Addr, protocol byte, body []byte) []byte {
	const headerLen = 40
	b := make([]byte, headerLen, headerLen+len(body))
	b[0] = 6 << 4
	binary.BigEndian.PutUint16(b[4:], uint16(len(body)))
	b[6], b[7] = protocol, hopLimit
	copy(b[8:], source.AsSlice())
	copy(b[24:], destination.AsSlice())
	return append(b, body...)
}

// frame puts an Ethernet header before a packet. Padding is the driver's.
func frame(destination, source net.HardwareAddr, etherType uint16, packet []byte) []byte {
	const headerLen = 14
	b := make([]byte, 0, headerLen+len(packet))
	b = append(append(b, destination...), source...)
	return append(binary.BigEndian.AppendUint16(b, etherType), packet...)
}
