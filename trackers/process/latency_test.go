package process

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk"
)

// BenchmarkKill measures from a kill to the report, and from a start to it.
func BenchmarkKill(b *testing.B) {
	for name, connect := range map[string]func() (*connector, error){"connector": connect, "fallback": disconnected} {
		b.Run(name, func(b *testing.B) {
			if name == "connector" {
				needConnector(b)
			}
			path := program(b, "sleep", "sntl-latency")
			r := run(b, newHub(b, "/proc", connect), configured("sntl-latency", unset, unset))
			r.want(sdk.Unhealthy, "no process sntl-latency")
			var kills, starts []time.Duration
			for b.Loop() {
				start := time.Now()
				c := sleeper(b, path)
				starts = append(starts, r.next().at.Sub(start))
				time.Sleep(20 * time.Millisecond) // as in quiet times
				killed := time.Now()
				_ = c.Process.Signal(unix.SIGKILL)
				kills = append(kills, r.next().at.Sub(killed))
				c.kill()
				time.Sleep(20 * time.Millisecond)
			}
			slices.Sort(kills)
			slices.Sort(starts)
			b.ReportMetric(float64(kills[len(kills)/2].Microseconds()), "kill-p50-us")
			b.ReportMetric(float64(kills[len(kills)*99/100].Microseconds()), "kill-p99-us")
			b.ReportMetric(float64(starts[len(starts)/2].Microseconds()), "start-p50-us")
		})
	}
}

// BenchmarkScan measures a look at all processes of the machine, and BenchmarkSweep
// what is done each second without events, once they are known.
func BenchmarkScan(b *testing.B) { benchmarkScan(b, (*table).scan) }

func BenchmarkSweep(b *testing.B) { benchmarkScan(b, (*table).sweep) }

func benchmarkScan(b *testing.B, scan func(*table, time.Time)) {
	t := newTable(&procfs{root: "/proc"})
	t.watches = []*watch{newWatch(configured("sntl-none", unset, unset), nil)}
	now := time.Now()
	t.scan(now.Add(-youth))
	b.ReportAllocs()
	for b.Loop() {
		scan(t, now)
	}
	list, _ := t.proc.entries()
	b.ReportMetric(float64(len(list)), "processes")
}

// BenchmarkIdle measures what a hundred trackers of a process each cost in a
// second without events.
func BenchmarkIdle(b *testing.B) {
	t := newTable(&procfs{root: "/proc"})
	t.follows = func(int) bool { return true }
	for i := range 100 {
		name := fmt.Sprintf("sntl-idle-%d", i)
		t.watches = append(t.watches, newWatch(configured(name, unset, unset), nil))
		player(b, self(b), "name "+name)
	}
	now := time.Now()
	t.scan(now.Add(-youth))
	time.Sleep(2 * settling)
	t.settle(now.Add(settling))
	b.ReportAllocs()
	for b.Loop() {
		t.sweep(now)
	}
}
