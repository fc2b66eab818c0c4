package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/api"
)

// source is an agent with one instance.
type source struct{ status api.Status }

func (s *source) Status(context.Context) (api.Status, error) { return s.status, nil }

func (s *source) Explain(_ context.Context, name string) (api.Explanation, error) {
	if name != "VI_1" {
		return api.Explanation{}, fmt.Errorf("%w instance %q: there are VI_1", api.ErrUnknown, name)
	}
	return api.Explanation{Schema: api.ExplanationSchema, Summary: "because"}, nil
}

func (s *source) Reload(context.Context) (api.Reload, error) {
	return api.Reload{Schema: api.ReloadSchema, Reloaded: true, Diagnostics: json.RawMessage("[]"), Text: "fine\n"}, nil
}

// serve answers in a directory until the test ends.
func serve(t *testing.T, directory string, source api.Source) *api.Client {
	t.Helper()
	server, err := api.Listen(directory, source, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve() }()
	t.Cleanup(func() {
		if err := errors.Join(server.Close(), <-served); err != nil {
			t.Error(err)
		}
	})
	return api.NewClient(filepath.Join(directory, api.SocketName))
}

func TestAnswers(t *testing.T) {
	value, reason := int64(5), "no such file"
	at := time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)
	want := api.Status{
		Schema: api.StatusSchema, Node: "server1", Version: "0.1.0", Started: at, Now: at,
		Instances: []api.Instance{{
			Name: "VI_1", State: "active", Since: at, Reason: "startup <&>", VirtualRouterID: 51,
			Priority: api.Priority{Base: 100, Effective: 105, Contributions: []api.Contribution{{Source: "tracker.file.a", Weight: 1, Value: 5}}},
		}},
		Trackers: []api.Tracker{{Name: "tracker.file.a", Verdict: "healthy", Held: true, Value: &value, Doubt: &reason, Since: &at}},
	}
	client := serve(t, t.TempDir(), &source{want})
	got, raw, err := client.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.Contains(string(raw), `"started":"2026-01-02T03:04:05.000000678Z"`) || !strings.Contains(string(raw), "<&>") {
		t.Errorf("the document is %s", raw)
	}
	explanation, _, err := client.Explain(t.Context(), "VI_1")
	if err != nil || explanation.Summary != "because" {
		t.Errorf("%+v, %v", explanation, err)
	}
	reload, _, err := client.Reload(t.Context())
	if err != nil || !reload.Reloaded || reload.Text != "fine\n" {
		t.Errorf("%+v, %v", reload, err)
	}
	_, _, err = client.Explain(t.Context(), "VI_2 &name=VI_1")
	if err == nil || err.Error() != `unknown instance "VI_2 &name=VI_1": there are VI_1` {
		t.Errorf("an unknown name: %v", err)
	}
}

