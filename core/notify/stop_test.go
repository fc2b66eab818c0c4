package notify_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sentinel-ha/sentinel/core/notify"
	"github.com/sentinel-ha/sentinel/sdk"
)

// TestStop: everybody is told once that it is over, with nothing in between.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, slow := newHook(t, "h", nil), newHook(t, "slow", takes(time.Second))
		slow.block.On = []string{"active", "backup", "fault", "stopped", "conflict"}
		d := notify.New("", silent)
		d.Set(setup(in("A", "B", "C", "G"), h, slow))
		d.Post(change("A", "initialize", "backup"))
		d.Post(change("B", "initialize", "backup"))
		d.Post(change("B", "backup", "stopped")) // by itself
		d.Post(change("G", "initialize", "active"))
		synctest.Wait()
		d.Post(change("A", "backup", "active"))
		d.Post(news("A", sdk.Conflict))
		synctest.Wait()
		d.Post(change("A", "active", "fault"))
		synctest.Wait()
		if lost := stopWithin(d, 5*time.Second); lost != 0 {
			t.Errorf("%d lost", lost)
		}
		if took := time.Since(h.began); took != 2*time.Second {
			t.Errorf("it took %v", took)
		}
		h.expect("0s A initialize>backup", "0s A backup>active", "0s A active>fault", "0s A fault>stopped",
			"0s B initialize>backup", "0s B backup>stopped", "0s G initialize>active", "0s G active>stopped")
		slow.expect("0s A initialize>backup", "1s A backup>stopped+2",
			"0s B initialize>backup", "1s B backup>stopped", "0s G initialize>active", "1s G active>stopped")
		balanced(t, d.Status())
		if c := d.Status().Total; c.Lost != 1 || c.Coalesced != 2 { // the conflict
			t.Errorf("%+v", c)
		}
		d.Post(change("A", "initialize", "backup"))
		d.Set(setup(in("A"), h))
		pass(time.Minute)
		h.expect()
	})
}

// TestStopBudget: those that hang are cancelled so that they can be told; those that
// do not end even then, or cannot take it, are lost when the time is over, and
// nothing else is.
func TestStopBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		hung := newHook(t, "hung", func(ctx context.Context, e sdk.Event) error {
			if e.To != "stopped" {
				return hangs(ctx, e)
			}
			return nil
		})
		deaf := newHook(t, "deaf", func(context.Context, sdk.Event) error {
			<-release
			return nil
		})
		failing := newHook(t, "failing", func(context.Context, sdk.Event) error { return sdk.RetryAfter(errBroken, 4*time.Second) })
		hooks := []*hook{hung, deaf, failing, newHook(t, "fine", nil)}
		subjects := in("A", "B", "C", "D", "E", "F", "G")
		var lost int
		d := notify.New(t.TempDir(), func(h notify.Happening) {
			switch {
			case h.Outcome == notify.Lost:
				lost++
			case h.Outcome == notify.Expired && h.Block == "hung" &&
				h.Err.Error() != "cut short: the agent stops, and there was something newer to tell":
				t.Error(h.Err)
			}
		})
		d.Set(setup(subjects, hooks...))
		for _, s := range subjects {
			d.Post(change(s.Name, "initialize", "active"))
		}
		pass(time.Second)
		began := time.Now()
		// Of each subject two at the deaf hook, and the end at the failing one.
		if got := stopWithin(d, 5*time.Second); got != 7*3 || lost != 7*2 {
			t.Errorf("%d lost, %d told of", got, lost)
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
		hung.expect("0s A initialize>active", "3s A active>stopped", "0s B initialize>active", "3s B active>stopped",
			"0s C initialize>active", "3s C active>stopped", "0s D initialize>active", "3s D active>stopped",
			"0s E initialize>active", "3s E active>stopped", "0s F initialize>active", "3s F active>stopped",
			"0s G initialize>active", "3s G active>stopped")
		balanced(t, d.Status())
		total := d.Status().Total
		close(release)
		synctest.Wait()
		if after := d.Status().Total; after != total {
			t.Errorf("counted again: %+v after %+v", after, total)
		}
		if total.Lost != 21 || total.Queued != 4*7*2 {
			t.Errorf("%+v", total)
		}
	})
}

// TestStopOvertime: what is still at work after its timeout is cancelled as well, so
// that the end can be told.
func TestStopOvertime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t, "h", func(ctx context.Context, e sdk.Event) error {
			if e.To != "stopped" {
				return hangs(ctx, e)
			}
			return nil
		})
		h.block.Timeout, h.overtime = time.Second, time.Minute
		d := notify.New("", silent)
		d.Set(setup(in("A"), h))
		d.Post(change("A", "initialize", "active"))
		pass(2 * time.Second)
		if lost := stopWithin(d, 5*time.Second); lost != 0 {
			t.Errorf("%d lost", lost)
		}
		h.expect("0s A initialize>active", "4s A active>stopped")
		if c := d.Status().Total; c.TimedOut != 1 {
			t.Errorf("%+v", c)
		}
	})
}

// TestStopEarly: who was never told anything is not told the end of it, unless the
// process before has.
func TestStopEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		directory := t.TempDir()
		h := newHook(t, "h", nil)
		d := notify.New(directory, silent)
		d.Set(setup(in("A", "B"), h))
		d.Post(change("A", "initialize", "active"))
		copied := crash(t, directory)
		stopWithin(d, time.Second)
		h.expect("0s A initialize>active", "0s A active>stopped")
		d = notify.New(copied, silent)
		d.Set(setup(in("A", "B"), h))
		stopWithin(d, time.Second)
		h.expect("0s A initialize>stopped")
		d = notify.New(copied, silent)
		d.Set(setup(in("A", "B"), h))
		stopWithin(d, time.Second)
		h.expect()
	})
}
