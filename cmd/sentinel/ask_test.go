package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/api"
)

// ask runs a command in the server's node, and returns what it printed.
func (v *server) ask(args ...string) (text string, status int) {
	v.site.t.Helper()
	p := v.Start(sentinel(args...))
	status = ends(v.site.t, p)
	var b strings.Builder
	for _, line := range p.Log().Lines() {
		b.WriteString(line.Text + "\n")
	}
	return b.String(), status
}

// answer is ask, of what must succeed.
func (v *server) answer(args ...string) string {
	v.site.t.Helper()
	text, status := v.ask(args...)
	if status != exitDone {
		v.site.t.Fatalf("sentinel %v on %s: exit status %d:\n%s", args, v, status, text)
	}
	return text
}

// status asks the agent for everything. A field that the schema does not have is
// an error.
func (v *server) status() api.Status {
	v.site.t.Helper()
	var status api.Status
	decode(v.site.t, v.answer("status", "-output", "json"), &status)
	if status.Schema != api.StatusSchema {
		v.site.t.Errorf("schema %q", status.Schema)
	}
	return status
}

// instance asks for one router.
func (v *server) instance(name string) api.Instance {
	v.site.t.Helper()
	for _, i := range v.status().Instances {
		if i.Name == name {
			return i
		}
	}
	v.site.t.Fatalf("%s has no %s", v, name)
	return api.Instance{}
}

// tracker asks for one tracker.
func (v *server) tracker(name string) api.Tracker {
	v.site.t.Helper()
	for _, tracker := range v.status().Trackers {
		if tracker.Name == name {
			return tracker
		}
	}
	v.site.t.Fatalf("%s has no %s", v, name)
	return api.Tracker{}
}

func decode(t *testing.T, text string, document any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(document); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
}

// mustTell demands that the agent's answer to people matches all of these. The
// answer is logged: it is the best documentation there is.
func (v *server) mustTell(when, question string, patterns ...string) {
	v.site.t.Helper()
	text := v.answer(strings.Fields(question)...)
	v.site.t.Logf("%s, on %s: sentinel %s\n%s", when, v, question, text)
	for _, pattern := range patterns {
		if !regexp.MustCompile(`(?m)` + pattern).MatchString(text) {
			v.site.t.Errorf("%s, on %s: sentinel %s says nothing like %q", when, v, question, pattern)
		}
	}
}

// mustBe demands a state, and a sum of priorities: base, effective and what each
// tracker contributes, in its order.
func (v *server) mustBe(when string, i api.Instance, state string, base, effective int, values ...int) {
	v.site.t.Helper()
	var got []int
	for _, c := range i.Priority.Contributions {
		got = append(got, c.Value)
	}
	if i.State != state || i.Priority.Base != base || i.Priority.Effective != effective || fmt.Sprint(got) != fmt.Sprint(values) {
		v.site.t.Errorf("%s, on %s: %s with %d, base %d, contributions %v; want %s with %d, base %d, %v",
			when, v, i.State, i.Priority.Effective, i.Priority.Base, got, state, effective, base, values)
	}
	if i.Since.IsZero() || time.Since(i.Since) < -time.Second || time.Since(i.Since) > time.Hour || i.Reason == "" {
		v.site.t.Errorf("%s, on %s: since %v, reason %q", when, v, i.Since, i.Reason)
	}
	for _, a := range i.Addresses {
		if a.Present != (state == "active") {
			v.site.t.Errorf("%s, on %s: %s with %s present: %v", when, v, state, a.Address, a.Present)
		}
	}
	if self := i.ActiveRouter != nil && i.ActiveRouter.Self; self != (state == "active") {
		v.site.t.Errorf("%s, on %s: %s, and the active router is itself: %v", when, v, state, self)
	}
}

// example returns the configuration of an example, with changes that a test needs,
// each a text and another in its place. Its address is always the tests' own.
func example(t *testing.T, name string, changes ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../examples", name, "ha.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	config := string(text)
	changes = append(changes, "192.168.1.100/24", vip+"/24")
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(config, changes[i]) {
			t.Fatalf("the example %s has no %q any more", name, changes[i])
		}
		config = strings.ReplaceAll(config, changes[i], changes[i+1])
	}
	return config
}
