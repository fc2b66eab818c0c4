package examples_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/examples/examplestest"
	"github.com/sentinel-ha/sentinel/sdk"
)

func TestCustomNotifier(t *testing.T) {
	t.Parallel()
	p := launched(t, examplestest.Build(t, "custom-notifier"))
	directory := t.TempDir()
	file := filepath.Join(directory, "events.jsonl")
	second := event
	second.ID, second.From, second.To, second.Reason = "18c2f-8", "active", "stopped", "shutdown\n\"now\""
	for _, e := range []sdk.Event{event, second} {
		if err := p.Deliver(t.Context(), time.Time{}, "", "jsonl", sdk.Values{"file": file}, e); err != nil {
			t.Fatal(err)
		}
	}
	var got []sdk.Event
	for line := range strings.Lines(text(t, file)) {
		var e sdk.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if diff := cmp.Diff([]sdk.Event{event, second}, got); diff != "" {
		t.Errorf("what was written (-want +got):\n%s", diff)
	}
	err := p.Deliver(t.Context(), time.Time{}, "", "jsonl", sdk.Values{"file": directory + "/no/file"}, event)
	if err == nil || sdk.IsRejected(err) || !strings.HasSuffix(err.Error(), "no such file or directory") {
		t.Errorf("without the directory: %v", err)
	}
	d := p.Description()
	if a := d.Notifier("jsonl").Schema.Attribute("file"); a.Required || a.Default != "/var/log/sentinel.jsonl" {
		t.Errorf("it does not work without a block: %+v", a)
	}
	const want = "flie: is not an attribute here"
	if err := p.ValidateNotifier(t.Context(), "jsonl", sdk.Values{"flie": file}); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
