// Package iface is the tracker "interface": it tells whether a network interface
// can carry traffic.
//
//	tracker "interface" "backend" {
//	  interface = "ens9"
//	}
//
// An interface is healthy if it exists, was set up and is running, which is the
// kernel's word for a carrier. It goes by its name: one that is renamed is gone,
// and one that is made again, or gets the name from another, is the same.
//
// The kernel tells of every change (rtnetlink(7)), so nothing is polled. All
// interface trackers of a process share one subscription, which is opened in the
// network namespace of the first. Where the kernel had to drop events, it is
// opened anew and every interface is read again; the last verdict stands until
// then. Alternative names are not looked at.
package iface
