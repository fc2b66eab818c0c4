// Package sim plays seeded schedules of faults against several engines on a
// virtual network and clock, and checks at every step what must always hold.
//
// One seed decides everything: the configurations, the delay and loss of every
// frame, when the loop of each node wakes up, how long the kernel takes, and
// the faults: partitions, one-way cuts, freezes, crashes and restarts, links
// that go down, interfaces that vanish and come back as others, addresses removed or
// added by hand, kernels that refuse addresses or messages, do nothing at all or tell
// nobody of what changed, trackers that fail or cannot tell, clocks that are set,
// reloads and garbage on the wire. The code that runs is the agent's own, from the
// bytes of an advertisement to the repair of an address; only sockets, netlink and
// time are replaced.
//
// A schedule has up to three parts. First one fault follows another. Then, in many of
// them, whatever is wrong stays so, and the addresses must be served as well as that
// allows. Then everything is mended, and all must be well.
//
// A broken invariant is a [Violation] with the seed and a readable trace;
// running the seed again gives the same trace, byte for byte.
//
// The package proves nothing about the kernel; that is what the end-to-end
// tests are for.
package sim
