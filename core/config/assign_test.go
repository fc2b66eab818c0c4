package config

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/sdk"
)

type assignable struct {
	Path  string            `sentinel:"path,required" doc:"a file"`
	Age   time.Duration     `sentinel:"max_age" default:"1m" min:"1s"`
	Count int               `sentinel:"count" max:"9"`
	Share float64           `sentinel:"share"`
	Loud  bool              `sentinel:"loud"`
	Mode  string            `sentinel:"mode" oneof:"a,b"`
	Name  string            `sentinel:"name,nonempty"`
	Words []string          `sentinel:"words"`
	Sizes []int             `sentinel:"sizes"`
	Head  map[string]string `sentinel:"head"`
	Token string            `sentinel:"token,secret" oneof:"x"`
}

// Validate is asked when everything else is right.
func (c *assignable) Validate() error {
	if !strings.HasPrefix(c.Path, "/") {
		return sdk.At("path", errors.New("must be absolute"))
	}
	return nil
}

func TestAssign(t *testing.T) {
	tracker := sdk.Check("x", "", func(context.Context, assignable) sdk.Result { return sdk.Result{} })
	for _, c := range []struct {
		typed string // with | between the words
		want  string // the errors
	}{
		{"path=/x", ""},
		{"path=/x=y", ""},
		{"path=/x|name=", "name: must not be empty; leave it out instead."},
		{"path=x", "path: must be absolute"},
		{"", "path: is required: a file"},
		{"path", `"path" has no equals sign, as in name=value|path: is required: a file`},
		{"path=/x|pth=/y", "pth: there is no such attribute. Did you mean \"path\"?"},
		{"path=/x|intervall=1s", "intervall: there is no such attribute. Did you mean \"interval\"?"},
		{"path=/x|weight=1", "weight: is Sentinel's, and means nothing here"},
		{"path=/x|path=/y", "path: there are 2 values, and a string is one"},
		{"path=/x|interval=1|timeout=5", `interval: "1" has no unit. Write it in quotes and with a unit, such as "1s" or "1ms".|timeout: "5" has no unit. Write it in quotes and with a unit, such as "5s" or "5ms".`},
		{"path=/x|interval=1ms", "interval: \"1ms\" is out of range. It must be from 10ms to 1h."},
		{"path=/x|max_age=10ms", "max_age: 10ms is too small: at least 1s."},
		{"path=/x|count=ten", `count: "ten" is not a number. It must be a whole number from -9007199254740992 to 9007199254740992.`},
		{"path=/x|count=10", "count: 10 is too large: at most 9."},
		{"path=/x|share=-1e400", `share: "-1e400" is out of range. It must be from -1.7976931348623157e+308 to 1.7976931348623157e+308.`},
		{"path=/x|loud=maybe", `loud: "maybe" is not true or false. Write one of these, without quotes.`},
		{"path=/x|mode=c", `mode: "c" is none of "a", "b".`},
		{"path=/x|token=hunter2", "token: The value (hidden) cannot be used here."},
		{"path=/x|head=a", `head: "a" has no colon, as in key:value`},
		{"path=/x|head={", `head: "{" is not JSON: EOF`},
		{"path=/x|words=[1]", `words: 1 is not text. Text is written in quotes.`},
		{`path=/x|words=["a"]|words=b`, `words: "[\"a\"]" is all of it: it cannot be repeated`},
	} {
		_, errs := AssignTracker(tracker, words(c.typed))
		if got := fmt.Sprint(errs); got != "["+strings.ReplaceAll(c.want, "|", " ")+"]" {
			t.Errorf("%s: %s, want %s", c.typed, got, c.want)
		}
	}
	got, errs := AssignTracker(tracker, words("path=/x|interval=2s|max_age=90s|count=7|share=0.5|loud=true|mode=a|words=a|words=b=c|sizes=1|sizes=2|head=A:b:c|head=D:|token=x"))
	want := Trial{
		Values: sdk.Values{
			"path": "/x", "max_age": 90 * time.Second, "count": int64(7), "share": 0.5, "loud": true, "mode": "a", "words": []any{"a", "b=c"},
			"sizes": []any{int64(1), int64(2)}, "head": map[string]any{"A": "b:c", "D": ""}, "token": "x",
		},
		Schedule: sdk.Schedule{Interval: 2 * time.Second, Timeout: 2 * time.Second},
	}
	if diff := cmp.Diff(want, got); diff != "" || errs != nil {
		t.Errorf("%v (-want +got):\n%s", errs, diff)
	}
	got, errs = AssignTracker(tracker, words(`path=/x|words=["a","[b"]|sizes=[]|head={"A":"b"}`))
	want.Values = sdk.Values{"path": "/x", "words": []any{"a", "[b"}, "sizes": []any{}, "head": map[string]any{"A": "b"}}
	want.Schedule = sdk.Schedule{Interval: time.Second, Timeout: time.Second}
	if diff := cmp.Diff(want, got); diff != "" || errs != nil {
		t.Errorf("%v (-want +got):\n%s", errs, diff)
	}
}

