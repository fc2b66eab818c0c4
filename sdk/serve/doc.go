// Package serve makes a plugin of trackers and hooks. It is the whole main function:
//
//	var tcp = sdk.Check("tcp", "a TCP port that accepts connections", check)
//
//	func main() { serve.Main("0.1.0", serve.Tracker(tcp)) }
//
// A tracker behaves in this process as package sdk says, as if it ran in Sentinel's own:
// a check that panics is unknown and disturbs no other, checks of one block do not
// overlap (as far as [sdk.Check] says), and contexts end when the timeout is over.
//
// The process lives as long as Sentinel does: it ends when its standard input
// does, and ignores SIGINT, SIGTERM and SIGHUP until then, because hooks have to be
// told that a router stops. What is written to [log/slog], whose default logger
// [Main] sets, to standard error or to standard output appears in Sentinel's log. The
// variables of the handshake are removed from the environment before the first check
// is made, so that a program that it runs does not inherit them.
//
// The protocol is described in sdk/plugin.proto. The package does not run
// programs, keep state or schedule checks: package sdk does.
package serve
