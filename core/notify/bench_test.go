package notify_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/notify"
	"github.com/sentinel-ha/sentinel/sdk"
)

// BenchmarkPost is what the agent pays for an event that ten hooks want, and how
// long they wait for it.
func BenchmarkPost(b *testing.B) {
	for name, busy := range map[string]bool{"idle": false, "hanging": true} {
		b.Run(name, func(b *testing.B) {
			started := make(chan struct{}, 10)
			s := notify.Setup{Subjects: in("A")}
			for i := range 10 {
				s.Blocks = append(s.Blocks, notify.Block{Name: fmt.Sprint(i), ForAll: true, Deliver: func(ctx context.Context, _ time.Time, _ sdk.Event) error {
					started <- struct{}{}
					if busy {
						<-ctx.Done()
					}
					return nil
				}})
			}
			d := notify.New("", silent)
			d.Set(s)
			events := []sdk.Event{change("A", "backup", "active"), change("A", "active", "backup")}
			var posting time.Duration
			i := 0
			for b.Loop() {
				began := time.Now()
				d.Post(events[i%2])
				posting += time.Since(began)
				if i++; !busy || i == 1 {
					for range 10 {
						<-started
					}
				}
			}
			b.ReportMetric(float64(posting.Nanoseconds())/float64(i), "ns/post")
			stopWithin(d, time.Millisecond)
		})
	}
}
