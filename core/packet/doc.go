// Package packet is the VRRP wire codec: bytes to [Advertisement] and back.
//
// It knows version 2 (RFC 3768, with the simple text password of RFC 2338) over
// IPv4 and version 3 (RFC 9568) over IPv4 and IPv6, both forms of the version 3
// checksum that are in use over IPv4, and every check that a receiver owes to a
// datagram, each with its own [DropReason]. The numbers and layouts come from the RFCs;
// what keepalived and FRR really send is in testdata.
//
// The package is pure and does not allocate on the encode and decode paths. It
// opens no socket, logs nothing and keeps no state: whether a peer is to be
// believed is decided here only as far as the datagram itself can tell.
package packet
