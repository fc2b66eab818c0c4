package exec_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"github.com/sentinel-ha/sentinel/plugins/exec"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/sdktest"
)

// event is a transition of an instance that has everything.
var event = sdk.Event{
	ID: "4f2a-VI_1-7", Kind: sdk.Transition, Time: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC), Node: "server1",
	Instance: "VI_1", Interface: "eth0", VirtualRouterID: 51, From: "backup", To: "active", Priority: 150,
	Peer: "192.168.1.2", PeerPriority: 100, Addresses: []string{"192.168.1.100/24", "2001:db8::1/64"},
	Reason: "active router silent for 3.61s", Coalesced: 2,
}

// group is a transition of a sync group.
var group = sdk.Event{
	ID: "4f2a-G1-3", Kind: sdk.Transition, Time: event.Time, Node: "server1", Group: "G1", From: "active", To: "fault", Reason: "sync:VI_2",
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return string(text)
}

// program writes a script, in a directory of its own where it may write.
func program(t *testing.T, text string) (path, dir string) {
	t.Helper()
	dir = t.TempDir()
	path = filepath.Join(dir, "hook-test")
	must(t, os.WriteFile(path, []byte("#!/bin/sh\ncd "+dir+"\n"+text), 0o755))
	return path, dir
}

func argv(words ...any) sdk.Values { return sdk.Values{"command": words} }

func shell(line string) sdk.Values { return sdk.Values{"command": []any{line}, "shell": true} }

// with returns an event that differs.
func with(e sdk.Event, change func(*sdk.Event)) sdk.Event {
	change(&e)
	return e
}

