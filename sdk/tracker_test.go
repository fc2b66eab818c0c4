package sdk_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/sdk"
)

// config has a field of every kind.
type config struct {
	Command []string         `sentinel:"command,required" doc:"program and arguments"`
	Match   string           `sentinel:"match" default:"comm" oneof:"comm,path"`
	Quorum  int              `sentinel:"quorum" default:"1" min:"0" max:"9"`
	MaxAge  time.Duration    `sentinel:"max_age" min:"1s"`
	Load    float64          `sentinel:"load"`
	Token   string           `sentinel:"token,secret,nonempty"`
	Deep    bool             `sentinel:"deep"`
	Value   *int64           `sentinel:"initial_value"`
	Labels  map[string]uint8 `sentinel:"labels"`
	Bytes   uint64           `sentinel:"bytes"`
}

func (c *config) Validate() error {
	if c.Match == "path" && c.Command[0][0] != '/' {
		return sdk.At("command", errors.New("must be absolute"))
	}
	return nil
}

// decoded returns what a tracker is given for values.
func decoded(t *testing.T, values sdk.Values) (c config, err error) {
	t.Helper()
	tracker := sdk.Watch("probe", "", func(_ context.Context, got config, _ func(sdk.Result)) error {
		c = got
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return c, tracker.Run(ctx, values, sdk.Schedule{}, func(sdk.Result) {})
}

func TestDecode(t *testing.T) {
	got, err := decoded(t, sdk.Values{"command": []any{"true"}})
	if err != nil {
		t.Fatal(err)
	}
	want := config{Command: []string{"true"}, Match: "comm", Quorum: 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	got, err = decoded(t, sdk.Values{
		"command": []any{"/bin/x", "y"}, "match": "path", "quorum": int64(0), "max_age": time.Minute, "load": 1.5,
		"token": "s", "deep": true, "initial_value": int64(-3), "labels": map[string]any{"a": int64(255)},
		"bytes": sdk.LargestInt,
	})
	if err != nil {
		t.Fatal(err)
	}
	value := int64(-3)
	want = config{
		Command: []string{"/bin/x", "y"}, Match: "path", MaxAge: time.Minute, Load: 1.5, Token: "s", Deep: true,
		Value: &value, Labels: map[string]uint8{"a": 255}, Bytes: 1 << 53,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("everything (-want +got):\n%s", diff)
	}
}

func TestDecodeErrors(t *testing.T) {
	for name, c := range map[string]struct {
		values sdk.Values
		want   string
	}{
		"missing":     {sdk.Values{}, "command: is required"},
		"unknown":     {sdk.Values{"comand": "x"}, "comand: is not an attribute here"},
		"type":        {sdk.Values{"command": "x"}, "command: wrong type: must be a list of strings"},
		"element":     {sdk.Values{"command": []any{int64(1)}}, "command: wrong type: must be a list of strings"},
		"small":       {sdk.Values{"command": []any{"x"}, "quorum": int64(-1)}, "quorum: -1 is too small: at least 0"},
		"large":       {sdk.Values{"command": []any{"x"}, "quorum": int64(10)}, "quorum: 10 is too large: at most 9"},
		"short":       {sdk.Values{"command": []any{"x"}, "max_age": time.Millisecond}, "max_age: 1ms is too small: at least 1s"},
		"one of":      {sdk.Values{"command": []any{"x"}, "match": "name"}, `match: "name" is none of "comm", "path"`},
		"empty":       {sdk.Values{"command": []any{"x"}, "token": ""}, "token: must not be empty; leave it out instead"},
		"overflow":    {sdk.Values{"command": []any{"x"}, "labels": map[string]any{"a": int64(256)}}, "labels: 256 is out of range: must be from 0 to 255"},
		"negative":    {sdk.Values{"command": []any{"x"}, "bytes": int64(-1)}, "bytes: -1 is out of range: must be from 0 to 18446744073709551615"},
		"its own say": {sdk.Values{"command": []any{"x"}, "match": "path"}, "command: must be absolute"},
	} {
		_, err := decoded(t, c.values)
		var attribute *sdk.AttributeError
		if err == nil || err.Error() != c.want || !errors.As(err, &attribute) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// Shared is embedded in other configurations, and so is shared.
type Shared struct {
	Server string `sentinel:"server,required"`
}

type shared struct {
	User string `sentinel:"user" default:"root"`
}

// mistyped has a method that nobody calls.
type mistyped struct{}

func (*mistyped) Validate() []error { return nil }

// TestEmbedded: what is embedded is as if it were written there.
func TestEmbedded(t *testing.T) {
	type config struct {
		Shared
		shared
		Path string `sentinel:"path"`
		Peer string `json:"sentinel_peer"` // of somebody else's
	}
	got := config{}
	tracker := sdk.Watch("x", "", func(_ context.Context, c config, _ func(sdk.Result)) error {
		got = c
		return nil
	})
	if err := tracker.Validate(sdk.Values{"path": "/"}); err == nil || err.Error() != "server: is required" {
		t.Error(err)
	}
	_ = tracker.Run(t.Context(), sdk.Values{"server": "db", "path": "/"}, sdk.Schedule{}, func(sdk.Result) {})
	if got.Server != "db" || got.User != "root" || got.Path != "/" {
		t.Errorf("%+v", got)
	}
}

// TestBadTags: a mistake in a tag is found by whoever runs the program once.
func TestBadTags(t *testing.T) {
	for want, make := range map[string]func(){
		"must be a struct": func() { sdk.Check[int]("x", "", nil) },
		`"weight": the name belongs to Sentinel`: func() {
			sdk.Check[struct {
				W int `sentinel:"weight"`
			}]("x", "", nil)
		},
		`unknown option "optional"`: func() {
			sdk.Check[struct {
				W int `sentinel:"w,optional"`
			}]("x", "", nil)
		},
		"events: a string has no keys": func() {
			sdk.Notify[struct {
				W string `sentinel:"w,events"`
			}]("x", "", nil)
		},
		"nonempty: a whole number is never empty": func() {
			sdk.Check[struct {
				W int `sentinel:"w,nonempty"`
			}]("x", "", nil)
		},
		"is required and has a default": func() {
			sdk.Check[struct {
				W int `sentinel:"w,required" default:"1"`
			}]("x", "", nil)
		},
		`default "a"`: func() {
			sdk.Check[struct {
				W int `sentinel:"w" default:"a"`
			}]("x", "", nil)
		},
		"0 is too small": func() {
			sdk.Check[struct {
				W int `sentinel:"w" default:"0" min:"1"`
			}]("x", "", nil)
		},
		"cannot be configured": func() {
			sdk.Check[struct {
				W chan int `sentinel:"w"`
			}]("x", "", nil)
		},
		"nested too deeply": func() {
			type tree []tree
			sdk.Check[struct {
				W tree `sentinel:"w"`
			}]("x", "", nil)
		},
		`"9lives": the name must not begin with a digit`: func() {
			sdk.Check[struct {
				W int `sentinel:"9lives"`
			}]("x", "", nil)
		},
		"must be no longer than 64": func() {
			sdk.Check[struct {
				W int `sentinel:"a123456789a123456789a123456789a123456789a123456789a123456789a1234"`
			}]("x", "", nil)
		},
		"min 5 is more than max 3": func() {
			sdk.Check[struct {
				W int `sentinel:"w" min:"5" max:"3"`
			}]("x", "", nil)
		},
		"min: a string has no bounds": func() {
			sdk.Check[struct {
				W string `sentinel:"w" min:"3"`
			}]("x", "", nil)
		},
		"min: NaN is no number": func() {
			sdk.Check[struct {
				W float64 `sentinel:"w" min:"NaN"`
			}]("x", "", nil)
		},
		"default: +Inf is no number": func() {
			sdk.Check[struct {
				W float64 `sentinel:"w" default:"Inf"`
			}]("x", "", nil)
		},
		"min: -1h0m0s cannot be configured": func() {
			sdk.Check[struct {
				W time.Duration `sentinel:"w" min:"-1h"`
			}]("x", "", nil)
		},
		"default: 300 is out of range: must be from 0 to 255": func() {
			sdk.Check[struct {
				W uint8 `sentinel:"w" default:"300"`
			}]("x", "", nil)
		},
		"only strings can be one of a list": func() {
			sdk.Check[struct {
				W int `sentinel:"w" oneof:"1,2"`
			}]("x", "", nil)
		},
		`oneof "a, b": must have no spaces`: func() {
			sdk.Check[struct {
				W string `sentinel:"w" oneof:"a, b"`
			}]("x", "", nil)
		},
		"doc: is not UTF-8": func() {
			sdk.Check[struct {
				W string `sentinel:"w" doc:"\xff"`
			}]("x", "", nil)
		},
		"default: is not UTF-8": func() {
			sdk.Check[struct {
				W string `sentinel:"w" default:"\xff"`
			}]("x", "", nil)
		},
		"field W: its tags": func() {
			sdk.Check[struct {
				W string `sentinal:"w,required" doc:"a word"`
			}]("x", "", nil)
		},
		"field V: its tags": func() {
			sdk.Check[struct {
				V string `json:"v" sentinels:"v"`
			}]("x", "", nil)
		},
		"field Shared: is an embedded pointer: embed sdk_test.Shared itself": func() {
			sdk.Check[struct{ *Shared }]("x", "", nil)
		},
		"field A: its Validate would never be called": func() {
			type A struct{ pattern }
			type B struct{ pattern }
			sdk.Check[struct {
				A
				B
			}]("x", "", nil)
		},
		"must be Validate() error": func() { sdk.Check[mistyped]("x", "", nil) },
		"is there twice": func() {
			sdk.Check[struct {
				A int `sentinel:"w"`
				B int `sentinel:"w"`
			}]("x", "", nil)
		},
	} {
		func() {
			defer func() {
				if p := recover(); p == nil || !strings.Contains(p.(string), want) {
					t.Errorf("panic %v, want %s", p, want)
				}
			}()
			make()
		}()
	}
}

type none struct{}

// TestPoll: the first check is made at once, the phase moves the second, a check
// that takes too long is unhealthy, and so are those that cannot be made because
// of it; it delays nothing but itself.
func TestPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var calls int
		tracker := sdk.Check("x", "", func(ctx context.Context, _ none) sdk.Result {
			calls++
			switch calls {
			case 3:
				time.Sleep(2400 * time.Millisecond) // ignores its context
			case 4:
				panic("oops")
			}
			return sdk.Pass("call %d", calls)
		})
		type sample struct {
			At time.Duration
			sdk.Result
		}
		var got []sample
		ctx, cancel := context.WithTimeout(t.Context(), 6500*time.Millisecond)
		defer cancel()
		err := tracker.Run(ctx, nil, sdk.Schedule{Interval: time.Second, Timeout: 500 * time.Millisecond, Phase: 300 * time.Millisecond},
			func(r sdk.Result) { got = append(got, sample{time.Since(began), r}) })
		if err != nil {
			t.Fatal(err)
		}
		const ms = time.Millisecond
		want := []sample{
			{0, sdk.Pass("call 1")},
			{700 * ms, sdk.Pass("call 2")},
			{2200 * ms, sdk.Fail("timed out after 500ms")},
			{3200 * ms, sdk.Fail("timed out after 500ms")},
			{4700 * ms, sdk.CannotTell("panic: oops")},
			{5700 * ms, sdk.Pass("call 5")},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestMeasures: a number that could not be read is no number, and not 0, whoever
// says so.
func TestMeasures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		lag := sdk.Check("lag", "", func(ctx context.Context, _ none) sdk.Result {
			switch calls++; calls {
			case 1:
				return sdk.Measured(40, "40 s behind")
			case 2:
				return sdk.Fail("connection refused")
			}
			<-ctx.Done()
			return sdk.Measured(0, "too late")
		}, sdk.Measures())
		elsewhere := sdk.Remote{Name: "lag", Measures: true, Run: func(ctx context.Context, _ sdk.Values, _ sdk.Schedule, report func(sdk.Result)) error {
			for _, r := range []sdk.Result{sdk.Measured(40, "40 s behind"), {Verdict: sdk.Unhealthy, Value: 7, Reason: "connection refused"}, sdk.Fail("timed out after 500ms")} {
				report(r)
			}
			<-ctx.Done()
			return nil
		}}.Tracker()
		want := []sdk.Result{sdk.Measured(40, "40 s behind"), sdk.CannotTell("connection refused"), sdk.CannotTell("timed out after 500ms")}
		for name, tracker := range map[string]sdk.Tracker{"here": lag, "elsewhere": elsewhere} {
			var got []sdk.Result
			ctx, cancel := context.WithTimeout(t.Context(), 2700*time.Millisecond)
			if err := tracker.Run(ctx, nil, sdk.Schedule{Interval: time.Second, Timeout: 500 * time.Millisecond}, func(r sdk.Result) { got = append(got, r) }); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			cancel()
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}

// TestMeasuresNot: a number is not taken for good because nobody said what it is, and
// what is bad is not taken for doubtful.
func TestMeasuresNot(t *testing.T) {
	lag := sdk.Watch("lag", "", func(_ context.Context, _ none, report func(sdk.Result)) error {
		report(sdk.Measured(3000, "3000 s behind"))
		report(sdk.Result{Verdict: sdk.Unhealthy, Value: 3000, Reason: "far behind"})
		report(sdk.Result{Value: 3000, Reason: "no answer"})
		report(sdk.Pass("fine"))
		return nil
	})
	var got []sdk.Result
	_ = lag.Run(t.Context(), nil, sdk.Schedule{}, func(r sdk.Result) { got = append(got, r) })
	want := []sdk.Result{
		sdk.CannotTell("3000 is a number, and the tracker does not say that it measures: 3000 s behind"),
		sdk.Fail("far behind"), sdk.CannotTell("no answer"), sdk.Pass("fine"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestGoexit: a check that ends its goroutine cannot tell, and says why.
func TestGoexit(t *testing.T) {
	tracker := sdk.Check("x", "", func(context.Context, none) sdk.Result { runtime.Goexit(); return sdk.Pass("") })
	ctx, cancel := context.WithCancel(t.Context())
	_ = tracker.Run(ctx, nil, sdk.Schedule{Interval: time.Minute}, func(r sdk.Result) {
		cancel()
		if want := sdk.CannotTell("the check ended without a result"); r != want {
			t.Errorf("%+v, want %+v", r, want)
		}
	})
}

func TestWatchEnds(t *testing.T) {
	for want, watch := range map[string]func(context.Context, none, func(sdk.Result)) error{
		"ended by itself": func(context.Context, none, func(sdk.Result)) error { return nil },
		"broken pipe":     func(context.Context, none, func(sdk.Result)) error { return errors.New("broken pipe") },
		"panic: oops":     func(context.Context, none, func(sdk.Result)) error { panic("oops") },
	} {
		tracker := sdk.Watch("x", "", watch)
		if err := tracker.Run(t.Context(), nil, sdk.Schedule{}, func(sdk.Result) {}); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestChanges: the first result is news, and so is another one; the same again is not.
func TestChanges(t *testing.T) {
	var got []sdk.Result
	report := sdk.Changes(func(r sdk.Result) { got = append(got, r) })
	for _, r := range []sdk.Result{{}, {}, sdk.Pass("a"), sdk.Pass("a"), sdk.Pass("b"), sdk.Fail("b"), {}} {
		report(r)
	}
	if diff := cmp.Diff([]sdk.Result{{}, sdk.Pass("a"), sdk.Pass("b"), sdk.Fail("b"), {}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
