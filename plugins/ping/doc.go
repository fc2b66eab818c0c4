// Package ping is the tracker "ping": an address that answers ICMP echo requests.
//
//	tracker "ping" "gateway" {
//	  address  = "192.0.2.1"
//	  interval = "1s"
//	  timeout  = "1s"
//	  fall     = 3
//	}
//
// address is an IPv4 or IPv6 address, link-local ones with their interface
// (fe80::1%eth0), or a name, which is resolved anew every time. A check sends one
// request and waits for its answer until the timeout; rise and fall say how many
// it takes.
//
// No answer, and a network or host that cannot be reached, are unhealthy. Unknown
// is the lack of a right, of which one of two is needed: the kernel's for
// unprivileged users (net.ipv4.ping_group_range), which is tried first, or
// CAP_NET_RAW.
package ping
