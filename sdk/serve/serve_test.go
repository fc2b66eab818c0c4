package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/sdk"
)

type config struct {
	Address string        `sentinel:"address,required" doc:"host:port"`
	Patient time.Duration `sentinel:"patience" default:"1s" min:"10ms"`
}

var (
	tracker  = sdk.Check("tcp", "a port", func(context.Context, config) sdk.Result { return sdk.Pass("") })
	notifier = sdk.Notify("log", "a log", func(context.Context, struct{}, sdk.Event) error { return nil })
)

func TestByHand(t *testing.T) {
	c, err := newComponents("0.1.0", []Component{Tracker(tracker), Notifier(notifier)})
	if err != nil {
		t.Fatal(err)
	}
	var out, errors bytes.Buffer
	if status := byHand(c, []string{"/x/sentinel-tracker-tcp"}, &out, &errors); status != 2 || out.Len() > 0 {
		t.Errorf("without arguments: status %d, %s", status, &out)
	}
	for _, want := range []string{"sentinel-tracker-tcp 0.1.0 is a plugin of Sentinel", `tracker "tcp": a port`, `notify "log": a log`} {
		if !strings.Contains(errors.String(), want) {
			t.Errorf("%s is missing in\n%s", want, &errors)
		}
	}
	if status := byHand(c, []string{"x", "-help"}, &out, &errors); status != 0 || out.Len() == 0 {
		t.Errorf("help: status %d", status)
	}
	out.Reset()
	if status := byHand(c, []string{"x", "describe"}, &out, &errors); status != 0 {
		t.Errorf("describe: status %d", status)
	}
	yes, no := true, false
	want := Description{
		Schema: "sentinel.plugin/1", Name: "x", Version: "0.1.0", SDK: c.described.GetSdk(), Protocol: 1,
		Trackers: []Descriptor{{Type: "tcp", Doc: "a port", Polled: &yes, Measures: &no, Attributes: []Attribute{
			{Name: "address", Doc: "host:port", Type: "string", Required: true},
			{Name: "patience", Type: "duration", Default: "1s", Min: "10ms"},
		}}},
		Notifiers: []Descriptor{{Type: "log", Doc: "a log", Attributes: []Attribute{}}},
	}
	var got Description
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBadComponents(t *testing.T) {
	for want, list := range map[string][]Component{
		"it offers nothing":             nil,
		"a component is empty":          {{}},
		`tracker "tcp" is there twice`:  {Tracker(tracker), Tracker(tracker)},
		`notifier "log" is there twice`: {Notifier(notifier), Notifier(notifier)},
		`name "T C P": must be of a-z, 0-9, _ and -`: {Tracker(sdk.Check("T C P", "",
			func(context.Context, struct{}) sdk.Result { return sdk.Result{} }))},
		`the doc of "x": is not UTF-8`: {Tracker(sdk.Watch[struct{}]("x", "\xff", nil))},
	} {
		if _, err := newComponents("1", list); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	verbose := sdk.Watch[struct{}]("x", strings.Repeat("d", 1<<20), nil)
	if _, err := newComponents("1", []Component{Tracker(verbose)}); err == nil || !strings.HasSuffix(err.Error(), "must not be longer than 1048576: shorten its docs") {
		t.Errorf("%v", err)
	}
}

// What [sdk.Tracker.Gap] is at the most and at the least.
const (
	gap         = 50 * time.Millisecond
	shortestGap = 10 * time.Millisecond
)

// TestOutbox: what comes at a bearable rate is sent in order, of a flood what is
// newest, and the last of it always.
func TestOutbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOutbox(gap)
		const burst = 20
		var got []int64
		take := func() {
			for r, ok := b.take(); ok; r, ok = b.take() {
				got = append(got, r.Value)
			}
		}
		for i := range int64(burst) {
			b.put(sdk.Result{Value: i})
		}
		<-b.wake
		take()
		if len(got) != burst || got[0] != 0 || got[burst-1] != burst-1 {
			t.Errorf("a burst became %v", got)
		}
		got = nil
		began := time.Now()
		for i := range int64(1000) {
			b.put(sdk.Result{Value: i})
			select {
			case <-b.wake:
				take()
			default:
			}
		}
		for len(got) == 0 || got[len(got)-1] != 999 {
			<-b.wake
			take()
		}
		if took := time.Since(began); len(got) > 30 || took > 2*time.Second {
			t.Errorf("a flood became %v in %v", got, took)
		}
	})
}

// TestPolledOften: what is polled may be said as often, within reason.
func TestPolledOften(t *testing.T) {
	for interval, want := range map[time.Duration]time.Duration{
		0: shortestGap, time.Millisecond: shortestGap, 20 * time.Millisecond: 20 * time.Millisecond, time.Minute: gap,
	} {
		if got := tracker.Gap(sdk.Schedule{Interval: interval}); got != want {
			t.Errorf("every %v: one in %v, want %v", interval, got, want)
		}
	}
	pushes := sdk.Watch("x", "", func(context.Context, struct{}, func(sdk.Result)) error { return nil })
	if got := pushes.Gap(sdk.Schedule{Interval: time.Millisecond}); got != gap {
		t.Errorf("one that is not polled: one in %v", got)
	}
	synctest.Test(t, func(t *testing.T) {
		b := newOutbox(shortestGap)
		for i := range int64(1000) {
			b.put(sdk.Result{Value: i})
			<-b.wake
			if r, ok := b.take(); !ok || r.Value != i {
				t.Fatalf("%v, %+v in place of %d", ok, r, i)
			}
			time.Sleep(shortestGap)
		}
	})
}

func TestLanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lanes
		leave, err := l.enter(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		other, err := l.enter(t.Context(), "b")
		if err != nil {
			t.Fatal(err)
		}
		other()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.enter(ctx, "a"); err == nil {
			t.Error("two are in one lane")
		}
		if _, err := l.enter(ctx, "c"); err == nil {
			t.Error("it was entered too late")
		}
		time.AfterFunc(time.Second, leave)
		leave, err = l.enter(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		leave()
		if len(l.busy) != 0 {
			t.Error("lanes are left")
		}
	})
}
