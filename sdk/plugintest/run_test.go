package plugintest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/plugintest"
)

func TestRunFile(t *testing.T) {
	t.Parallel()
	file, fault := filepath.Join(t.TempDir(), "events"), filepath.Join(t.TempDir(), "fault")
	plugintest.RunFile(t, called(t, "sentinel-tracker-good"),
		plugintest.Case{Config: sdk.Values{"path": "/"}, Want: plugintest.Verdict(sdk.Healthy)},
		plugintest.Case{Config: sdk.Values{"path": "/no/such/file"}, Want: plugintest.Verdict(sdk.Unhealthy)},
		plugintest.Case{Config: sdk.Values{"path": "/", "wait": time.Hour}, Timeout: 10 * time.Millisecond, Want: plugintest.Verdict(sdk.Unhealthy)},
		plugintest.Case{Type: "good", Config: sdk.Values{"file": file}, Want: plugintest.Delivered()},
		plugintest.Case{Config: sdk.Values{"file": file, "do": "fail"}, Want: plugintest.Retried()},
		plugintest.Case{Config: sdk.Values{"file": file, "do": "dawdle"}, Timeout: 100 * time.Millisecond, Want: plugintest.Retried()},
		plugintest.Case{Config: sdk.Values{"file": file, "do": "reject"}, Want: plugintest.Rejected()},
		plugintest.Case{Config: sdk.Values{"file": fault}, Event: sdk.Event{To: "fault"}, Want: plugintest.Delivered()},
	)
	if text, err := os.ReadFile(fault); err != nil || !regexp.MustCompile(`^test-\d+ fault\n$`).Match(text) {
		t.Errorf("%q, %v", text, err)
	}
	plugintest.RunFile(t, called(t, "sentinel-tracker-push"),
		plugintest.Case{Want: plugintest.Verdict(sdk.Healthy)},
		plugintest.Case{Config: sdk.Values{"path": 7}, Want: plugintest.Refused("path")},
	)
}

// recorder is a test that goes on.
type recorder struct {
	*testing.T
	failed []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.failed = append(r.failed, fmt.Sprintf(format, args...))
}

// What is not as wanted is said with what it is.
func TestRunFileFails(t *testing.T) {
	t.Parallel()
	wrong := func(path string, cases ...plugintest.Case) string {
		r := &recorder{T: t}
		plugintest.RunFile(r, path, cases...)
		return strings.Join(r.failed, "\n")
	}
	good := called(t, "sentinel-tracker-good")
	got := wrong(good,
		plugintest.Case{Name: "root", Config: sdk.Values{"path": "/"}, Want: plugintest.Verdict(sdk.Unhealthy)},
		plugintest.Case{Config: sdk.Values{"path": "x"}, Want: plugintest.Verdict(sdk.Healthy)},
		plugintest.Case{Type: "bad", Want: plugintest.Delivered()},
		plugintest.Case{Want: plugintest.Refused("path")},
		plugintest.Case{Config: sdk.Values{"file": "/x", "do": "reject"}, Want: plugintest.Retried()},
		plugintest.Case{Config: sdk.Values{"path": 7}, Want: plugintest.Verdict(sdk.Unknown)},
		plugintest.Case{Config: sdk.Values{"file": "/x", "do": "dawdle"}, Timeout: 100 * time.Millisecond, Want: plugintest.Delivered()},
	)
	want := `root: healthy: / is there; want unhealthy
case 2: the configuration is refused: path: must be absolute; want healthy
case 3: 0 types of the plugin can be meant by type "bad" that is wanted to be delivered, and it must be one
case 4: 2 types of the plugin can be meant by type "" that is wanted to be refused because of "path", and it must be one
case 5: rejected: never; want not delivered, and to be tried again
case 6: the configuration is refused: path: wrong type: must be a string; want unknown
case 7: not delivered, and to be tried again: it takes longer than its timeout of 100ms; want delivered`
	if got != want {
		t.Errorf("%s\n\nwant\n\n%s", got, want)
	}
	got = wrong(called(t, "sentinel-tracker-push"), plugintest.Case{Config: sdk.Values{}, Want: plugintest.Refused("path")})
	if want := `case 1: the configuration is not refused; want refused because of "path"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	got = wrong(called(t, "sentinel-tracker-exits"), plugintest.Case{Want: plugintest.Verdict(sdk.Healthy)})
	for _, want := range []string{"by hand: ", "handshake: ", "launch: ", "case 1: it cannot be launched"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
}

var _ plugintest.T = (*testing.T)(nil)

// values of any type are those of package sdk in the end.
func TestConfig(t *testing.T) {
	t.Parallel()
	type word string
	number := sdk.Type{Kind: sdk.Float}
	schema := sdk.Schema{Attributes: []sdk.Attribute{
		{Name: "number", Type: number}, {Name: "numbers", Type: sdk.Type{Kind: sdk.List, Element: &number}},
		{Name: "bound", Type: sdk.Type{Kind: sdk.Map, Element: &number}}, {Name: "wrong", Type: number},
	}}
	got := plugintest.Typed(sdk.Values{
		"int": uint8(7), "float": float32(0.5), "text": word("x"), "list": []string{"a"}, "map": map[string]int{"a": 1},
		"duration": time.Second, "any": []any{int32(1)}, "none": nil, "bool": true,
		"number": 7, "numbers": []any{1, 0.5}, "bound": map[string]uint{"a": 2}, "wrong": "7",
	}, schema)
	want := sdk.Values{
		"int": int64(7), "float": 0.5, "text": "x", "list": []any{"a"}, "map": map[string]any{"a": int64(1)},
		"duration": time.Second, "any": []any{int64(1)}, "none": nil, "bool": true,
		"number": 7.0, "numbers": []any{1.0, 0.5}, "bound": map[string]any{"a": 2.0}, "wrong": "7",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
