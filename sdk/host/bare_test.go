package host_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/host"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// bare is a plugin as plugin.proto describes it for other languages, and nothing
// more: it needs neither package sdk nor go-plugin, and has no TLS, no pulse and
// no health service.
type bare struct {
	wire.UnimplementedPluginServer
	wire.UnimplementedTrackerServer
	wire.UnimplementedNotifierServer
	description *wire.DescribeResponse
	stuck       chan struct{} // if not nil, Describe waits for it
	late        bool          // Describe is the first to see that the time is over
	big         bool          // Describe talks without end
	woken       chan struct{} // for each event "wake" that is delivered
	restless    bool          // Pulse beats without end
	unserved    bool          // its services have other names
}

// serveBare is the main function of one.
func serveBare(b *bare) {
	if os.Getenv(wire.CookieName) != wire.CookieValue {
		os.Exit(1)
	}
	path := os.Getenv("PLUGIN_UNIX_SOCKET_DIR") + "/plugin.sock"
	listener, err := net.Listen("unix", path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server := grpc.NewServer(grpc.MaxSendMsgSize(1 << 30))
	if !b.unserved {
		wire.RegisterPluginServer(server, b)
		wire.RegisterTrackerServer(server, b)
		wire.RegisterNotifierServer(server, b)
	}
	fmt.Printf("1|1|unix|%s|grpc\n", path)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		fmt.Fprintln(os.Stderr, "goodbye")
		os.Exit(0)
	}()
	_ = server.Serve(listener)
}

func types(names ...string) *wire.DescribeResponse {
	d := &wire.DescribeResponse{Version: "0.1", Sdk: "none", Notifiers: []*wire.Type{{Name: "log"}}}
	for _, name := range names {
		d.Trackers = append(d.Trackers, &wire.Type{Name: name, Doc: "does it", Polled: name == "polled"})
	}
	return d
}

func (b *bare) Describe(context.Context, *wire.DescribeRequest) (*wire.DescribeResponse, error) {
	if b.stuck != nil {
		<-b.stuck
	}
	if b.late {
		return nil, context.DeadlineExceeded
	}
	if b.big {
		return &wire.DescribeResponse{Sdk: strings.Repeat("x", 50<<20)}, nil
	}
	return b.description, nil
}

func (b *bare) Pulse(r *wire.PulseRequest, stream grpc.ServerStreamingServer[wire.PulseResponse]) error {
	if !b.restless {
		return b.UnimplementedPluginServer.Pulse(r, stream)
	}
	for {
		if err := stream.Send(&wire.PulseResponse{}); err != nil {
			return err
		}
	}
}

func (b *bare) Track(r *wire.TrackRequest, stream grpc.ServerStreamingServer[wire.TrackEvent]) error {
	send := func(reason string) error {
		return stream.Send(&wire.TrackEvent{Sample: &wire.Sample{Verdict: wire.Sample_HEALTHY, Reason: reason}})
	}
	switch r.GetType() {
	case "polled":
		for {
			if err := send("fine"); err != nil {
				return err
			}
			time.Sleep(r.GetInterval().AsDuration())
		}
	case "huge":
		return send(strings.Repeat("x", 50<<20))
	case "endless":
		for {
			if err := send("again"); err != nil {
				return err
			}
		}
	case "latin":
		reason := []byte{3<<3 | 2, 1, 0xe9} // Sample.reason
		return stream.SendMsg(wrapperspb.Bytes(reason))
	case "mute":
		if err := send("the last word"); err != nil {
			return err
		}
		<-stream.Context().Done()
	case "drowsy":
		err := send("nothing has changed since")
		for err == nil {
			<-b.woken
			err = stream.Send(&wire.TrackEvent{})
		}
		return err
	}
	return nil
}

func (b *bare) Deliver(_ context.Context, r *wire.DeliverRequest) (*wire.DeliverResponse, error) {
	if r.GetEvent().GetId() == "huge" {
		return &wire.DeliverResponse{Reason: strings.Repeat("x", 50<<20)}, nil
	}
	if r.GetEvent().GetId() == "wake" {
		b.woken <- struct{}{}
	}
	fmt.Fprintln(os.Stderr, "delivered", r.GetEvent().GetId())
	return &wire.DeliverResponse{}, nil
}

