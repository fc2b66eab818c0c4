package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/api"
)

// mustSay demands the exit status of a command of the server, and a text.
func (v *server) mustSay(status int, text string, args ...string) {
	v.site.t.Helper()
	got, exit := v.ask(args...)
	if exit != status || !strings.Contains(got, text) {
		v.site.t.Errorf("sentinel %s: exit status %d, want %d, and not %q but:\n%s", strings.Join(args, " "), exit, status, text, got)
	}
}

// Questions that have no answer, and how the socket is found.
func TestControl(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	const socket = "/run/sentinel/sentinel.sock"
	a.mustSay(exitFailed, "sentinel: no agent at /run/sentinel/sentinel.sock: it is not running, or has another runtime_dir", "status")
	a.mustSay(exitFailed, "no agent at "+socket, "explain", "VI_1")

	a.startActive(vi1(150) + vi2())
	a.waitLog(toActive + ` router=VI_2`)
	a.mustSay(exitDone, "VI_2", "status")
	a.mustSay(exitDone, "VI_2 has been ", "explain", "VI_2")
	a.mustSay(exitFailed, `unknown instance "VI_3": there are VI_1, VI_2`, "explain", "VI_3")
	a.mustSay(exitFailed, `unknown instance "VI_1&x=/../%20": there are`, "explain", "VI_1&x=/../%20")
	a.mustSay(exitUsage, `-output is text or json, not "yaml"`, "status", "-output", "yaml")
	a.mustSay(exitUsage, `-output is text or json, not "yaml"`, "explain", "VI_1", "-output", "yaml")
	a.mustSay(exitUsage, "name one instance", "explain")
	a.mustSay(exitUsage, "name one instance", "explain", "VI_1", "VI_2")
	a.mustSay(exitUsage, `unexpected "VI_1"`, "status", "VI_1")
	a.mustSay(exitUsage, "not defined: -sokcet", "status", "-sokcet", "it")

	// The socket's name: the flag, then the environment, then the default.
	a.Run("mv", socket, "/run/elsewhere.sock")
	a.mustSay(exitFailed, "no agent at "+socket, "status")
	a.mustSay(exitDone, "VI_1", "status", "-socket", "/run/elsewhere.sock")
	a.mustSay(exitDone, "VI_1", "explain", "VI_1", "-socket=/run/elsewhere.sock")
	command := sentinel("status")
	command.Env = append(command.Env, "SENTINEL_SOCKET=/run/elsewhere.sock")
	if p := a.Start(command); ends(t, p) != exitDone || len(lines(p, "VI_1 ")) != 1 {
		t.Errorf("with SENTINEL_SOCKET:\n%s", p.Log())
	}
	command.Args = append(command.Args, "-socket", "/run/nowhere.sock")
	if p := a.Start(command); ends(t, p) != exitFailed || len(lines(p, "no agent at /run/nowhere.sock")) != 1 {
		t.Errorf("with SENTINEL_SOCKET and -socket:\n%s", p.Log())
	}
	a.mustLog(0, `from=active|level=(WARN|ERROR)`)
}

// Only the agent's own user may ask. The others are told so, and nobody is told a
// secret.
func TestControlSecrets(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	const secret = "s3cr3t!"
	a.startActive(vi1(150, `version = 2`, `advert_interval = "1s"`, password(secret)))
	if mode := strings.TrimSpace(a.Run("stat", "-c", "%a %F", "/run/sentinel/sentinel.sock")); mode != "600 socket" {
		t.Errorf("the socket is %s", mode)
	}
	for _, question := range [][]string{{"status"}, {"status", "-output", "json"}, {"explain", "VI_1"}, {"explain", "-output", "json", "VI_1"}} {
		if text := a.answer(question...); strings.Contains(text, secret) || !strings.Contains(text, "VI_1") {
			t.Errorf("sentinel %v:\n%s", question, text)
		}
	}
	a.mustLog(0, secret)

	needNobody(t)
	flags := asNobody("--inh-caps=-all", "--bounding-set=-all")
	for _, question := range [][]string{{"status"}, {"explain", "VI_1"}} {
		p := a.Start(with("setpriv", flags, question...))
		if status := ends(t, p); status != exitFailed || len(lines(p,
			`^sentinel: no right to ask the agent at /run/sentinel/sentinel\.sock: only root and the agent's own user may$`)) != 1 {
			t.Errorf("as another user, sentinel %v: exit status %d:\n%s", question, status, p.Log())
		}
	}
}

