package lab

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func TestJournalForgetsTheOldest(t *testing.T) {
	j := newJournal[int](3)
	for i := range 10 {
		j.add(i)
	}
	if diff := cmp.Diff([]int{6, 7, 8, 9}, j.all()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestJournalWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJournal[int](3)
		j.add(1)
		above := func(limit int) func(int) bool { return func(i int) bool { return i > limit } }
		if got, err := j.wait(t.Context(), above(0)); got != 1 || err != nil {
			t.Errorf("got %d, %v, want what is there", got, err)
		}
		result := make(chan int)
		go func() {
			got, _ := j.wait(t.Context(), above(4))
			result <- got
		}()
		synctest.Wait()
		for i := 2; i <= 20; i++ { // more than it remembers, while the waiter sleeps
			j.add(i)
		}
		if got := <-result; got <= 4 {
			t.Errorf("got %d, want more than 4", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := j.wait(ctx, above(100)); err != context.Canceled {
			t.Errorf("got %v from a wait that was cancelled", err)
		}
	})
}
