// Package lab puts several nodes on one machine and makes things go wrong.
//
// A node is a network, mount and host-name namespace with interfaces eth0,
// eth1, ..., its own /run, and whatever processes are started in it: sentinel,
// keepalived, FRR or a script. The nodes meet on the segments of a switch, which
// is a namespace of the lab's own:
//
//	   node a          node b          client          namespaces, held by descriptors
//	┌───────────┐   ┌───────────┐   ┌───────────┐
//	│ sentinel  │   │ keepalived│   │   probe   │   ◄─ Start, Kill, Freeze, Usage, Log
//	│   eth0    │   │   eth0    │   │   eth0    │   ◄─ Addresses, Holders, DeleteAddress
//	└─────┬─────┘   └─────┬─────┘   └─────┬─────┘
//	      │ a.lan         │ b.lan         │ client.lan ◄─ Capture, Probe: what came in here
//	┌─────┴───────────────┴───────────────┴─────┐
//	│              bridge "lan"                 │   ◄─ Cut, Loss, Partition, Unplug
//	└───────────────────────────────────────────┘
//
// A program that uses a lab first calls [Enter], which starts it again inside
// new namespaces: no root is needed where the kernel allows that, nothing it
// does can reach the machine's own interfaces, and nothing is left when it ends,
// however it ends. Tests use package labtest, which also does that.
//
// Every time in this package is a [time.Time] with a monotonic reading, those of
// captured frames included, so that any two of them can be subtracted.
//
// The lab runs no other program for its own purposes, needs nothing in
// /run/netns and knows nothing of the configuration or the protocol decisions of
// what it runs. It cannot delay, reorder or duplicate frames: see core/sim.
package lab
