package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/notify"
	"github.com/sentinel-ha/sentinel/sdk"
)

var errBroken = errors.New("connection refused")

// hangs until its context ends.
func hangs(ctx context.Context, _ sdk.Event) error {
	<-ctx.Done()
	return ctx.Err()
}

// takes returns a delivery that needs some time, whatever its context says.
func takes(d time.Duration) func(context.Context, sdk.Event) error {
	return func(context.Context, sdk.Event) error {
		time.Sleep(d)
		return nil
	}
}

// TestOrder: a slow hook is told everything in order, one at a time; other queues
// do not wait for it.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := newHook(t, "slow", takes(3*time.Second))
		quick := newHook(t, "quick", nil)
		d := notify.New("", silent)
		d.Set(setup(in("A", "B", "G"), slow, quick))
		d.Post(change("A", "initialize", "backup"))
		d.Post(change("A", "backup", "active"))
		pass(time.Second)
		d.Post(change("A", "active", "fault"))
		d.Post(change("B", "initialize", "fault"))
		d.Post(change("G", "initialize", "fault"))
		d.Post(change("C", "initialize", "fault")) // who is C?
		pass(time.Minute)
		quick.expect("0s A initialize>backup", "0s A backup>active", "1s A active>fault",
			"1s B initialize>fault", "1s G initialize>fault")
		slow.expect("0s A initialize>backup", "3s A backup>active", "6s A active>fault",
			"1s B initialize>fault", "1s G initialize>fault")
		balanced(t, d.Status())
		stopWithin(d, time.Minute)
	})
}

// TestOn: which events a block hears of.
func TestOn(t *testing.T) {
	tests := []struct {
		on   []string
		want []string
	}{
		{nil, []string{"backup", "active", "fault", "stopped"}},
		{[]string{"active"}, []string{"active"}},
		{[]string{"conflict", "backup"}, []string{"backup", "conflict"}},
		{[]string{"priority", "tracker"}, []string{"priority", "tracker"}},
		{[]string{"initialize"}, nil},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			var got []string
			h := newHook(t, "h", func(_ context.Context, e sdk.Event) error {
				got = append(got, strings.Replace(string(e.Kind), "transition", e.To, 1))
				return nil
			})
			h.block.On = tt.on
			d := notify.New("", silent)
			d.Set(setup(in("A"), h))
			d.Post(change("A", "initialize", "backup"))
			d.Post(news("A", sdk.PriorityChange))
			d.Post(change("A", "backup", "active"))
			d.Post(news("A", sdk.Conflict))
			d.Post(change("A", "active", "fault"))
			d.Post(news("A", sdk.TrackerChange))
			d.Post(change("A", "fault", "initialize"))
			d.Post(change("A", "initialize", "stopped"))
			synctest.Wait()
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("on = %q (-want +got):\n%s", tt.on, diff)
			}
			if c := d.Status().Total; c.Queued != uint64(len(tt.want)) || c.Delivered != c.Queued {
				t.Errorf("on = %q: %+v", tt.on, c)
			}
			stopWithin(d, time.Second)
		})
	}
}

// TestBindings: a block that is not for all hears of those it is bound to; a group
// and an instance of one name are two.
func TestBindings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t, "h", nil)
		h.block.ForAll, h.block.Subjects = false, []notify.Subject{{Name: "Gold"}}
		d := notify.New("", silent)
		d.Set(setup([]notify.Subject{{Name: "Gold"}, {Name: "Gold", Group: true}, {Name: "A"}}, h))
		d.Post(sdk.Event{Kind: sdk.Transition, Group: "Gold", From: "initialize", To: "active"})
		d.Post(sdk.Event{Kind: sdk.Transition, Instance: "Gold", From: "initialize", To: "backup"})
		d.Post(sdk.Event{Kind: sdk.Transition, Instance: "A", From: "initialize", To: "fault"})
		synctest.Wait()
		h.expect("0s Gold initialize>backup")
		stopWithin(d, time.Second)
	})
}

// TestRetry: what fails is tried again after pauses that grow, with the same event,
// until it works.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		var ids []string
		began := time.Now()
		h := newHook(t, "h", func(_ context.Context, e sdk.Event) error {
			at, ids = append(at, time.Since(began)), append(ids, e.ID)
			if len(at) < 12 {
				return errBroken
			}
			return nil
		})
		d := notify.New("", silent)
		d.Set(setup(in("A"), h))
		d.Post(change("A", "initialize", "backup"))
		pass(time.Hour)
		for i := 1; i < len(at); i++ {
			wait, longest := at[i]-at[i-1], min(500*time.Millisecond<<(i-1), 30*time.Second)
			if wait < longest/2 || wait > longest {
				t.Errorf("pause %d is %v, want %v to %v", i, wait, longest/2, longest)
			}
		}
		if c := d.Status().Total; len(at) != 12 || c.Delivered != 1 || c.Retried != 11 || len(slices.Compact(ids)) != 1 {
			t.Errorf("%d attempts for %q: %+v", len(at), ids, c)
		}
		stopWithin(d, time.Second)
	})
}

