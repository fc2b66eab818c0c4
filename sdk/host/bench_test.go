package host_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/host"
)

func benchmarked(b *testing.B, name string) host.Options {
	b.Helper()
	directory, err := os.MkdirTemp("", "sn")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(directory) })
	return host.Options{Name: "probe", Program: host.Self(), RuntimeDir: directory, Environment: []string{role + "=" + name}}
}

// BenchmarkLaunch is from nothing to a plugin that has described itself, with TLS
// and without.
func BenchmarkLaunch(b *testing.B) {
	for _, name := range []string{"good", "bare"} {
		b.Run(name, func(b *testing.B) {
			o := benchmarked(b, name)
			for b.Loop() {
				p, err := host.Launch(b.Context(), o)
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				stop(p)
				b.StartTimer()
			}
		})
	}
}

// BenchmarkKill is from SIGKILL to the end of a tracker's stream.
func BenchmarkKill(b *testing.B) {
	o := benchmarked(b, "good")
	var took []time.Duration
	for b.Loop() {
		b.StopTimer()
		p, err := host.Launch(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		first, ended := make(chan sdk.Result, 10), make(chan error, 1)
		go func() {
			ended <- p.Track(context.Background(), "numbers", sdk.Values{"count": int64(1)}, sdk.Schedule{}, func(r sdk.Result) { first <- r })
		}()
		<-first
		b.StartTimer()
		began := time.Now()
		_ = syscall.Kill(p.Pid(), syscall.SIGKILL)
		<-ended
		took = append(took, time.Since(began))
		b.StopTimer()
		stop(p)
		b.StartTimer()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-median")
	b.ReportMetric(float64(took[len(took)-1].Microseconds()), "µs-max")
}

// BenchmarkHundred is 100 trackers in one process, and its memory.
func BenchmarkHundred(b *testing.B) {
	for b.Loop() {
		p, err := host.Launch(b.Context(), benchmarked(b, "good"))
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context())
		var running, heard sync.WaitGroup
		for range 100 {
			heard.Add(1)
			running.Go(func() {
				once := sync.OnceFunc(heard.Done)
				_ = p.Track(ctx, "file", sdk.Values{"path": "/proc"}, sdk.Schedule{Interval: time.Second}, func(sdk.Result) { once() })
			})
		}
		heard.Wait()
		b.StopTimer()
		time.Sleep(3 * time.Second)
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.Pid()))
		for line := range strings.Lines(string(text)) {
			var kilobytes float64
			if n, _ := fmt.Sscanf(line, "Pss: %f", &kilobytes); n == 1 {
				b.ReportMetric(kilobytes/1024, "MB-PSS")
			}
		}
		cancel()
		running.Wait()
		stop(p)
		b.StartTimer()
	}
}
