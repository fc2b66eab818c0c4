package examples_test

import (
	"bufio"
	"encoding/base64"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/sentinel-ha/sentinel/examples/examplestest"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/host"
)

func TestPython(t *testing.T) {
	t.Parallel()
	p := launched(t, examplestest.Python(t))
	d := p.Description()
	if len(d.Trackers) != 0 || len(d.Notifiers) != 1 || d.SDK != "python 1" {
		t.Errorf("%+v", d)
	}
	a := d.Notifier("ownership").Schema.Attribute("file")
	if a.Required || a.Default != "/var/log/sentinel-ownership.log" {
		t.Errorf("it does not work without a block: %+v", a)
	}
	for file, want := range map[string]string{
		"/x": "", "x": `file: "x" must begin with a slash`, "/x/": `file: "/x/" is a directory`,
	} {
		err := p.ValidateNotifier(t.Context(), "ownership", sdk.Values{"file": file})
		var attribute *sdk.AttributeError
		if want == "" && err != nil || want != "" && (!errors.As(err, &attribute) || err.Error() != want) {
			t.Errorf("%s: %v, want %s", file, err, want)
		}
	}
	if err := p.ValidateNotifier(t.Context(), "ownership", nil); err != nil {
		t.Errorf("without anything: %v", err)
	}
}

