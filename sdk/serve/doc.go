// Package serve is the whole main function of a plugin.
//
//	var tcp = sdk.Check("tcp", "a TCP port that accepts connections", check)
//
//	func main() { serve.Main("0.1.0", serve.Tracker(tcp)) }
//
// What runs in Sentinel's own process with package sdk runs in a process of its
// own with this, and behaves the same: a panic of one check costs that check its
// verdict and nobody else anything, two checks of one block do not overlap (as far as
// [sdk.Check] says), contexts end when the timeout is over.
//
// The process lives as long as Sentinel does: it ends when its standard input
// does, and ignores SIGINT, SIGTERM and SIGHUP until then, because hooks have to be
// told that a router stops. What is written to [log/slog], to standard error or to
// standard output appears in Sentinel's log. The variables of the handshake are
// gone from the environment before the first check is made, so that a program it
// runs does not inherit them.
//
// The protocol is described in sdk/plugin.proto. The package does not run
// programs, keep state or schedule anything besides: package sdk does.
package serve
