package packet

import "fmt"

// DropReason says why a received datagram was not accepted. Its String is the
// name of the counter that goes up: RFC 8347's where that document has one.
type DropReason uint8

// The reasons, in the order of the checks. Each stops the checks after it.
const (
	// Accepted is no drop at all; it is the zero value.
	Accepted DropReason = iota
	// DropTTL: the TTL or hop limit is not 255, or below a unicast peer's
	// minimum (RFC 9568 section 7.1).
	DropTTL
	// DropShort: not even the fixed 8 bytes of the header.
	DropShort
	// DropVersion: neither version 2 nor 3, or not the version of our router.
	DropVersion
	// DropType: not an advertisement.
	DropType
	// DropUnknownID: no virtual router of ours has this identifier here.
	DropUnknownID
	// DropCount: no address in the message (erratum 8299) though ours has some.
	DropCount
	// DropLength: the length does not follow from the address count.
	DropLength
	// DropChecksum: the checksum fits neither form.
	DropChecksum
	// DropAuthType: version 2, another authentication type than ours.
	DropAuthType
	// DropPassword: version 2, another password than ours.
	DropPassword
	// DropInterval: version 3 with 0 (erratum 8301), version 2 with another
	// interval than ours (RFC 3768 section 7.1).
	DropInterval
	// DropPeer: unicast, and the source is not a listed peer.
	DropPeer
	// DropSelf: the source is our own address: a reflection or a clone.
	DropSelf
	// DropAddressList: only in strict mode: another list than ours, or a first
	// IPv6 address that is not link-local (erratum 8300).
	DropAddressList
	// DropReasons is the number of reasons, for tables indexed by them.
	DropReasons
)

var dropNames = [DropReasons]string{
	Accepted:        "accepted",
	DropTTL:         "ip-ttl-errors",
	DropShort:       "packet-length-errors",
	DropVersion:     "version-errors",
	DropType:        "invalid-type-pkts-rcvd",
	DropUnknownID:   "vrid-errors",
	DropCount:       "address-list-errors",
	DropLength:      "packet-length-errors",
	DropChecksum:    "checksum-errors",
	DropAuthType:    "authentication-type-errors",
	DropPassword:    "authentication-errors",
	DropInterval:    "interval-errors",
	DropPeer:        "unicast-source-errors",
	DropSelf:        "own-source-errors",
	DropAddressList: "address-list-errors",
}

// String returns the name of the counter the drop belongs to. Two reasons may
// share a counter, as they do in RFC 8347.
func (r DropReason) String() string {
	if r < DropReasons {
		return dropNames[r]
	}
	return fmt.Sprintf("drop(%d)", uint8(r))
}