type lines struct {
	Texts map[string]string `sentinel:"texts,events"`
}

// What has no schedule takes none, and a hook has a timeout, and keys that are events.
func TestAssignOthers(t *testing.T) {
	push := sdk.Watch("x", "", func(context.Context, struct{}, func(sdk.Result)) error { return nil })
	if _, errs := AssignTracker(push, []string{"interval=1s"}); fmt.Sprint(errs) != "[interval: is Sentinel's, and means nothing here]" {
		t.Errorf("%v", errs)
	}
	hook := sdk.Notify("x", "", func(context.Context, lines, sdk.Event) error { return nil })
	if trial, errs := AssignNotifier(hook, []string{"timeout=3s"}); errs != nil || trial.Schedule.Timeout != 3*time.Second {
		t.Errorf("%v, %v", trial, errs)
	}
	want := `[texts: "activ" is not possible here. Did you mean "active"? It must be "active", "backup", "fault", "stopped", "conflict", "priority" or "tracker".]`
	if _, errs := AssignNotifier(hook, []string{"texts=backup:b", "texts=activ:a"}); fmt.Sprint(errs) != want {
		t.Errorf("%v, want %s", errs, want)
	}
	if trial, errs := AssignNotifier(hook, nil); errs != nil || trial.Schedule.Timeout != defaultHookTimeout {
		t.Errorf("%v, %v", trial, errs)
	}
}

func words(typed string) []string {
	if typed == "" {
		return nil
	}
	return strings.Split(typed, "|")
}

func TestExample(t *testing.T) {
	tracker := sdk.Check("x", "", func(context.Context, assignable) sdk.Result { return sdk.Result{} })
	want := `tracker "x" "example" {
  path     = "..."
  interval = "1s"
  weight   = 0 # a fault while it is unhealthy
  # max_age = "60s"
  # count = 1
  # share = 1
  # loud = true
  # mode = "a"
  # name = "..."
  # words = [...]
  # sizes = [...]
  # head = { ... }
  # token = "x"
}
`
	if got := TrackerExample(tracker); got != want {
		t.Errorf("%s", got)
	}
	measure := sdk.Watch("y", "", func(context.Context, struct{}, func(sdk.Result)) error { return nil }, sdk.Measures())
	if got := TrackerExample(measure); got != "tracker \"y\" \"example\" {\n  weight = 1\n}\n" {
		t.Errorf("%s", got)
	}
	bounded := sdk.Watch("y", "", func(context.Context, struct {
		Port int           `sentinel:"port,required" min:"1024"`
		Load float64       `sentinel:"load,required" max:"0.5"`
		Wait time.Duration `sentinel:"wait,required" min:"1m"`
		Text string        `sentinel:"text" default:"${instance}"`
	}, func(sdk.Result)) error {
		return nil
	})
	want = `tracker "y" "example" {
  port   = 1024
  load   = 0.5
  wait   = "60s"
  weight = 0 # a fault while it is unhealthy
  # text = "$${instance}"
}
`
	if got := TrackerExample(bounded); got != want {
		t.Errorf("%s", got)
	}
	hook := sdk.Notify("z", "", func(context.Context, struct{}, sdk.Event) error { return nil })
	if got := NotifierExample(hook); got != "notify \"z\" \"example\" {\n  for_all = true\n}\n" {
		t.Errorf("%s", got)
	}
}

// TestAssignSecrets: what is wrong with a secret is said without it.
func TestAssignSecrets(t *testing.T) {
	type secrets struct {
		Pin  int               `sentinel:"pin,secret"`
		List []string          `sentinel:"list,secret"`
		Map  map[string]string `sentinel:"map,secret"`
		Key  string            `sentinel:"key,secret"`
	}
	tracker := sdk.Check("safe", "a safe", func(context.Context, secrets) sdk.Result { return sdk.Pass("") })
	tracker = sdk.Remote{
		Name: tracker.Name(), Schema: tracker.Schema(), Polled: true,
		Validate: func(v sdk.Values) error { return sdk.At("key", fmt.Errorf("%v is too short", v["key"])) },
	}.Tracker()
	for _, words := range [][]string{
		{"pin=hunter2"}, {"pin=1", "pin=hunter2"}, {`list=["hunter2"`}, {`list=["hunter2"]`, "list=x"}, {`map={hunter2`}, {"map=hunter2"}, {"key=hunter2"},
	} {
		_, errs := AssignTracker(tracker, words)
		if len(errs) != 1 || strings.Contains(errs[0].Error(), "hunter2") {
			t.Errorf("%q: %v", words, errs)
		}
	}
}