// TestGivingUp: retries end when they are used up, when the hook says that they are
// no use, and when there is something newer, wanted or not.
func TestGivingUp(t *testing.T) {
	reject := func(context.Context, sdk.Event) error { return sdk.Reject(errBroken) }
	refuse := func(context.Context, sdk.Event) error { return errBroken }
	later := func(context.Context, sdk.Event) error { return sdk.RetryAfter(errBroken, time.Minute) }
	tests := []struct {
		name    string
		retries int
		behave  func(context.Context, sdk.Event) error
		then    sdk.Event
		want    notify.Counters
	}{
		{"none", 0, refuse, sdk.Event{}, notify.Counters{Queued: 1, Expired: 1, Called: 1}},
		{"three", 3, refuse, sdk.Event{}, notify.Counters{Queued: 1, Expired: 1, Called: 4, Retried: 3}},
		{"rejected", notify.Forever, reject, sdk.Event{}, notify.Counters{Queued: 1, Rejected: 1, Called: 1}},
		{"panic", notify.Forever, func(context.Context, sdk.Event) error { panic("!") }, sdk.Event{}, notify.Counters{Queued: 1, Rejected: 1, Called: 1}},
		{"newer", notify.Forever, later, change("A", "active", "fault"), notify.Counters{Queued: 2, Expired: 1, Called: 2}},
		{"newer, not wanted", notify.Forever, later, change("A", "active", "backup"), notify.Counters{Queued: 1, Expired: 1, Called: 1}},
		{"not newer", notify.Forever, later, news("A", sdk.Conflict), notify.Counters{Queued: 2, Called: 1}},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			h := newHook(t, "h", tt.behave)
			h.block.On, h.block.Retries = []string{"active", "fault", "conflict"}, tt.retries
			d := notify.New("", silent)
			d.Set(setup(in("A"), h))
			d.Post(change("A", "backup", "active"))
			pass(30 * time.Second)
			if tt.then.ID != "" {
				d.Post(tt.then)
			}
			synctest.Wait()
			if diff := cmp.Diff(tt.want, d.Status().Total); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, diff)
			}
			if tt.name == "not newer" { // the state is waited for
				h.expect("0s A backup>active")
				pass(time.Minute)
				h.expect("1m0s A backup>active")
			}
			stopWithin(d, time.Second)
			if s := d.Status(); s.Total.Queued != s.Total.Expired+s.Total.Rejected+s.Total.Lost+s.Total.Coalesced {
				t.Errorf("%s: in the end %+v", tt.name, s.Total)
			}
		})
	}
}

// TestTimedOut: what a delivery says of its end is not said twice.
func TestTimedOut(t *testing.T) {
	for said, want := range map[string]string{
		"timed out":          "timed out after 2s",
		"timed out: last":    "timed out after 2s: last",
		"timed out after 1s": "timed out after 2s: timed out after 1s",
		"exit 75: too busy":  "timed out after 2s: exit 75: too busy",
	} {
		err := sdk.Reject(errors.New(said))
		if got := notify.TimedOut(2*time.Second, err); got.Error() != want || !sdk.IsRejected(got) {
			t.Errorf("%v, not %s", got, want)
		}
	}
}

// TestTimeout: a hook that hangs is cancelled, and its newest state tried again.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t, "h", hangs)
		h.block.Timeout, h.block.Retries = 4*time.Second, 0
		quick := newHook(t, "quick", nil)
		var happened []string
		d := notify.New("", func(h notify.Happening) {
			if h.Block == "h" {
				happened = append(happened, fmt.Sprintf("%v %s after %v+%v: %v", h.Outcome, h.Event.To, h.Waited, h.Took, h.Err))
			}
		})
		d.Set(setup(in("A"), h, quick))
		d.Post(change("A", "initialize", "backup"))
		d.Post(change("A", "backup", "active"))
		pass(time.Minute)
		synctest.Wait()
		h.expect("0s A initialize>backup", "4s A backup>active")
		quick.expect("0s A initialize>backup", "0s A backup>active")
		want := []string{
			"expired backup after 0s+4s: timed out after 4s: context deadline exceeded",
			"expired active after 4s+4s: timed out after 4s: context deadline exceeded",
		}
		if diff := cmp.Diff(want, happened); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		s := d.Status().Queues[0]
		if diff := cmp.Diff(notify.Counters{Queued: 2, Expired: 2, Called: 2, TimedOut: 2}, s.Counters); diff != "" || s.LastError == "" || s.Told != "" {
			t.Errorf("%+v (-want +got):\n%s", s, diff)
		}
		stopWithin(d, time.Second)
	})
}

