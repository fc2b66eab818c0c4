package lab

import (
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Offsets in an Ethernet frame, with an IPv4 header without options.
const (
	offEtherType    = 12
	offNetwork      = 14
	offIPv4Protocol = offNetwork + 9
	offIPv4Data     = offNetwork + 20
	offIPv6Next     = offNetwork + 6
	offIPv6Data     = offNetwork + 40
)

// Numbers that golang.org/x/sys/unix does not have.
const (
	protocolVRRP        = 112
	icmpEchoRequest     = 8
	icmpEchoReply       = 0
	icmp6EchoRequest    = 128
	icmp6EchoReply      = 129
	icmp6NeighborAdvert = 136
)

// field is a number at a place in a frame.
type field struct {
	offset uint32
	size   int
	value  uint32
}

func etherType(t uint32) field    { return field{offEtherType, 2, t} }
func ipv4Protocol(p uint32) field { return field{offIPv4Protocol, 1, p} }
func ipv6Next(p uint32) field     { return field{offIPv6Next, 1, p} }
func icmpType(t uint32) field     { return field{offIPv4Data, 1, t} }
func icmp6Type(t uint32) field    { return field{offIPv6Data, 1, t} }

// speechFilter passes what nodes say about addresses.
func speechFilter() []bpf.Instruction {
	return passing(
		[]field{etherType(unix.ETH_P_ARP)},
		[]field{etherType(unix.ETH_P_IP), ipv4Protocol(protocolVRRP)},
		[]field{etherType(unix.ETH_P_IPV6), ipv6Next(protocolVRRP)},
		[]field{etherType(unix.ETH_P_IPV6), ipv6Next(unix.IPPROTO_ICMPV6), icmp6Type(icmp6NeighborAdvert)},
	)
}

// answerFilter passes the answers to pings.
func answerFilter() []bpf.Instruction {
	return passing(
		[]field{etherType(unix.ETH_P_IP), ipv4Protocol(unix.IPPROTO_ICMP), icmpType(icmpEchoReply)},
		[]field{etherType(unix.ETH_P_IPV6), ipv6Next(unix.IPPROTO_ICMPV6), icmp6Type(icmp6EchoReply)},
	)
}

// passing is a filter that passes frames in which all fields of one of the lists
// are as given.
func passing(lists ...[]field) []bpf.Instruction {
	const whole = 1 << 18 // bytes; more than any frame has
	var program []bpf.Instruction
	for _, list := range lists {
		for i, f := range list {
			rest := uint8(2*(len(list)-i-1) + 1) // instructions until the next list
			program = append(program,
				bpf.LoadAbsolute{Off: f.offset, Size: f.size},
				bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: f.value, SkipTrue: rest})
		}
		program = append(program, bpf.RetConstant{Val: whole})
	}
	return append(program, bpf.RetConstant{Val: 0})
}
