// Package sdk is what trackers and hooks are written with.
//
// Sentinel's own and everybody else's are written the same way: a function and a
// struct for its configuration. A plugin has one of them, or several.
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
// [Check] is for what has to be asked every now and then, [Watch] for what
// reports by itself when it changes. A tracker with the option [Measures] reports
// numbers. What a verdict does to a priority, and how many it takes, is configured
// by the operator and is not the tracker's business.
//
// # Hooks
//
// A hook, which the code calls a notifier, does something about what happens: it is
// told each change of state of the routers and groups that it is configured for, as
// an [Event].
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
// [Notify] says in which order events come. The newest state is always told, and
// may be told twice, with the same ID: when the answer was lost. [Reject] and
// [RetryAfter] say what is to become of an event that could not be told. A hook
// without a required attribute needs no block: it is called for every change of state
// as soon as its plugin is there. Which events a block is for, and how long one may
// take, is configured by the operator.
//
// # Configuration
//
// The fields' tags say what can be configured, and are the documentation of that:
// see [Schema]. A method Validate() error of the struct says what tags cannot, with
// [At] the attribute in question.
//
// # Plugins
//
// `sentinel plugin new tracker NAME` and `sentinel plugin new notifier NAME` write a
// whole plugin to start from: with package serve, which is its main function, and
// package plugintest, which is its test.
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
// The package needs the standard library only. Of those below it serve and plugintest
// are for authors, too. The others are Sentinel's own: what the agent and its
// first-party plugins share. They promise nothing to anybody else.
package sdk
