// Package netio is the Linux side of a VRRP router: the sockets, the clock and
// the wait of the protocol loop, and everything that changes the machine.
//
// Two goroutines meet here, the loop's and the [Host]'s:
//
//	              datagrams ─► Sockets.Receive ─┐
//	timerfd, eventfd, epoll ─► Poller.Wait      ├─ the loop: never blocks
//	                           Sockets.Send   ◄─┘      │
//	                                                   │ orders (queued)
//	                                                   ▼
//	RTM_NEWADDR, RTM_DELADDR, joins, nftables ◄─ Host.Run: may block
//	           gratuitous ARP, neighbour adv. ◄─┘      │ Config.Report
//	                                                   ▼ the loop's inbox
//
// What is measured in microseconds on the way from a lost router to a moved
// address is done in the order in which it matters: the record, the address, its
// first announcement, and only then the reports about them.
//
// A record of the addresses put on interfaces is kept in a file, so that the
// next process can take away what a dead one has left. Only what is recorded is
// ever removed.
//
// All descriptors are opened in the network namespace of the goroutine that
// opens them, see [Host.Run], and interfaces are addressed by index, so that no
// name is looked up in another namespace.
//
// The package knows nothing of virtual routers, priorities or states: it decides
// nothing that RFC 9568 has a word for.
package netio
