package track_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/track"
	"github.com/sentinel-ha/sentinel/sdk"
)

type none struct{}

// recorder keeps what is reported, with the time since the beginning.
type recorder struct {
	began time.Time
	mu    sync.Mutex
	list  []entry
}

type entry struct {
	At     time.Duration
	Name   string
	Result sdk.Result
}

func (r *recorder) report(report track.Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, entry{time.Since(r.began), report.Name, report.Result})
}

func (r *recorder) take() []entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.list
	r.list = nil
	return list
}

// TestKeep: a tracker that ends is unknown and is started again, after pauses
// that grow.
func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var starts []time.Duration
		began := time.Now()
		crashing := sdk.Watch("crashing", "", func(context.Context, none, func(sdk.Result)) error {
			starts = append(starts, time.Since(began))
			return errors.New("broken pipe")
		})
		r := &recorder{began: began}
		runner := track.NewRunner(r.report)
		runner.Set([]track.Spec{{Name: "a", Tracker: crashing}})
		time.Sleep(10 * time.Minute)
		if !runner.Close(time.Second) {
			t.Error("it does not end")
		}
		for i := 1; i < len(starts); i++ {
			pause := starts[i] - starts[i-1]
			longest := min(250*time.Millisecond<<(i-1), 30*time.Second)
			if pause < longest/2 || pause > longest {
				t.Errorf("pause %d is %v, want %v to %v", i, pause, longest/2, longest)
			}
		}
		if len(starts) < 20 {
			t.Errorf("%d starts", len(starts))
		}
		for _, e := range r.take() {
			if e.Result != sdk.CannotTell("broken pipe") {
				t.Errorf("reported %+v", e.Result)
			}
		}
	})
}

// TestSet: what has not changed goes on, what has is started anew, what is gone
// ends.
func TestSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, started int
		var mu sync.Mutex
		steady := sdk.Watch("steady", "", func(ctx context.Context, _ none, report func(sdk.Result)) error {
			mu.Lock()
			running++
			started++
			mu.Unlock()
			report(sdk.Pass("here"))
			<-ctx.Done()
			report(sdk.Fail("last words")) // nobody listens
			mu.Lock()
			running--
			mu.Unlock()
			return nil
		})
		r := &recorder{began: time.Now()}
		runner := track.NewRunner(r.report)
		check := func(wantRunning, wantStarted int) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if running != wantRunning || started != wantStarted {
				t.Errorf("%d running, %d started, want %d and %d", running, started, wantRunning, wantStarted)
			}
		}
		a, b := track.Spec{Name: "a", Tracker: steady}, track.Spec{Name: "b", Tracker: steady}
		runner.Set([]track.Spec{a, b})
		check(2, 2)
		runner.Set([]track.Spec{b, a})
		check(2, 2)
		a.Subject = "other"
		runner.Set([]track.Spec{a, b})
		check(2, 3)
		runner.Set([]track.Spec{b})
		check(1, 3)
		if !runner.Close(time.Second) {
			t.Error("it does not end")
		}
		check(0, 3)
		for _, e := range r.take() {
			if e.Result != sdk.Pass("here") {
				t.Errorf("reported %+v", e.Result)
			}
		}
	})
}

// TestOneAtATime: a tracker is started anew when it has ended, and what is reported
// meanwhile is nothing. One that does not end is not waited for for ever.
func TestOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var mu sync.Mutex // guards what follows
		var starts []time.Duration
		stubborn := 2 * time.Second
		slow := sdk.Check("slow", "", func(ctx context.Context, _ none) sdk.Result {
			mu.Lock()
			starts = append(starts, time.Since(began))
			mu.Unlock()
			<-ctx.Done()
			mu.Lock()
			takes := stubborn
			mu.Unlock()
			time.Sleep(takes)
			return sdk.Pass("")
		})
		r := &recorder{began: began}
		runner := track.NewRunner(r.report)
		spec := track.Spec{Name: "a", Tracker: slow, Process: "script#1", Schedule: sdk.Schedule{Interval: time.Hour}}
		set := func(list ...track.Spec) {
			runner.Set(list)
			synctest.Wait()
		}
		changed := func(interval time.Duration, process string) track.Spec {
			spec.Schedule.Interval, spec.Process = interval, process
			return spec
		}
		set(spec)
		time.Sleep(time.Second)
		set(changed(time.Minute, "script#1")) // at 1 s, runs from 3 s on
		set(changed(time.Minute, "script#2")) // the one before has not even begun
		set()
		set(changed(time.Hour, "script#2"))
		time.Sleep(3 * time.Second)
		mu.Lock()
		stubborn = time.Minute
		mu.Unlock()
		set(changed(time.Minute, "script#2")) // at 4 s, runs from 9 s on
		time.Sleep(6 * time.Second)
		mu.Lock()
		if diff := cmp.Diff([]time.Duration{0, 3 * time.Second, 9 * time.Second}, starts); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		mu.Unlock()
		if list := r.take(); len(list) > 0 {
			t.Errorf("reported %+v", list)
		}
		closing := time.Now()
		if !runner.Close(time.Second) || time.Since(closing) > 0 {
			t.Error("what ends with a process is waited for")
		}
		time.Sleep(2 * time.Minute)
	})
}

