package notify_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/notify"
	"github.com/sentinel-ha/sentinel/sdk"
)

// TestReload: what is the same goes on without a word; what is new, or another, or
// wants to hear of a state that it did not, is told the present state.
func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		same, other, wider, fresh := newHook(t, "same", nil), newHook(t, "other", nil), newHook(t, "wider", nil), newHook(t, "fresh", nil)
		wider.block.On = []string{"active"}
		d := notify.New("", silent)
		d.Set(setup(in("A", "B"), same, other, wider))
		d.Post(change("A", "initialize", "backup"))
		synctest.Wait()
		same.expect("0s A initialize>backup")
		other.expect("0s A initialize>backup")
		wider.expect()

		pass(time.Second)
		other.block.Identity = "new command"
		wider.block.On = []string{"active", "backup"}
		d.Set(setup(in("A", "B", "G"), fresh, same, other, wider))
		d.Set(setup(in("A", "B", "G"), fresh, same, other, wider)) // in vain
		synctest.Wait()
		same.expect()
		other.expect("1s A =backup")
		wider.expect("1s A =backup")
		fresh.expect("1s A =backup")
		d.Post(change("B", "initialize", "fault"))
		synctest.Wait()
		same.expect("1s B initialize>fault")
		balanced(t, d.Status())
		stopWithin(d, time.Second)
	})
}

// TestReloadUnderWay: a delivery that is in flight while its hook becomes another
// ends, and the other is told too.
func TestReloadUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t, "h", takes(2*time.Second))
		d := notify.New("", silent)
		d.Set(setup(in("A"), h))
		d.Post(change("A", "initialize", "active"))
		pass(time.Second)
		h.block.Identity = "new command"
		d.Set(setup(in("A"), h))
		pass(time.Minute)
		h.expect("0s A initialize>active", "2s A =active")
		stopWithin(d, time.Minute)
	})
}

// TestReloadRepairs: what a hook has failed to do, and the pause it was given, is
// nothing to another one in its place, which is told at once, or when the delivery
// that is under way has ended.
func TestReloadRepairs(t *testing.T) {
	fails := func(context.Context, sdk.Event) error { return errBroken }
	tests := []struct {
		name    string
		behave  func(context.Context, sdk.Event) error
		retries int
		after   time.Duration // the reload
		via     string
		want    []string
	}{
		{name: "pausing", behave: fails, retries: notify.Forever, after: 10 * time.Minute, want: []string{"10m0s A initialize>active"}},
		{name: "told when to come back", retries: notify.Forever, after: time.Second, want: []string{"1s A initialize>active"},
			behave: func(context.Context, sdk.Event) error { return sdk.RetryAfter(errBroken, time.Hour) }},
		{name: "told so after the reload", retries: notify.Forever, after: time.Second, want: []string{"10s A initialize>active"},
			behave: func(ctx context.Context, _ sdk.Event) error {
				<-ctx.Done()
				return sdk.RetryAfter(errBroken, time.Hour)
			}},
		{name: "given up before", behave: fails, after: time.Second, want: []string{"1s A =active"}},
		{name: "given up after the reload", behave: hangs, after: time.Second, want: []string{"10s A =active"}},
		{name: "rejected after the reload", after: time.Second, want: []string{"2s A =active"},
			behave: func(context.Context, sdk.Event) error {
				time.Sleep(2 * time.Second)
				return sdk.Reject(errBroken)
			}},
		{name: "its plugin has been mended", behave: fails, retries: notify.Forever, via: "plugin", after: 10 * time.Minute,
			want: []string{"10m0s A initialize>active"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHook(t, "h", tt.behave)
				h.block.Retries, h.block.Via = tt.retries, ""
				d := notify.New("", silent)
				d.Set(setup(in("A"), h))
				d.Post(change("A", "initialize", "active"))
				pass(tt.after)
				h.calls, h.behave = nil, nil
				if h.block.Via = tt.via; tt.via == "" {
					h.block.Identity = "right command"
				}
				d.Set(setup(in("A"), h))
				pass(time.Hour)
				h.expect(tt.want...)
				balanced(t, d.Status())
				stopWithin(d, time.Second)
			})
		})
	}
}

// TestReloadRetries: another hook in the same place has all its retries.
func TestReloadRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t, "h", func(context.Context, sdk.Event) error { return sdk.RetryAfter(errBroken, time.Minute) })
		h.block.Retries = 2
		d := notify.New("", silent)
		d.Set(setup(in("A"), h))
		d.Post(change("A", "initialize", "active"))
		pass(90 * time.Second)
		h.block.Identity = "another"
		d.Set(setup(in("A"), h))
		pass(time.Hour)
		h.expect("0s A initialize>active", "1m0s A initialize>active",
			"1m30s A initialize>active", "2m30s A initialize>active", "3m30s A initialize>active")
		if c := d.Status().Total; c.Retried != 4 || c.Expired != 1 {
			t.Errorf("%+v", c)
		}
		stopWithin(d, time.Second)
	})
}

