package sdk_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

// TestRemote: a tracker that runs elsewhere is checked by its schema first, and
// then asked.
func TestRemote(t *testing.T) {
	schema := sdk.Watch[config]("probe", "", nil).Schema()
	var ran sdk.Values
	tracker := sdk.Remote{
		Name: "probe", Doc: "what it does", Schema: schema, Polled: true,
		Validate: func(v sdk.Values) error {
			if v["match"] == "path" {
				return sdk.At("match", errors.New("not today"))
			}
			return nil
		},
		Run: func(_ context.Context, v sdk.Values, _ sdk.Schedule, report func(sdk.Result)) error {
			ran = v
			report(sdk.Pass("ran"))
			return errors.New("broken pipe")
		},
	}.Tracker()
	if tracker.Name() != "probe" || tracker.Doc() != "what it does" || !tracker.Polled() || tracker.Measures() {
		t.Errorf("it describes itself wrongly: %+v", tracker)
	}
	command := []any{"true"}
	for want, values := range map[string]sdk.Values{
		"comand: is not an attribute here":                   {"comand": "x"},
		"command: is required":                               {},
		"max_age: 1ms is too small: at least 1s":             {"command": command, "max_age": time.Millisecond},
		"match: not today":                                   {"command": command, "match": "path"},
		"command: wrong type: must be a list of strings":     {"command": "true"},
		`match: "name" is none of "comm", "path"`:            {"command": command, "match": "name"},
		"labels: wrong type: must be a map of whole numbers": {"command": command, "labels": map[string]any{"a": "b"}},
		"quorum: 10 is too large: at most 9":                 {"command": command, "quorum": int64(10)},
		"initial_value: wrong type: must be a whole number":  {"command": command, "initial_value": 1.5},
	} {
		if err := tracker.Validate(values); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	values := sdk.Values{"command": command}
	if err := tracker.Validate(values); err != nil {
		t.Error(err)
	}
	var got sdk.Result
	err := tracker.Run(t.Context(), values, sdk.Schedule{}, func(r sdk.Result) { got = r })
	if err == nil || err.Error() != "broken pipe" || got != sdk.Pass("ran") || ran == nil {
		t.Errorf("%v after %v", err, got)
	}
}

func TestRemoteNotifier(t *testing.T) {
	var got sdk.Event
	notifier := sdk.RemoteNotifier{
		Name: "log", Schema: sdk.Watch[config]("x", "", nil).Schema(),
		Deliver: func(_ context.Context, _ sdk.Values, e sdk.Event) error {
			got = e
			return sdk.RetryAfter(errors.New("busy"), time.Second)
		},
	}.Notifier()
	if err := notifier.Deliver(t.Context(), nil, sdk.Event{}); !sdk.IsRejected(err) {
		t.Errorf("without its command: %v", err)
	}
	err := notifier.Deliver(t.Context(), sdk.Values{"command": []any{"x"}}, sdk.Event{ID: "1"})
	if got.ID != "1" || sdk.RetryWait(err) != time.Second {
		t.Errorf("%v after %+v", err, got)
	}
}
