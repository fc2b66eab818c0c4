package wire

import (
	"errors"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/sentinel-ha/sentinel/sdk"
)

// there sends a message through its encoding.
func there[M proto.Message](t *testing.T, from, to M) M {
	t.Helper()
	data, err := proto.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := proto.Unmarshal(data, to); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestValues(t *testing.T) {
	want := sdk.Values{
		"s": "text", "empty": "", "b": true, "i": int64(-7), "f": 1.5, "d": 1500 * time.Millisecond,
		"l": []any{"a", []any{int64(1)}}, "m": map[string]any{"k": time.Hour, "l": []any{}}, "none": map[string]any{},
	}
	messages, err := FromValues(want)
	if err != nil {
		t.Fatal(err)
	}
	request := there(t, &TrackRequest{Config: messages}, &TrackRequest{})
	got, err := ToValues(request.Config)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := FromValues(sdk.Values{"x": []any{int8(1)}}); err == nil || err.Error() != "x: a int8 cannot be sent" {
		t.Errorf("a value of no kind: %v", err)
	}
	for want, message := range map[string]*Value{
		"x: no value of a known kind": {},
		"x: nested too deeply":        deep(),
	} {
		if _, err := ToValues(map[string]*Value{"x": message}); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func deep() *Value {
	v := &Value{Kind: &Value_Bool{}}
	for range 100 {
		v = &Value{Kind: &Value_List{List: &ListValue{Values: []*Value{v}}}}
	}
	return v
}

// config has a field of every kind.
type config struct {
	Command []string         `sentinel:"command,required" doc:"program and arguments"`
	Match   string           `sentinel:"match" default:"comm" oneof:"comm,path"`
	Quorum  int              `sentinel:"quorum" default:"1" min:"0" max:"9"`
	MaxAge  time.Duration    `sentinel:"max_age" min:"1s"`
	Load    float64          `sentinel:"load" default:"0.5"`
	Token   string           `sentinel:"token,secret,nonempty"`
	Deep    bool             `sentinel:"deep"`
	Labels  map[string]uint8 `sentinel:"labels,events"`
}

func TestSchema(t *testing.T) {
	want := sdk.Watch[config]("x", "", nil).Schema()
	messages, err := FromSchema(want)
	if err != nil {
		t.Fatal(err)
	}
	message := there(t, &Type{Attributes: messages}, &Type{})
	got, err := ToSchema(message.Attributes, sdk.Reserved())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBadSchema: what another language gets wrong is as wrong as in Go.
func TestBadSchema(t *testing.T) {
	text, number := &ValueType{Kind: ValueType_STRING}, &ValueType{Kind: ValueType_INT}
	one, word := &Value{Kind: &Value_Int{Int: 1}}, &Value{Kind: &Value_String_{String_: "x"}}
	for want, message := range map[string]*Attribute{
		"must be of a-z":                       {Name: "Weight", Type: text},
		"belongs to Sentinel":                  {Name: "weight", Type: text},
		"it has no type":                       {Name: "a"},
		"the type 99 is not":                   {Name: "a", Type: &ValueType{Kind: 99}},
		"have an element's type":               {Name: "a", Type: &ValueType{Kind: ValueType_LIST}},
		"and only they do":                     {Name: "a", Type: &ValueType{Kind: ValueType_BOOL, Element: text}},
		"required and has a default":           {Name: "a", Type: text, Required: true, Default: word},
		"default: wrong type: must be a str":   {Name: "a", Type: text, Default: one},
		"min: a string has no bounds":          {Name: "a", Type: text, Min: one},
		"max: wrong type: must be a whole num": {Name: "a", Type: number, Max: word},
		"only strings can be":                  {Name: "a", Type: number, OneOf: []string{"1"}},
		`default: "x" is none of "y"`:          {Name: "a", Type: text, OneOf: []string{"y"}, Default: word},
		"has no keys that are events":          {Name: "a", Type: text, Events: true},
		"a whole number is never empty":        {Name: "a", Type: number, NotEmpty: true},
		`default: must not be empty`:           {Name: "a", Type: text, NotEmpty: true, Default: &Value{Kind: &Value_String_{}}},
		"nested too deeply":                    {Name: "a", Type: deepType()},
		"must not begin with a digit":          {Name: "9a", Type: text},
		"max: NaN is no number":                {Name: "a", Type: &ValueType{Kind: ValueType_FLOAT}, Max: &Value{Kind: &Value_Float{Float: math.NaN()}}},
		"default: -9223372036854775808 cannot": {Name: "a", Type: number, Default: &Value{Kind: &Value_Int{Int: math.MinInt64}}},
		"min 1 is more than max 0":             {Name: "a", Type: number, Min: one, Max: &Value{Kind: &Value_Int{}}},
	} {
		_, err := ToSchema([]*Attribute{message}, sdk.Reserved())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	twice := &Attribute{Name: "a", Type: text}
	if _, err := ToSchema([]*Attribute{twice, twice}, nil); err == nil {
		t.Error("an attribute may be there twice")
	}
}

// TestReserved: plugin.proto says which names cannot be used.
func TestReserved(t *testing.T) {
	text, err := os.ReadFile("../../plugin.proto")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "What means the same in every block")
	list, _, _ = strings.Cut(list, "string name")
	for _, name := range slices.Concat(sdk.Reserved(), sdk.ReservedForNotifiers()) {
		if !regexp.MustCompile(`\b` + name + `\b`).MatchString(list) {
			t.Errorf("%s is reserved, and the proto does not say so", name)
		}
	}
}

func TestTypeName(t *testing.T) {
	for name, good := range map[string]bool{"tcp": true, "a-b_c9": true, "9": true, "": false, "-a": false, "_a": false, "ä": false, "a b": false, strings.Repeat("a", 65): false} {
		if err := CheckTypeName(name); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func deepType() *ValueType {
	v := &ValueType{Kind: ValueType_STRING}
	for range 100 {
		v = &ValueType{Kind: ValueType_LIST, Element: v}
	}
	return v
}

func TestResult(t *testing.T) {
	for _, want := range []sdk.Result{sdk.Pass("fine"), sdk.Fail("exit status 1"), sdk.CannotTell("no file"), sdk.Measured(-5, "read"), {}} {
		if got := ToResult(there(t, FromResult(want), &Sample{})); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if got := ToResult(&Sample{Verdict: 7}); got.Verdict != sdk.Unknown {
		t.Errorf("verdict 7 is %v", got)
	}
	long := FromResult(sdk.Fail("%s", strings.Repeat("é", 1000)+"\xff")).Reason
	if len(long) > MaxReason || !strings.HasSuffix(long, "é...") {
		t.Errorf("a long reason: %q", long)
	}
}

func TestEvent(t *testing.T) {
	want := sdk.Event{
		ID: "e-1", Kind: sdk.Transition, Time: time.Unix(1, 2).UTC(), Node: "n", Instance: "VI_1", Group: "G",
		Interface: "eth0", VirtualRouterID: 51, From: "backup", To: "active", Priority: 254, Peer: "10.0.0.1", PeerPriority: 100,
		Addresses: []string{"10.0.0.9/24"}, Reason: "silent", Coalesced: 3,
	}
	if diff := cmp.Diff(want, ToEvent(there(t, FromEvent(want), &Event{}))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOutcome(t *testing.T) {
	for _, c := range []struct {
		err      error
		rejected bool
		wait     time.Duration
	}{
		{errors.New("refused"), false, 0},
		{sdk.Reject(errors.New("gone")), true, 0},
		{fmt.Errorf("send: %w", sdk.RetryAfter(errors.New("busy"), time.Minute)), false, time.Minute},
	} {
		got := ToOutcome(there(t, FromOutcome(c.err), &DeliverResponse{}))
		if got == nil || got.Error() != c.err.Error() || sdk.IsRejected(got) != c.rejected || sdk.RetryWait(got) != c.wait {
			t.Errorf("%v became %v", c.err, got)
		}
	}
	if err := ToOutcome(FromOutcome(nil)); err != nil {
		t.Error(err)
	}
	if err := ToOutcome(&DeliverResponse{Outcome: 9}); err == nil || sdk.IsRejected(err) {
		t.Errorf("outcome 9: %v", err)
	}
}

func TestProblem(t *testing.T) {
	err := ToProblem(FromProblem(fmt.Errorf("x: %w", sdk.At("command", errors.New("must be absolute")))))
	var attribute *sdk.AttributeError
	if !errors.As(err, &attribute) || err.Error() != "command: must be absolute" {
		t.Errorf("%v", err)
	}
	several := errors.Join(errors.New("no"), sdk.At("command", errors.Join(errors.New("a"), errors.New("b"))))
	if err := ToProblem(FromProblem(several)); err == nil || err.Error() != "no\ncommand: a\ncommand: b" {
		t.Errorf("%v", err)
	}
	if err := ToProblem(FromProblem(errors.New("no"))); err == nil || err.Error() != "no" {
		t.Errorf("%v", err)
	}
	mute := ToProblem([]*Problem{{Attribute: "command"}, {}})
	if list := sdk.Problems(mute); len(list) != 2 || mute.Error() != "command: the plugin gives no reason\nthe plugin gives no reason" {
		t.Errorf("%v", mute)
	}
	if err := ToProblem(FromProblem(nil)); err != nil {
		t.Error(err)
	}
}
