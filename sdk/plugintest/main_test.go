package plugintest_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
	"github.com/sentinel-ha/sentinel/sdk/serve"
)

// The test's binary is a plugin where it is called like one.
func TestMain(m *testing.M) {
	_, role, _ := strings.Cut(strings.TrimPrefix(filepath.Base(os.Args[0]), "sentinel-"), "-")
	run := plugins[role]
	if run == nil {
		flag.Parse()
		if err := flag.Set("test.parallel", "12"); err != nil { // the tests wait far more than they compute
			panic(err)
		}
		os.Exit(m.Run())
	}
	if os.Getenv("GORACE") == "" { // the race detector would let it sleep for a second when it exits
		panic(syscall.Exec("/proc/self/exe", os.Args, append(os.Environ(), "GORACE=atexit_sleep_ms=0")))
	}
	run()
	os.Exit(0)
}

// plugins are the programs that the test's binary can be, by what comes after
// "sentinel-tracker-" or "sentinel-notify-" in their names.
var plugins = map[string]func(){
	"good": good,
	"push": func() { serve.Main("1", serve.Tracker(watch)) },
	"exits": func() {
		fmt.Fprintln(os.Stderr, "cannot open /etc/secret")
	},
	"panics": func() { panic("oops") },
	"silent": func() {
		fmt.Fprintln(os.Stderr, "thinking")
		select {}
	},
	"welcomes": func() {
		fmt.Println("Welcome to the plugin!")
		good()
	},
	"babbles": func() {
		for {
			fmt.Print(strings.Repeat("x", 1<<16))
		}
	},
	"misnamed": func() { good() },
	"huge": func() {
		d := &wire.DescribeResponse{}
		bare{description: d, describe: func() { d.Sdk = strings.Repeat("x", 2*wire.MaxDescription) }}.serve()
	},
	"unserved": func() { bare{unserved: true}.serve() },
	"stuck":    func() { bare{describe: func() { select {} }}.serve() },
	"fragile":  func() { bare{track: func(grpc.ServerStream) error { panic("oops") }}.serve() },
	"large": func() {
		bare{track: func(s grpc.ServerStream) error {
			return s.SendMsg(&wire.TrackEvent{Sample: &wire.Sample{Reason: strings.Repeat("x", 2*wire.MaxAnswer)}})
		}}.serve()
	},
	"measures": func() {
		bare{description: &wire.DescribeResponse{Trackers: []*wire.Type{{Name: "bare", Doc: "something", Polled: true, Measures: true}}},
			track: func(s grpc.ServerStream) error {
				if err := s.SendMsg(&wire.TrackEvent{Sample: &wire.Sample{Verdict: wire.Sample_UNHEALTHY, Reason: "refused"}}); err != nil {
					return err
				}
				return forEver(false)(s)
			}}.serve()
	},
	"numbers": func() {
		bare{track: func(s grpc.ServerStream) error {
			if err := s.SendMsg(&wire.TrackEvent{Sample: &wire.Sample{Verdict: wire.Sample_HEALTHY, Value: 7}}); err != nil {
				return err
			}
			return forEver(false)(s)
		}}.serve()
	},
	"dumb": func() { bare{track: forEver(false)}.serve() },
	"pooled": func() {
		threads := make(chan struct{}, 8)
		bare{track: func(s grpc.ServerStream) error {
			select {
			case threads <- struct{}{}:
				defer func() { <-threads }()
			case <-s.Context().Done():
				return nil
			}
			return forEver(true)(s)
		}}.serve()
	},
	"invalid":  func() { serve.Main("1", serve.Tracker(invalid)) },
	"mute":     func() { bare{push: true, track: forEver(false)}.serve() },
	"still":    func() { bare{push: true, track: forEver(true)}.serve() },
	"leaks":    func() { bare{track: leak}.serve() },
	"heedless": func() { serve.Main("1", serve.Tracker(heedless)) },
	"hasty":    func() { bare{untrack: func() {}}.serve() },
	"abandons": func() {
		over := make(chan struct{})
		bare{untrack: func() { over <- struct{}{} }, track: abandon(over)}.serve()
	},
	"careless": func() {
		b := bare{obedient: true, deaf: true, answersAll: true, undocumented: true, fickle: true, track: forEver(true)}
		b.serve()
	},
	"tardy": func() { serve.Main("1", serve.Notifier(tardy)) },
	"once":  func() { serve.Main("1", serve.Notifier(once)) },
}

func good() {
	serve.Main("1.2.3", serve.Tracker(checkFile), serve.Notifier(remember))
}

type fileConfig struct {
	Path string        `sentinel:"path,required" doc:"file that must be there"`
	Wait time.Duration `sentinel:"wait" default:"0s" doc:"how long to look"`
}

// Validate implements what package sdk asks for.
func (c *fileConfig) Validate() error {
	if !strings.HasPrefix(c.Path, "/") {
		return sdk.At("path", errors.New("must be absolute"))
	}
	return nil
}

var checkFile = sdk.Check("good", "a file that is there", func(ctx context.Context, c fileConfig) sdk.Result {
	if c.Wait > 0 {
		_ = exec.CommandContext(ctx, "/bin/sleep", fmt.Sprint(c.Wait.Seconds())).Run()
	}
	if _, err := os.Stat(c.Path); err != nil {
		return sdk.Fail("%v", err)
	}
	return sdk.Pass("%s is there", c.Path)
})

var watch = sdk.Watch("push", "is there", func(ctx context.Context, _ struct{}, report func(sdk.Result)) error {
	report(sdk.Pass("here"))
	<-ctx.Done()
	return nil
})

type invalidConfig struct{}

func (invalidConfig) Validate() error { panic("oops") }

