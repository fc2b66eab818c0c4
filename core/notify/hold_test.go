package notify_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/sentinel-ha/sentinel/core/notify"
)

// TestHold: the hooks of a subject wait until it is released, and then hear of
// everything in order; those of others do not. One that is new hears of the newest
// state only.
func TestHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, later := newHook(t, "h", nil), newHook(t, "later", nil)
		d := notify.New("", silent)
		d.Set(setup(in("A", "B", "G"), h))
		for _, subject := range in("A", "G") {
			d.Hold(subject)
		}
		d.Hold(in("C")[0]) // nobody
		d.Post(change("A", "initialize", "backup"))
		d.Post(change("B", "initialize", "backup"))
		d.Post(change("G", "initialize", "backup"))
		pass(time.Second)
		d.Post(change("A", "backup", "active"))
		d.Set(setup(in("A", "B", "G"), h, later))
		pass(time.Second)
		h.expect("0s B initialize>backup")
		later.expect("1s B =backup")

		d.Release(in("A")[0])
		synctest.Wait()
		h.expect("2s A initialize>backup", "2s A backup>active")
		later.expect("2s A =active")
		d.Post(change("A", "active", "fault")) // and it is over
		d.ReleaseAll()
		synctest.Wait()
		h.expect("2s A active>fault", "2s G initialize>backup")
		later.expect("2s A active>fault", "2s G =backup")

		d.Hold(in("A")[0])
		d.Post(change("A", "fault", "backup"))
		d.Hold(in("B")[0])
		d.Post(change("B", "backup", "stopped")) // it is removed
		d.Set(setup(in("A", "G"), h, later))
		pass(time.Second)
		h.expect()
		later.expect()
		d.Release(in("B")[0])
		synctest.Wait()
		h.expect("3s B backup>stopped")
		later.expect("3s B backup>stopped")
		if lost := stopWithin(d, time.Second); lost != 0 {
			t.Errorf("%d lost", lost)
		}
		h.expect("3s A fault>stopped+1", "3s G backup>stopped")
		later.expect("3s A fault>stopped+1", "3s G backup>stopped")
		balanced(t, d.Status())
	})
}