// TestNames: the names of the fields are a contract.
func TestNames(t *testing.T) {
	text, err := json.Marshal(api.Status{
		Instances: []api.Instance{{
			Priority:  api.Priority{Contributions: []api.Contribution{{}}, Faults: []api.Fault{{}}},
			Addresses: []api.Address{{}}, ActiveRouter: &api.ActiveRouter{}, Conflicts: []api.Conflict{{}},
		}},
		Groups: []api.Group{{}}, Trackers: []api.Tracker{{}}, Hooks: []api.Hook{{}}, Plugins: []api.Plugin{{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	const zero = `"0001-01-01T00:00:00Z"`
	want := `{"schema":"","node":"","version":"","started":` + zero + `,"now":` + zero + `,"instances":[{"name":"","group":null,` +
		`"state":"","since":` + zero + `,"reason":"","interface":"","virtual_router_id":0,"family":"","version":0,` +
		`"advert_interval":"","preempt":false,"source":null,"priority":{"base":0,"effective":0,` +
		`"contributions":[{"source":"","weight":0,"value":0,"reason":"","since":null}],"clamped":false,` +
		`"faults":[{"source":"","reason":"","since":` + zero + `}]},` +
		`"addresses":[{"address":"","interface":"","advertised":false,"present":false}],` +
		`"active_router":{"address":"","priority":0,"self":false,"last_heard":null},"takeover":null,` +
		`"conflicts":[{"peer":"","setting":"","reason":"","since":` + zero + `}],"counters":null}],` +
		`"groups":[{"name":"","state":"","since":` + zero + `,"members":null}],` +
		`"trackers":[{"name":"","verdict":"","held":false,"value":null,"reason":"","since":null,"last_sample":null,"doubt":null,"next":null}],` +
		`"hooks":[{"name":"","subject":"","state":"","told":null,"pending":0,"error":null,"counters":null}],` +
		`"hook_totals":null,"hook_record":{"failures":0,"error":null},` +
		`"plugins":[{"name":"","state":"","since":null,"reason":"","path":"","version":"","pid":0,"starts":0,"changed":false}]}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSocket: only its owner may connect, and what a dead agent left is replaced.
func TestSocket(t *testing.T) {
	directory := t.TempDir()
	path := filepath.Join(directory, api.SocketName)
	stale, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	stale.Close()
	_, _, err = api.NewClient(path).Status(t.Context())
	if err == nil || !strings.Contains(err.Error(), "it has ended without removing its socket") {
		t.Errorf("a stale socket: %v", err)
	}
	t.Run("serving", func(t *testing.T) {
		client := serve(t, directory, &source{api.Status{Schema: api.StatusSchema}})
		if _, _, err := client.Status(t.Context()); err != nil {
			t.Error(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	})
	_, _, err = api.NewClient(path).Status(t.Context())
	if err == nil || !strings.Contains(err.Error(), "it is not running, or has another runtime_dir") {
		t.Errorf("no socket: %v", err)
	}
}

// TestSilentAgent: a client says that an agent does not answer, or not any more.
func TestSilentAgent(t *testing.T) {
	path := filepath.Join(t.TempDir(), api.SocketName)
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err = api.NewClient(path).Status(ctx)
	if err == nil || !strings.HasSuffix(err.Error(), path+" does not answer: it is stopped or hangs, or the machine is overloaded") {
		t.Errorf("one that is stopped: %v", err)
	}
	go func() {
		for range 2 { // the first is of the client that has gone
			if conn, err := listener.Accept(); err == nil {
				_, _ = conn.Read(make([]byte, 1))
				conn.Close()
			}
		}
	}()
	_, _, err = api.NewClient(path).Status(t.Context())
	if err == nil || !strings.HasSuffix(err.Error(), path+" has ended before it answered") {
		t.Errorf("one that ends: %v", err)
	}
}

// TestSocketMode: nobody else can connect, from the first moment on. That it is the mode
// that the socket is made with is seen where changing it would come too late.
func TestSocketMode(t *testing.T) {
	before := syscall.Umask(0)
	defer syscall.Umask(before)
	directory := t.TempDir()
	watch, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(watch)
	if _, err := unix.InotifyAddWatch(watch, directory, unix.IN_ATTRIB); err != nil {
		t.Fatal(err)
	}
	serve(t, directory, &source{})
	info, err := os.Stat(filepath.Join(directory, api.SocketName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if n, err := unix.Read(watch, make([]byte, 4096)); err != unix.EAGAIN {
		t.Errorf("it was changed: %d bytes of events, %v", n, err)
	}
}

// TestOtherAgents: a client says what is wrong with an answer that it cannot use.
func TestOtherAgents(t *testing.T) {
	for want, answer := range map[string]http.HandlerFunc{
		"the agent speaks sentinel.status/2 and this program sentinel.status/1: use the agent's own version of sentinel": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"schema":"sentinel.status/2"}`)
		},
		"the agent answers 502 Bad Gateway": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"read the agent's answer: invalid character 'g' looking for beginning of value": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "garbage")
		},
	} {
		path := filepath.Join(t.TempDir(), api.SocketName)
		listener, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: answer}
		go server.Serve(listener)
		_, _, err = api.NewClient(path).Status(t.Context())
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		server.Close()
	}
}