// invalid knows of no configuration whether it is right.
var invalid = sdk.Watch("invalid", "is never asked", func(context.Context, invalidConfig, func(sdk.Result)) error { return nil })

// heedless runs a program, and does not end it.
var heedless = sdk.Check("heedless", "takes its time", func(context.Context, struct{}) sdk.Result {
	if err := exec.Command("/bin/sleep", "7").Run(); err != nil {
		return sdk.CannotTell("%v", err)
	}
	return sdk.Pass("slept")
})

type rememberConfig struct {
	File string `sentinel:"file,required" doc:"file to append to"`
	Do   string `sentinel:"do" oneof:"fail,reject,dawdle" doc:"how to go wrong"`
}

var remember = sdk.Notify("good", "appends to a file", func(_ context.Context, c rememberConfig, e sdk.Event) error {
	switch c.Do {
	case "fail":
		return errors.New("not now")
	case "reject":
		return sdk.Reject(errors.New("never"))
	case "dawdle":
		time.Sleep(time.Second)
		return nil
	}
	f, err := os.OpenFile(c.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintln(f, e.ID, e.To)
	return err
})

// tardy does it all the same when its time is over.
var tardy = sdk.Notify("tardy", "takes its time", func(context.Context, struct{}, sdk.Event) error {
	time.Sleep(11 * time.Second)
	return nil
})

var seen = make(map[string]bool)

// once minds being told twice.
var once = sdk.Notify("once", "minds being told twice", func(_ context.Context, _ struct{}, e sdk.Event) error {
	if seen[e.ID] {
		return errors.New("I know")
	}
	seen[e.ID] = true
	return nil
})

// bare is a plugin without package sdk, which does what it is told to do wrong.
type bare struct {
	wire.UnimplementedPluginServer
	wire.UnimplementedTrackerServer

	description  *wire.DescribeResponse
	describe     func()
	push         bool // its tracker is not polled
	track        func(grpc.ServerStream) error
	untrack      func() // nil: it has none
	obedient     bool   // it ends at SIGTERM
	deaf         bool   // it goes on when its standard input has ended
	answersAll   bool   // no type is unknown to it
	undocumented bool
	fickle       bool // it says something else every time
	unserved     bool // its services have other names
}

func (b bare) serve() {
	if os.Getenv(wire.CookieName) != wire.CookieValue {
		fmt.Fprintln(os.Stderr, "Sentinel starts this")
		os.Exit(1)
	}
	if !b.obedient {
		ignoreSignals()
	}
	if b.description == nil {
		b.description = &wire.DescribeResponse{Trackers: []*wire.Type{{Name: "bare", Doc: "something", Polled: !b.push}}}
	}
	if b.undocumented {
		b.description.Trackers[0].Doc = ""
	}
	path := os.Getenv("PLUGIN_UNIX_SOCKET_DIR") + "/plugin.sock"
	listener, err := net.Listen("unix", path)
	if err != nil {
		panic(err)
	}
	server := grpc.NewServer(grpc.MaxSendMsgSize(1 << 30))
	if !b.unserved {
		wire.RegisterPluginServer(server, &b)
		wire.RegisterTrackerServer(server, &b)
	}
	fmt.Printf("1|1|unix|%s|grpc\n", path)
	if !b.deaf {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
	}
	_ = server.Serve(listener)
}

func (b *bare) Describe(context.Context, *wire.DescribeRequest) (*wire.DescribeResponse, error) {
	if b.describe != nil {
		b.describe()
	}
	if b.fickle {
		b.description.Version += "1"
	}
	return b.description, nil
}

func (b *bare) Validate(context.Context, *wire.ValidateRequest) (*wire.ValidateResponse, error) {
	if b.answersAll {
		return &wire.ValidateResponse{}, nil
	}
	return nil, status.Error(codes.Unimplemented, "no")
}

func (b *bare) Track(r *wire.TrackRequest, stream grpc.ServerStreamingServer[wire.TrackEvent]) error {
	if r.GetType() != "bare" && !b.answersAll {
		return status.Error(codes.NotFound, "no such type")
	}
	if b.track == nil {
		return forEver(true)(stream)
	}
	return b.track(stream)
}

func (b *bare) Untrack(ctx context.Context, r *wire.UntrackRequest) (*wire.UntrackResponse, error) {
	if b.untrack == nil {
		return b.UnimplementedTrackerServer.Untrack(ctx, r)
	}
	b.untrack()
	return &wire.UntrackResponse{}, nil
}

// forEver is a tracker that says something at most once.
func forEver(says bool) func(grpc.ServerStream) error {
	return func(s grpc.ServerStream) error {
		if says {
			if err := s.SendMsg(&wire.TrackEvent{Sample: &wire.Sample{Verdict: wire.Sample_HEALTHY, Reason: "fine"}}); err != nil {
				return err
			}
		}
		<-s.Context().Done()
		return s.Context().Err()
	}
}

// leak leaves a child behind every time, and not in the group.
func leak(s grpc.ServerStream) error {
	child := exec.Command("/bin/sleep", "6")
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		return err
	}
	return forEver(true)(s)
}

// abandon is a tracker that is over without the program that it runs.
func abandon(over <-chan struct{}) func(grpc.ServerStream) error {
	return func(s grpc.ServerStream) error {
		child := exec.Command("/bin/sleep", "2")
		if err := child.Start(); err != nil {
			return err
		}
		go func() { _ = child.Wait() }()
		if err := s.SendMsg(&wire.TrackEvent{Sample: &wire.Sample{Verdict: wire.Sample_HEALTHY, Reason: "fine"}}); err != nil {
			return err
		}
		select {
		case <-over:
		case <-s.Context().Done():
		}
		return errors.New("over")
	}
}
