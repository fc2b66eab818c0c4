// Package sdk is for writing trackers and hooks.
//
// Sentinel's own are written with it, too. Each is a function and a struct for its
// configuration; a plugin offers one of them, or several.
//
// # Trackers
//
// A tracker watches one thing and says whether it is healthy.
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
// [Check] is for what has to be asked again and again, [Watch] for what reports by
// itself when it changes. A tracker with the option [Measures] reports numbers. What
// a verdict does to a priority, and how many in a row it takes, is configured by the
// operator and is not the tracker's business.
//
// # Hooks
//
// A hook, which the code calls a notifier, acts on what happens: it is given an
// [Event] for each change of state of the routers and groups that it is configured
// for.
//
//	type config struct {
//		File string `sentinel:"file" default:"/var/log/vrrp-events" doc:"file to which a line is added"`
//	}
//
//	func notify(ctx context.Context, c config, e sdk.Event) error {
//		f, err := os.OpenFile(c.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
//		if err != nil {
//			return err // is tried again; sdk.Reject(err) would not be
//		}
//		_, err = fmt.Fprintf(f, "%s%s is %s: %s\n", e.Instance, e.Group, e.To, e.Reason)
//		return errors.Join(err, f.Close())
//	}
//
//	var Notifier = sdk.Notify("lines", "adds a line to a file", notify)
//
// [Notify] says in which order events come. The newest state is always delivered. If
// the answer is lost, it is delivered again, with the same ID. [Reject] and
// [RetryAfter] say what happens to an event that could not be handled. A hook without
// a required attribute needs no block: it is called for every change of state as soon
// as its plugin is there. Which events a block is for, and how long a call may take,
// is configured by the operator.
//
// # Configuration
//
// The tags of the struct's fields say what can be configured, and document it: see
// [Schema]. What tags cannot express is checked by a method Validate() error of the
// struct, which names the attribute in question with [At].
//
// # Plugins
//
// `sentinel plugin new tracker NAME` and `sentinel plugin new notifier NAME` write a
// complete plugin to start from. Its main function is package serve, and its test is
// package plugintest.
//
// A plugin with several types is put into plugin_dir once for each, under the names
// sentinel-tracker-NAME and sentinel-notify-NAME; symbolic links will do. Each of these
// has a process of its own.
//
// A plugin that a person tries, with `sentinel plugin run`, `sentinel tracker run` or
// `sentinel notify test`, finds [TryVariable] in its environment.
//
// # Packages
//
// This package needs the standard library only. Of the packages below it, serve and
// plugintest are for authors, too. The others are what the agent and its own plugins
// share: they may change at any time.
package sdk