func TestArguments(t *testing.T) {
	path, dir := program(t, `printf '<%s>' "$@" > arguments`)
	for _, c := range []struct {
		values sdk.Values
		event  sdk.Event
		want   string
	}{
		{argv(path), event, "<INSTANCE><VI_1><MASTER><150>"},
		{argv(path, "-v", "a b"), event, "<-v><a b><INSTANCE><VI_1><MASTER><150>"},
		{argv(path), group, "<GROUP><G1><FAULT><0>"},
		{argv(path), with(event, func(e *sdk.Event) { e.To = "backup" }), "<INSTANCE><VI_1><BACKUP><150>"},
		{argv(path), with(event, func(e *sdk.Event) { e.To = "stopped" }), "<INSTANCE><VI_1><STOP><150>"},
		{argv(path), with(event, func(e *sdk.Event) { e.Kind = sdk.Snapshot }), "<INSTANCE><VI_1><MASTER><150>"},
		{argv(path), with(event, func(e *sdk.Event) { e.Kind = sdk.PriorityChange }), "<INSTANCE><VI_1><MASTER_PRIORITY><150>"},
		{argv(path), with(event, func(e *sdk.Event) { e.Kind, e.To = sdk.Conflict, "" }), "<INSTANCE><VI_1><CONFLICT><150>"},
		{shell(path + ` -s "$@"`), event, "<-s><INSTANCE><VI_1><MASTER><150>"},
		{shell(path + ` $0 $3`), event, "<sh><MASTER>"},
	} {
		must(t, exec.Notifier.Deliver(t.Context(), c.values, c.event))
		if got := read(t, dir+"/arguments"); got != c.want {
			t.Errorf("%v: %s, want %s", c.values, got, c.want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("SENTINEL_SECRET", "x")
	path, dir := program(t, "/usr/bin/env | grep -v -e ^PWD= -e ^OLDPWD= -e ^_= | sort > environment")
	const searched = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
	for _, c := range []struct {
		event sdk.Event
		want  string
	}{
		{event, searched + `SENTINEL_ADDRESSES=192.168.1.100/24 2001:db8::1/64
SENTINEL_COALESCED=2
SENTINEL_EVENT_ID=4f2a-VI_1-7
SENTINEL_FROM=backup
SENTINEL_GROUP=
SENTINEL_INSTANCE=VI_1
SENTINEL_INTERFACE=eth0
SENTINEL_KIND=transition
SENTINEL_PEER=192.168.1.2
SENTINEL_PEER_PRIORITY=100
SENTINEL_PRIORITY=150
SENTINEL_REASON=active router silent for 3.61s
SENTINEL_TIME=2026-01-02T03:04:05.000006Z
SENTINEL_TO=active
SENTINEL_VRID=51
`},
		{with(group, func(e *sdk.Event) { e.Reason = "a\x00=b" }), searched + `SENTINEL_ADDRESSES=
SENTINEL_COALESCED=0
SENTINEL_EVENT_ID=4f2a-G1-3
SENTINEL_FROM=active
SENTINEL_GROUP=G1
SENTINEL_INSTANCE=
SENTINEL_INTERFACE=
SENTINEL_KIND=transition
SENTINEL_PEER=
SENTINEL_PEER_PRIORITY=
SENTINEL_PRIORITY=0
SENTINEL_REASON=a=b
SENTINEL_TIME=2026-01-02T03:04:05.000006Z
SENTINEL_TO=fault
SENTINEL_VRID=
`},
	} {
		must(t, exec.Notifier.Deliver(t.Context(), argv(path), c.event))
		if diff := cmp.Diff(c.want, read(t, dir+"/environment")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestStdin(t *testing.T) {
	path, dir := program(t, "read line; echo \"$line\" > stdin; read more && echo more >> stdin")
	if err := exec.Notifier.Deliver(t.Context(), argv(path), event); err == nil || err.Error() != "exit 1" {
		t.Error(err) // the second read
	}
	text := read(t, dir+"/stdin")
	var got sdk.Event
	must(t, json.Unmarshal([]byte(text), &got))
	if diff := cmp.Diff(event, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Count(text, "\n") != 1 {
		t.Errorf("%q is not one line", text)
	}
}

// TestOutcomes: what is done, what is tried again and what is not.
func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		values   sdk.Values
		want     string
		rejected bool
	}{
		{shell("exit 0"), "", false},
		{shell("echo later; exit 75"), "exit 75: later", false},
		{shell("echo first; echo last >&2; exit 1"), "exit 1: last", true},
		{shell("exit 127"), "exit 127", true},
		{shell("kill -KILL $$"), "killed by SIGKILL", true},
		{argv("/no/such"), "cannot be executed: /no/such: no such file or directory", false},
		{sdk.Values{"command": []any{"/bin/true"}, "user": "nosuchuser"}, "cannot be executed: user: unknown user nosuchuser", false},
		{argv("true"), `command: "true" must begin with a slash: a program is named by its whole path, unless shell = true`, true},
	} {
		got := ""
		err := exec.Notifier.Deliver(t.Context(), c.values, event)
		if err != nil {
			got = err.Error()
		}
		if got != c.want || sdk.IsRejected(err) != c.rejected {
			t.Errorf("%v: %q, rejected %v; want %q, %v", c.values, got, sdk.IsRejected(err), c.want, c.rejected)
		}
	}
}

// TestTimeout: what does not end in time is ended and tried again, whatever it
// says in the end.
func TestTimeout(t *testing.T) {
	for line, atLeast := range map[string]time.Duration{
		"%s; sleep 60": 0,
		"trap 'exit 0' TERM; %s; while :; do sleep 0.01; done": 0,
		"trap '' TERM; %s; while :; do sleep 0.01; done":       2 * time.Second,
	} {
		begun := t.TempDir() + "/begun"
		ctx := sdktest.OverdueWhen(t, begun)
		err := exec.Notifier.Deliver(ctx, shell(fmt.Sprintf(line, "echo waits; echo > "+begun)), event)
		if !errors.Is(err, context.DeadlineExceeded) || sdk.IsRejected(err) || !strings.HasPrefix(err.Error(), "timed out: ") {
			t.Errorf("%s: %v", line, err)
		}
		if took := ctx.Since(); took < atLeast {
			t.Errorf("%s: after %v", line, took)
		}
	}
}

func TestCommands(t *testing.T) {
	path, dir := program(t, `echo "$@" >> ran`)
	values := sdk.Values{"commands": map[string]any{
		"active":   []any{path, "a", "b c"},
		"stopped":  []any{path},
		"conflict": []any{path, "conflict"},
	}}
	for _, change := range []func(*sdk.Event){
		func(*sdk.Event) {},
		func(e *sdk.Event) { e.To = "backup" },
		func(e *sdk.Event) { e.To = "stopped" },
		func(e *sdk.Event) { e.Kind = sdk.Snapshot },
		func(e *sdk.Event) { e.Kind = sdk.Conflict },
		func(e *sdk.Event) { e.Kind = sdk.PriorityChange },
		func(e *sdk.Event) { e.Kind = sdk.TrackerChange },
	} {
		must(t, exec.Notifier.Deliver(t.Context(), values, with(event, change)))
	}
	if got, want := read(t, dir+"/ran"), "a b c\n\na b c\nconflict\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	values = sdk.Values{"shell": true, "commands": map[string]any{"fault": []any{"echo $# $3 > " + dir + "/ran"}}}
	must(t, exec.Notifier.Deliver(t.Context(), values, group))
	if got, want := read(t, dir+"/ran"), "0\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestUser: a hook can write what its user can, and say so on standard error.
func TestUser(t *testing.T) {
	if os.Geteuid() != 0 {
		netnstest.NotRun(t, "only root can become another user")
	}
	values := shell("id -un > /dev/stderr; exit 1")
	values["user"] = "nobody"
	if err := exec.Notifier.Deliver(t.Context(), values, event); err == nil || err.Error() != "exit 1: nobody" {
		t.Error(err)
	}
}

// TestHook: a file that was dropped in is run as a command without arguments.
func TestHook(t *testing.T) {
	path, dir := program(t, `echo "$@" $SENTINEL_EVENT_ID > ran; exit 75`)
	if err := exec.Notifier.Deliver(t.Context(), sdk.Values{"command": []any{path}}, event); err == nil || err.Error() != "exit 75" || sdk.IsRejected(err) {
		t.Error(err)
	}
	if got, want := read(t, dir+"/ran"), "INSTANCE VI_1 MASTER 150 4f2a-VI_1-7\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