// TestFlood: however much a tracker says, little is passed on, and the last word
// is.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		flooding := sdk.Watch("flooding", "", func(ctx context.Context, _ none, report func(sdk.Result)) error {
			for i := range 10_000 {
				report(sdk.Measured(int64(i), "sample %d", i))
				time.Sleep(time.Millisecond)
			}
			<-ctx.Done()
			return nil
		}, sdk.Measures())
		r := &recorder{began: time.Now()}
		runner := track.NewRunner(r.report)
		runner.Set([]track.Spec{{Name: "a", Tracker: flooding}})
		time.Sleep(11 * time.Second)
		runner.Close(time.Second)
		list := r.take()
		if len(list) < 200 || len(list) > 230 {
			t.Errorf("%d of 10000 were passed on", len(list))
		}
		if first := list[0]; first.At != 0 {
			t.Errorf("the first after %v", first.At)
		}
		if diff := cmp.Diff(sdk.Measured(9999, "sample 9999"), list[len(list)-1].Result); diff != "" {
			t.Errorf("the last (-want +got):\n%s", diff)
		}
	})
}

// TestPolledOften: a tracker that is polled at the shortest interval loses nothing:
// its results are counted.
func TestPolledOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		often := sdk.Check("often", "", func(context.Context, none) sdk.Result {
			calls++
			return sdk.Pass("call %d", calls)
		})
		r := &recorder{began: time.Now()}
		runner := track.NewRunner(r.report)
		runner.Set([]track.Spec{{Name: "a", Tracker: often, Schedule: sdk.Schedule{Interval: 10 * time.Millisecond}}})
		time.Sleep(10*time.Second + time.Millisecond)
		runner.Close(time.Second)
		list := r.take()
		if len(list) != 1001 || calls != len(list) {
			t.Errorf("%d of %d were passed on", len(list), calls)
		}
		for i, e := range list {
			if want := (entry{time.Duration(i) * 10 * time.Millisecond, "a", sdk.Pass("call %d", i+1)}); e != want {
				t.Fatalf("%+v, want %+v", e, want)
			}
		}
	})
}

// TestReasons: what a tracker says is one line that people can read.
func TestReasons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reasons := []string{"two\nlines", strings.Repeat("é", 1000), " \x1b[31mred"}
		talking := sdk.Watch("talking", "", func(ctx context.Context, _ none, report func(sdk.Result)) error {
			for _, reason := range reasons {
				report(sdk.Fail("%s", reason))
			}
			<-ctx.Done()
			return nil
		})
		r := &recorder{began: time.Now()}
		runner := track.NewRunner(r.report)
		runner.Set([]track.Spec{{Name: "a", Tracker: talking}})
		synctest.Wait()
		runner.Close(time.Second)
		want := []string{"two lines", strings.Repeat("é", 256) + "...", "[31mred"}
		for i, e := range r.take() {
			if e.Result.Reason != want[i] {
				t.Errorf("%q, want %q", e.Result.Reason, want[i])
			}
		}
	})
}

// TestStubborn: a tracker that does not end holds nobody up.
func TestStubborn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		stubborn := sdk.Watch("stubborn", "", func(context.Context, none, func(sdk.Result)) error {
			<-release
			return nil
		})
		runner := track.NewRunner(func(track.Report) {})
		runner.Set([]track.Spec{{Name: "a", Tracker: stubborn}})
		synctest.Wait()
		began := time.Now()
		if runner.Close(time.Second) || time.Since(began) != time.Second {
			t.Errorf("closed after %v", time.Since(began))
		}
		close(release)
	})
}