// What is documented of the answer for programs: every key, always.
func TestStatusSchema(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.WriteFile(number, "5")
	a.start(fileTracker(1) + group(150, trackingFile, `interface = "eth0"`))
	a.waitLog(`msg="sync group" group=G1 from=backup to=active`)
	s.waitHeld(inner, a)
	b.startBackup(vi1(100))

	text := a.answer("status", "-output", "json")
	var document map[string]any
	decode(t, text, &document)
	mustHave(t, document, "status", "schema", "node", "version", "started", "instances", "groups", "trackers")
	instance := document["instances"].([]any)[1].(map[string]any)
	mustHave(t, instance, "instance", "name", "group", "state", "since", "reason", "interface", "virtual_router_id", "family", "version",
		"priority", "addresses", "active_router", "conflicts", "counters")
	sum := instance["priority"].(map[string]any)
	mustHave(t, sum, "priority", "base", "effective", "contributions", "clamped", "faults")
	mustHave(t, sum["contributions"].([]any)[0], "contribution", "source", "weight", "value", "reason", "since")
	mustHave(t, instance["addresses"].([]any)[0], "address", "address", "interface", "advertised", "present")
	mustHave(t, instance["active_router"], "active router", "address", "priority", "self", "last_heard")
	mustHave(t, document["groups"].([]any)[0], "group", "name", "state", "since", "members")
	mustHave(t, document["trackers"].([]any)[0], "tracker", "name", "verdict", "held", "value", "reason", "since", "last_sample")

	got := a.status()
	if got.Node != "a" || got.Version != version || got.Started.IsZero() || got.Now.Before(got.Started) {
		t.Errorf("%+v", got)
	}
	i := got.Instances[1]
	if *i.Group != "G1" || i.VirtualRouterID != innerID || i.Family != "ipv4" || i.Version != 3 || i.Interface != "eth0" ||
		i.Counters["advertisement-sent"] == 0 || i.Counters["master-transitions"] != 1 {
		t.Errorf("%+v", i)
	}
	want := []api.Contribution{{Source: "tracker.file.app", Weight: 1, Value: 5, Reason: number + " holds 5"}}
	for n := range i.Priority.Contributions {
		i.Priority.Contributions[n].Since = nil
	}
	if diff := cmp.Diff(want, i.Priority.Contributions); diff != "" {
		t.Errorf("contributions (-want +got):\n%s", diff)
	}

	// The backup knows whom it follows; what it cannot know is null.
	other := b.instance("VI_1")
	if r := other.ActiveRouter; r == nil || r.Address != a.ip || r.Priority != 155 || r.Self || r.LastHeard == nil || other.Takeover == nil || other.Group != nil {
		t.Errorf("on the backup: %+v", other)
	}
	var explanation api.Explanation
	decode(t, b.answer("explain", "VI_1", "-output", "json"), &explanation)
	if explanation.Schema != api.ExplanationSchema || explanation.Summary == "" || len(explanation.History) == 0 ||
		len(explanation.Arithmetic) == 0 || len(explanation.Outlook) == 0 || explanation.Instance.Name != "VI_1" {
		t.Errorf("%+v", explanation)
	}
}

// mustHave demands keys of a JSON object.
func mustHave(t *testing.T, object any, what string, keys ...string) {
	t.Helper()
	fields, ok := object.(map[string]any)
	for _, key := range keys {
		if _, there := fields[key]; !ok || !there {
			text, _ := json.Marshal(object)
			t.Errorf("%s has no %q: %s", what, key, text)
		}
	}
}

// status -watch goes on, also without an agent, until somebody has seen enough.
func TestWatch(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(vi1(150))
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		watch := a.Start(sentinel("status", "-watch"))
		eventually(t, "two answers", func() bool { return len(lines(watch, `^VI_1 +active `)) >= 2 })
		if signal == syscall.SIGTERM {
			a.stop()
			watch.WaitLog(`sentinel: no agent at /run/sentinel/sentinel\.sock`, reach)
			a.startActive(vi1(150))
			watch.WaitLogSince(time.Now(), `^VI_1 +active `, reach)
		}
		watch.Signal(signal)
		if status := ends(t, watch); status != exitDone {
			t.Errorf("%v: exit status %d", signal, status)
		}
	}
}

// What a killed agent leaves of its socket is in nobody's way.
func TestStaleSocket(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(vi1(150))
	a.kill()
	a.mustSay(exitFailed, "it has ended without removing its socket", "status")
	a.startActive(vi1(150))
	a.mustSay(exitDone, "VI_1", "status")
	a.stop()
	if _, err := os.Lstat(a.Path("/run/sentinel/sentinel.sock")); !os.IsNotExist(err) {
		t.Errorf("the socket after the end: %v", err)
	}
	a.mustSay(exitFailed, "no agent at ", "status")
}

// Clients that connect and say nothing, some of them half a question, take nothing
// from the advertisements and nothing from those who ask.
//
// This test has the machine to itself, as far as this package is concerned: it is
// about a few milliseconds.
func TestIdleClients(t *testing.T) {
	const fast = 10 * time.Millisecond * slowdown
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(vi1(150, fmt.Sprintf("advert_interval = \"%v\"", fast)))
	measure := func() []time.Duration {
		began := time.Now()
		time.Sleep(time.Second)
		var gaps []time.Duration
		list := s.seen(since(began, a.advertised(vrid)))
		for i := range list[1:] {
			gaps = append(gaps, list[i+1].At.Sub(list[i].At))
		}
		slices.Sort(gaps)
		return gaps
	}
	before := measure()

	var idle []net.Conn
	a.Do(func() error {
		for n := range 200 {
			c, err := net.Dial("unix", "/run/sentinel/sentinel.sock")
			if err != nil {
				return err
			}
			idle = append(idle, c)
			if n%2 == 0 {
				_, _ = c.Write([]byte("GET /v1/status HTTP/1.1\r\nHo"))
			}
		}
		return nil
	})
	began := time.Now()
	a.mustSay(exitDone, "VI_1", "status")
	t.Logf("asked beside %d idle clients: %v", len(idle), time.Since(began))
	during := measure()
	for _, c := range idle {
		c.Close()
	}
	describe := func(gaps []time.Duration) string {
		return fmt.Sprintf("%d gaps, median %v, p99 %v, longest %v", len(gaps), gaps[len(gaps)/2], gaps[len(gaps)*99/100], gaps[len(gaps)-1])
	}
	t.Logf("before: %s", describe(before))
	t.Logf("beside them: %s", describe(during))
	if median := during[len(during)/2]; median > fast*3/2 || len(during) < len(before)/2 {
		t.Errorf("beside the clients: %s", describe(during))
	}
	a.mustLog(0, `from=active|level=(WARN|ERROR)`)
}