// TestPythonLog: a line for each change of ownership, and one for an event that is
// delivered twice, also by another process.
func TestPythonLog(t *testing.T) {
	t.Parallel()
	program := examplestest.Python(t)
	file := filepath.Join(t.TempDir(), "ownership.log")
	happened := func(id string, kind sdk.EventKind, from, to string) sdk.Event {
		e := event
		e.ID, e.Kind, e.From, e.To = id, kind, from, to
		return e
	}
	group := happened("e9", sdk.Transition, "active", "fault")
	group.Instance, group.Group, group.Addresses, group.Reason = "", "G1", nil, "two\nlines"
	deliver := func(p *host.Plugin, list ...sdk.Event) {
		t.Helper()
		for _, e := range list {
			must(t, p.Deliver(t.Context(), time.Time{}, "", "ownership", sdk.Values{"file": file}, e))
		}
	}
	first := launched(t, program)
	deliver(first, happened("e1", sdk.Transition, "initialize", "backup"), happened("e2", sdk.Transition, "backup", "active"),
		happened("e2", sdk.Transition, "backup", "active"), happened("e3", sdk.PriorityChange, "", ""),
		happened("e4", sdk.Conflict, "", ""), happened("e5", sdk.Transition, "backup", "fault"))
	deliver(launched(t, program), happened("e2", sdk.Transition, "backup", "active"), happened("e8", sdk.Snapshot, "", "active"), group)
	want := `2026-01-02T03:04:05.000006Z server1 VI_1 initialize->backup 192.168.1.100/24,2001:db8::1/64 e1 active router silent for 3.61s
2026-01-02T03:04:05.000006Z server1 VI_1 backup->active 192.168.1.100/24,2001:db8::1/64 e2 active router silent for 3.61s
2026-01-02T03:04:05.000006Z server1 VI_1 ?->active 192.168.1.100/24,2001:db8::1/64 e8 active router silent for 3.61s
2026-01-02T03:04:05.000006Z server1 group G1 active->fault - e9 two lines
`
	if diff := cmp.Diff(want, text(t, file)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

// TestPythonOutcomes: what will be better is tried again, what will not is not.
func TestPythonOutcomes(t *testing.T) {
	t.Parallel()
	p := launched(t, examplestest.Python(t))
	for file, want := range map[string]string{
		"/no/such/file":   "/no/such/file: No such file or directory",
		"/dev/full":       "/dev/full: No space left on device",
		"relative":        `file: "relative" must begin with a slash`,
		t.TempDir() + "/": "is a directory",
	} {
		err := p.Deliver(t.Context(), time.Time{}, "", "ownership", sdk.Values{"file": file}, event)
		if err == nil || !strings.HasSuffix(err.Error(), want) || sdk.IsRejected(err) != strings.HasPrefix(err.Error(), "file: ") {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestPythonLives: it outlives the signals of a stop, and has a pulse.
func TestPythonLives(t *testing.T) {
	t.Parallel()
	p := launched(t, examplestest.Python(t))
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		must(t, syscall.Kill(p.Pid(), signal))
	}
	file := filepath.Join(t.TempDir(), "log")
	if err := p.Deliver(t.Context(), time.Time{}, "", "ownership", sdk.Values{"file": file}, event); err != nil || text(t, file) == "" {
		t.Errorf("after the signals: %v", err)
	}
	must(t, syscall.Kill(p.Pid(), syscall.SIGSTOP))
	select {
	case <-p.Done():
	case <-time.After(30 * time.Second):
	}
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), "hangs") {
		t.Errorf("stopped: %v", err)
	}
}

// TestPythonByHand: it says what it is to whoever starts it, refuses what it does
// not speak, takes nothing more when it was told to end, and ends with its standard
// input.
func TestPythonByHand(t *testing.T) {
	t.Parallel()
	program := examplestest.Python(t)
	output, err := exec.Command(program).CombinedOutput()
	if exitStatus(err) != 1 || !strings.Contains(string(output), "a plugin of Sentinel") {
		t.Errorf("by hand: %v %s", err, output)
	}
	environment := []string{"SENTINEL_PLUGIN_COOKIE=8d1f2f6e-one-address-one-owner", "PLUGIN_UNIX_SOCKET_DIR=" + runtimeDir(t)}
	other := exec.Command(program)
	other.Env = append(environment, "PLUGIN_PROTOCOL_VERSIONS=2,3")
	if output, err := other.CombinedOutput(); exitStatus(err) != 1 || !strings.Contains(string(output), "speaks version 1") {
		t.Errorf("another version: %v %s", err, output)
	}

	c := exec.Command(program)
	c.Env, c.Stderr = append(environment, "PLUGIN_PROTOCOL_VERSIONS=1,2"), os.Stderr
	in, err := c.StdinPipe()
	must(t, err)
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	fields := strings.Split(strings.TrimSpace(line), "|")
	if err != nil || len(fields) != 5 || strings.Join(fields[:3], "|") != "1|1|unix" || fields[4] != "grpc" {
		t.Fatalf("handshake: %q, %v", line, err)
	}
	conn, err := grpc.NewClient("unix:"+fields[3], grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(t, err)
	defer conn.Close()
	call := func(method string) error {
		return conn.Invoke(t.Context(), "/sentinel.plugin.v1.Plugin/"+method, &emptypb.Empty{}, &emptypb.Empty{})
	}
	must(t, call("Describe"))
	must(t, call("Drain"))
	if err := call("Describe"); status.Code(err) != codes.Unavailable {
		t.Errorf("after its end was asked for: %v", err)
	}
	must(t, in.Close())
	if err := c.Wait(); err != nil {
		t.Errorf("when standard input ended: %v", err)
	}
}

// exitStatus returns what a program ended with.
func exitStatus(err error) int {
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return ended.ExitCode()
	}
	return 0
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestPythonMessages: plugin_pb2.py is what plugin.proto says.
func TestPythonMessages(t *testing.T) {
	t.Parallel()
	command := exec.Command("/usr/bin/python3", "-B", "-c", "import base64, plugin_pb2 as p; print(base64.b64encode(p.DESCRIPTOR.serialized_pb).decode())")
	command.Dir, command.Stderr = filepath.Dir(examplestest.Python(t)), os.Stderr
	output, err := command.Output()
	must(t, err)
	serialized, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(output)))
	must(t, err)
	var got descriptorpb.FileDescriptorProto
	must(t, proto.Unmarshal(serialized, &got))
	file, err := protoregistry.GlobalFiles.FindFileByPath("plugin.proto")
	must(t, err)
	ignored := protocmp.IgnoreFields(&descriptorpb.FieldDescriptorProto{}, "json_name") // which protoc leaves out
	if diff := cmp.Diff(protodesc.ToFileDescriptorProto(file), &got, protocmp.Transform(), ignored); diff != "" {
		t.Errorf("run protoc as sentinel-notify-ownership says (-want +got):\n%s", diff)
	}
}
