package sdktest

import (
	"context"
	"os"
	"testing"
	"time"
)

// Overdue is a context whose deadline passes when there is something in a file, which
// is how a program says that it has begun. Make one with [OverdueWhen].
type Overdue struct {
	context.Context
	passed chan struct{}
	at     time.Time // read after passed
}

// OverdueWhen returns a context that is over when there is something in a file, or after
// 15 seconds.
func OverdueWhen(t testing.TB, file string) *Overdue {
	o := &Overdue{Context: t.Context(), passed: make(chan struct{})}
	go func() {
		for began := time.Now(); time.Since(began) < 15*time.Second; time.Sleep(time.Millisecond) {
			if info, err := os.Stat(file); err == nil && info.Size() > 0 {
				break
			}
		}
		o.at = time.Now()
		close(o.passed)
	}()
	return o
}

// Deadline returns none, since nobody knows it before it passes.
func (o *Overdue) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done is closed when the deadline passes.
func (o *Overdue) Done() <-chan struct{} { return o.passed }

// Err returns [context.DeadlineExceeded] after that.
func (o *Overdue) Err() error {
	select {
	case <-o.passed:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// Since returns how long the deadline has passed. It waits for that.
func (o *Overdue) Since() time.Duration {
	<-o.passed
	return time.Since(o.at)
}
