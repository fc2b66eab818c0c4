package packet

import (
	"encoding/binary"
	"net/netip"
)

// checksum returns the one's complement of the one's complement sum of message
// (RFC 1071), whose own checksum field counts as zero, and of the pseudo-header
// when asked: RFC 8200 section 8.1 for IPv6; for IPv4 the source, the
// destination, a zero byte, the protocol and the length.
func checksum(message []byte, source, destination netip.Addr, pseudoHeader bool) uint16 {
	sum := partial(0, message)
	sum -= uint32(binary.BigEndian.Uint16(message[6:8]))
	if pseudoHeader {
		sum = partialAddr(sum, source)
		sum = partialAddr(sum, destination)
		sum += uint32(len(message)) + Protocol
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

// partial adds b to sum as big-endian words; an odd last byte is padded with
// zero. A message of at most 64 KB cannot overflow the 32 bits.
func partial(sum uint32, b []byte) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	return sum
}

func partialAddr(sum uint32, a netip.Addr) uint32 {
	if a.Is4() {
		raw := a.As4()
		return partial(sum, raw[:])
	}
	raw := a.As16()
	return partial(sum, raw[:])
}