// bares are the programs that the test's binary can be.
var bares = map[string]*bare{
	"bare":     {description: types("polled", "huge", "endless", "latin", "mute", "ends", "drowsy"), woken: make(chan struct{})},
	"restless": {description: types("polled"), restless: true},
	"stuck":    {stuck: make(chan struct{})},
	"late":     {late: true},
	"nothing":  {description: &wire.DescribeResponse{}},
	"big":      {big: true},
	"reserved": {description: &wire.DescribeResponse{Trackers: []*wire.Type{{Name: "x", Attributes: []*wire.Attribute{{Name: "weight", Type: &wire.ValueType{Kind: wire.ValueType_INT}}}}}}},
	"name":     {description: &wire.DescribeResponse{Trackers: []*wire.Type{{Name: "../x"}}}},
	"twice":    {description: types("x", "x")},
	"unserved": {unserved: true},
}

func TestBare(t *testing.T) {
	p := launched(t, options(t, "bare"))
	if err := p.ValidateTracker(t.Context(), "polled", nil); err != nil {
		t.Errorf("it does not validate, which is no error: %v", err)
	}
	results, _ := track(t, p, "polled", nil)
	for range 3 {
		if r := <-results; r != sdk.Pass("fine") {
			t.Errorf("%+v", r)
		}
	}
	if err := p.Deliver(t.Context(), time.Time{}, "", "log", nil, sdk.Event{ID: "e1"}); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	began := time.Now()
	p.Stop(ctx)
	if took := time.Since(began); took > patience/2 {
		t.Errorf("it took %v to stop it", took)
	}
	for !slices.Contains(p.Tail(), "goodbye") {
		if time.Sleep(time.Millisecond); time.Since(began) > patience {
			t.Fatal("it was killed, and not told to end")
		}
	}
}

// TestBadBehaviour: one tracker that does not keep to the protocol is unknown, and
// nothing else happens.
func TestBadBehaviour(t *testing.T) {
	t.Parallel()
	p := launched(t, options(t, "bare"))
	for name, want := range map[string]string{
		"huge":    "the plugin sends a message that is too large",
		"endless": "the plugin sends samples without end",
		"ends":    "the plugin ended the call",
		"latin":   "the plugin sends a text that is not UTF-8",
	} {
		_, ended := track(t, p, name, nil)
		if err := soon(t, name, patience, ended); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if err := p.Deliver(t.Context(), time.Time{}, "", "log", nil, sdk.Event{ID: "huge"}); err == nil || err.Error() != "the plugin sends a message that is too large" {
		t.Errorf("%v", err)
	}
	results, _ := track(t, p, "mute", nil)
	<-results
	if r := soon(t, "mute", patience, results); r != sdk.CannotTell("the plugin sent nothing for 3s") {
		t.Errorf("%+v", r)
	}
	if err := p.Err(); err != nil {
		t.Errorf("the plugin: %v", err)
	}
}

// TestSilenceEnds: a tracker that says again that it lives is what it was, although it
// has no sample to send.
func TestSilenceEnds(t *testing.T) {
	t.Parallel()
	o := options(t, "bare")
	o.Lease = 300 * time.Millisecond
	p := launched(t, o)
	results, _ := track(t, p, "drowsy", nil)
	was := soon(t, "a sample", patience, results)
	for range 2 {
		if r := soon(t, "silence", patience, results); !host.IsSilence(r) {
			t.Fatalf("%+v", r)
		}
		if err := p.Deliver(t.Context(), time.Time{}, "", "log", nil, sdk.Event{ID: "wake"}); err != nil {
			t.Fatal(err)
		}
		if r := soon(t, "a sign of life", patience, results); r != was {
			t.Fatalf("%+v, want %+v", r, was)
		}
	}
}

// TestRestless: signs of life cost those who hear them.
func TestRestless(t *testing.T) {
	p := launched(t, options(t, "restless"))
	soon(t, "the end", patience, p.Done())
	if err := p.Err(); err == nil || err.Error() != "the plugin sends signs of life without end" {
		t.Error(err)
	}
}

func TestBadDescriptions(t *testing.T) {
	for name, want := range map[string]string{
		"stuck":    "it did not describe itself within 2s",
		"late":     "it did not describe itself within 2s",
		"nothing":  "it offers nothing",
		"big":      "it does not describe itself: the plugin sends a message that is too large",
		"reserved": `its description is wrong: tracker "x": attribute "weight": the name belongs to Sentinel: take another one`,
		"name":     `its description is wrong: tracker: name "../x": must be of a-z, 0-9, _ and -`,
		"unserved": "it does not describe itself: the call is not served: the services of plugin.proto are sentinel.plugin.v1.Plugin, .Tracker and .Notifier",
		"twice":    `its description is wrong: tracker "x" is there twice`,
	} {
		o := options(t, name)
		if strings.HasSuffix(want, " 2s") {
			o.StartTimeout = 2 * time.Second
		}
		if _, err := host.Launch(t.Context(), o); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
