// Package sdk is what a tracker is written with.
//
// A tracker watches one thing and says whether it is healthy. Sentinel's own
// trackers and everybody else's are written the same way: a function and a
// struct for its configuration.
//
//	type config struct {
//		Address string `sentinel:"address,required" doc:"host:port that must accept a connection"`
//	}
//
//	func check(ctx context.Context, c config) sdk.Result {
//		conn, err := new(net.Dialer).DialContext(ctx, "tcp", c.Address)
//		if err != nil {
//			return sdk.Fail("%v", err)
//		}
//		conn.Close()
//		return sdk.Pass("connected to %s", c.Address)
//	}
//
//	var Tracker = sdk.Check("tcp", "a TCP port that accepts connections", check)
//
// [Check] is for what has to be asked every now and then, [Watch] for what
// reports by itself when it changes. What a verdict does to a priority, and how
// many it takes, is configured by the operator and is not the tracker's
// business.
//
// `sentinel plugin new tracker NAME` writes a whole plugin to start from: with
// package serve, which is its main function, and package plugintest, which is its
// test.
//
// A plugin that a person tries, with "sentinel tracker run" and such, finds
// [TryVariable] in its environment.
//
// The package needs the standard library only.
package sdk