// TestStubborn: a hook that ignores its context holds up its queue, and no other;
// what waits is bounded, Post never waits, and the newest state comes in the end.
func TestStubborn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		stubborn := newHook(t, "stubborn", func(context.Context, sdk.Event) error {
			<-release
			return errBroken
		})
		stubborn.block.On = []string{"active", "backup", "fault", "conflict"}
		quick := newHook(t, "quick", nil)
		overflows := 0
		d := notify.New("", func(h notify.Happening) {
			if h.Outcome == notify.Overflowed {
				overflows++
			}
		})
		d.Set(setup(in("A"), stubborn, quick))
		began := time.Now()
		d.Post(change("A", "initialize", "backup"))
		d.Post(change("A", "backup", "fault"))
		d.Post(news("A", sdk.Conflict))
		synctest.Wait()
		for i := range 10_000 {
			from, to := "fault", "backup"
			if i%2 == 1 {
				from, to = to, from
			}
			d.Post(change("A", from, to))
			if i%10 == 0 {
				synctest.Wait() // for the quick one
			}
		}
		d.Post(change("A", "fault", "active"))
		if time.Since(began) != 0 {
			t.Errorf("Post took %v", time.Since(began))
		}
		pass(11 * time.Second)
		s := d.Status()
		balanced(t, s)
		q := s.Queues[1]
		if q.Block != "stubborn" || q.State != "overdue" || q.Pending != 64 || q.Oldest == nil || overflows != 1 {
			t.Errorf("%+v, %d overflows", q, overflows)
		}
		if q := s.Queues[0]; q.State != "idle" || q.Told != "active" || q.Counters.Delivered != 10_003 {
			t.Errorf("%+v", q)
		}
		stubborn.expect("0s A initialize>backup")
		close(release)
		synctest.Wait()
		calls := stubborn.calls
		if len(calls) != 64 || !strings.HasSuffix(calls[len(calls)-1], " A fault>active") ||
			calls[0] != "11s A conflict" || calls[1] != "11s A backup>backup+9939" {
			t.Errorf("%d calls, %q", len(calls), calls[:3])
		}
		stopWithin(d, time.Second)
	})
}

// TestAge: what has waited for too long is not delivered, unless it is the newest.
func TestAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := true
		h := newHook(t, "h", func(context.Context, sdk.Event) error {
			if first {
				first = false
				time.Sleep(time.Hour)
			}
			return nil
		})
		d := notify.New("", silent)
		d.Set(setup(in("A"), h))
		d.Post(change("A", "initialize", "backup"))
		d.Post(change("A", "backup", "active"))
		d.Post(change("A", "active", "backup"))
		pass(2 * time.Hour)
		h.expect("0s A initialize>backup", "1h0m0s A active>backup")
		if c := d.Status().Total; c.Expired != 1 || c.Delivered != 2 {
			t.Errorf("%+v", c)
		}
		stopWithin(d, time.Second)
	})
}

// TestStatus: what people see of a queue that is in trouble.
func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t, "h", func(context.Context, sdk.Event) error {
			time.Sleep(time.Second)
			return sdk.RetryAfter(errors.New("no\nway "+strings.Repeat("é", 1e6)), time.Minute)
		})
		d := notify.New("", silent)
		d.Set(setup(in("A"), h))
		began := time.Now()
		if q := d.Status().Queues[0]; q.State != "idle" || q.Event != nil || q.LastErrorAt != nil {
			t.Errorf("%+v", q)
		}
		e := change("A", "initialize", "backup")
		d.Post(e)
		pass(time.Millisecond)
		if q := d.Status().Queues[0]; q.State != "delivering" || q.Event.ID != e.ID || !q.Since.Equal(began) || q.Attempt != 1 {
			t.Errorf("%+v", q)
		}
		pass(2 * time.Second)
		q := d.Status().Queues[0]
		if q.State != "retrying" || !q.Next.Equal(began.Add(61*time.Second)) || !q.LastErrorAt.Equal(began.Add(time.Second)) {
			t.Errorf("%+v", q)
		}
		if len(q.LastError) > 520 || !strings.HasPrefix(q.LastError, "no way é") || !strings.HasSuffix(q.LastError, "é...") {
			t.Errorf("last error %q", q.LastError)
		}
		if lost := stopWithin(d, 5*time.Second); lost != 1 { // the end
			t.Errorf("%d lost", lost)
		}
	})
}