// TestRemoved: the hooks of what a reload removes are told that it has stopped: of
// a group at once, of an instance when it has, or after a while.
func TestRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t, "h", nil)
		d := notify.New("", silent)
		d.Set(setup(in("A", "B", "C", "D", "G", "G2"), h))
		for _, name := range []string{"A", "B", "C", "G", "G2"} {
			d.Post(change(name, "initialize", "backup"))
		}
		synctest.Wait()
		h.expect("0s A initialize>backup", "0s B initialize>backup", "0s C initialize>backup", "0s G initialize>backup", "0s G2 initialize>backup")
		d.Set(setup(in("C", "G2"), h))
		pass(time.Second)
		h.expect("0s G backup>stopped")
		d.Post(change("A", "backup", "active"))
		d.Post(change("A", "active", "stopped"))
		d.Post(change("G", "backup", "fault")) // it is gone
		pass(time.Minute)
		h.expect("1s A backup>active", "1s A active>stopped", "5s B backup>stopped")
		s := d.Status()
		if len(s.Queues) != 2 || s.Total.Delivered != 9 {
			t.Errorf("%+v", s)
		}
		// One that comes back before it has gone.
		d.Set(setup(in("G2"), h))
		pass(time.Second)
		d.Set(setup(in("C", "G2"), h))
		d.Post(change("C", "backup", "stopped"))
		d.Post(change("C", "initialize", "backup"))
		pass(time.Minute)
		h.expect("1m2s C backup>stopped", "1m2s C initialize>backup")
		balanced(t, d.Status())
		stopWithin(d, time.Second)
	})
}

// TestRemovedStuck: the end of what was removed is not tried for ever, and what
// comes back finds its queue, with one delivery in flight.
func TestRemovedStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t, "h", func(context.Context, sdk.Event) error {
			time.Sleep(time.Second)
			return errBroken
		})
		d := notify.New("", silent)
		d.Set(setup(in("A"), h))
		d.Post(change("A", "initialize", "backup"))
		d.Set(setup(nil, h))
		d.Post(change("A", "backup", "stopped"))
		d.Set(setup(in("A"), h))
		d.Set(setup(nil, h))
		d.Post(change("A", "initialize", "backup"))
		d.Post(change("A", "backup", "stopped"))
		d.Post(change("A", "backup", "stopped")) // everybody knows
		pass(time.Hour)
		s := d.Status()
		if len(s.Queues) != 0 || s.Total.Queued != 4 || s.Total.Expired != s.Total.Queued || s.Total.Retried != 5 {
			t.Errorf("%+v", s)
		}
		stopWithin(d, time.Second)
	})
}

// TestLeaving: whoever delivers the end of what was removed is needed until it is
// delivered, or given up, and no longer.
func TestLeaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var left atomic.Int32
		d := notify.New("", func(h notify.Happening) {
			if h.Outcome == notify.Left {
				left.Add(1)
			}
		})
		expect := func(leaving, events string) {
			t.Helper()
			if diff := cmp.Diff(leaving+" "+events, fmt.Sprint(d.Leaving(), left.Load())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		h, slow := newHook(t, "h", nil), newHook(t, "slow", takes(2*time.Second))
		h.block.ForAll, h.block.Subjects = false, in("A")
		d.Set(setup(in("A", "B", "G"), h, slow))
		for _, s := range in("A", "B", "G") {
			d.Post(change(s.Name, "initialize", "active"))
		}
		pass(time.Minute)
		expect("[]", "0")
		d.Set(setup(in("A", "G"))) // of B it wants to know the end, of the others nothing
		expect("[slow]", "0")
		d.Post(change("B", "active", "stopped"))
		pass(time.Second)
		expect("[slow]", "0")
		pass(2 * time.Second)
		expect("[]", "1")

		d.Set(setup(in("A", "G"), h, slow))
		pass(time.Minute)
		d.Set(setup(nil))
		d.Post(change("A", "active", "stopped"))
		synctest.Wait()
		expect("[slow slow]", "2")
		pass(time.Minute)
		expect("[]", "4")

		d.Set(setup(in("C"), slow)) // which never begins
		d.Set(setup(nil))
		expect("[slow]", "4")
		pass(5 * time.Second)
		expect("[]", "5")
		stopWithin(d, time.Second)
	})
}

// TestUnbound: a block that has nothing to do with a subject any more hears no
// more of it, and what waits is lost.
func TestUnbound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t, "h", takes(2*time.Second))
		d := notify.New("", silent)
		d.Set(setup(in("A"), h))
		d.Post(change("A", "initialize", "backup"))
		d.Post(change("A", "backup", "active"))
		pass(time.Second)
		d.Set(setup(in("A")))
		d.Post(change("A", "active", "fault"))
		if s := d.Status(); len(s.Queues) != 1 || s.Total.Lost != 1 {
			t.Errorf("%+v", s)
		}
		d.Set(setup(in("A"), h)) // while the old one is still in flight
		pass(time.Minute)
		h.expect("0s A initialize>backup", "2s A =fault")
		d.Set(setup(in("A")))
		if s := d.Status(); len(s.Queues) != 0 || s.Total.Delivered != 2 || s.Total.Queued != 3 {
			t.Errorf("%+v", s)
		}
		stopWithin(d, time.Minute)
		h.expect()
	})
}

// TestUnboundFailing: a delivery that has failed is not tried again for a block
// that was removed, before the attempt or after it.
func TestUnboundFailing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t, "h", func(context.Context, sdk.Event) error {
			time.Sleep(2 * time.Second)
			return sdk.RetryAfter(errBroken, time.Minute)
		})
		var outcomes []notify.Outcome
		d := notify.New("", func(h notify.Happening) { outcomes = append(outcomes, h.Outcome) })
		for _, wait := range []time.Duration{time.Second, 3 * time.Second} {
			d.Set(setup(in("A"), h))
			d.Post(change("A", "initialize", "backup"))
			pass(wait)
			d.Set(setup(in("A")))
			pass(2 * time.Second)
			if s := d.Status(); len(s.Queues) != 0 {
				t.Errorf("%+v", s)
			}
			d.Post(change("A", "backup", "initialize"))
		}
		if diff := cmp.Diff("[lost retrying lost]", fmt.Sprint(outcomes)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		stopWithin(d, time.Second)
	})
}

// TestPluginRestarted: nothing older than the present state is delivered, and that
// only if it is news.
func TestPluginRestarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := true
		h := newHook(t, "h", func(context.Context, sdk.Event) error {
			if down {
				return sdk.RetryAfter(errBroken, time.Minute)
			}
			return nil
		})
		steady := newHook(t, "steady", nil)
		d := notify.New("", silent)
		d.Set(setup(in("A", "B"), h, steady))
		d.Post(change("A", "initialize", "backup"))
		d.Post(change("B", "initialize", "backup"))
		pass(time.Second)
		h.expect("0s A initialize>backup", "0s B initialize>backup")
		d.Post(change("A", "backup", "active"))
		pass(time.Second)
		h.expect("1s A backup>active")
		down = false
		d.Restarted("h")
		d.Restarted("unheard of")
		synctest.Wait()
		h.expect("2s A backup>active", "2s B initialize>backup")

		// It makes haste once.
		down = true
		h.block.On = []string{"active", "fault", "backup", "conflict"}
		d.Set(setup(in("A", "B"), h, steady))
		d.Post(change("B", "backup", "fault"))
		synctest.Wait()
		h.expect("2s B backup>fault")
		d.Restarted("h")
		synctest.Wait()
		h.expect("2s B backup>fault")
		d.Post(news("B", sdk.Conflict)) // waits for the state
		synctest.Wait()
		h.expect()
		down = false
		d.Restarted("h")
		synctest.Wait()
		h.expect("2s B backup>fault", "2s B conflict")

		// It dies with a lot before it, and comes back to the state that it knows.
		h.behave = hangs
		d.Post(news("A", sdk.Conflict))
		synctest.Wait()
		d.Post(change("A", "active", "fault"))
		d.Post(change("A", "fault", "backup"))
		d.Post(change("A", "backup", "active"))
		h.behave = nil
		d.Restarted("h")
		pass(time.Minute)
		h.expect("2s A conflict")
		q := d.Status().Queues[0]
		if q.Counters.Coalesced != 2 || q.Counters.Unchanged != 1 || q.Told != "active" {
			t.Errorf("%+v", q)
		}
		balanced(t, d.Status())
		stopWithin(d, time.Second)
	})
}

// TestSnapshot: whoever knows is not told again.
func TestSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t, "h", nil)
		d := notify.New("", silent)
		d.Set(setup(in("A"), h))
		tell := func(state string) {
			e := change("A", "", state)
			e.Kind = sdk.Snapshot
			d.Post(e)
			synctest.Wait()
		}
		tell("backup")
		h.expect("0s A =backup")
		tell("backup")
		h.expect()
		d.Post(change("A", "backup", "active"))
		tell("active")
		h.expect("0s A backup>active")
		stopWithin(d, time.Second)
	})
}
