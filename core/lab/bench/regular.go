package main

import (
	"fmt"
	"runtime"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// watching is how long gaps are watched.
const watching = 20 * time.Second

// gaps measures the regularity of advertisements at the shortest interval, on an
// idle machine and beside a busy loop for each processor.
func (s *session) gaps() error {
	for _, busy := range []int{0, runtime.NumCPU()} {
		label := "idle"
		if busy > 0 {
			label = fmt.Sprintf("beside %d busy loops", busy)
		}
		var p50, p99, longest []time.Duration
		takeovers := row{label: label + ": false takeovers", unit: "", plain: true}
		for _, d := range s.daemons {
			gaps, unfounded, err := s.watch(d, busy)
			if err != nil {
				return fmt.Errorf("%s: %w", d.name, err)
			}
			p50, p99, longest = append(p50, gaps.P50), append(p99, gaps.P99), append(longest, gaps.Max)
			takeovers.figures = append(takeovers.figures, float64(unfounded))
		}
		s.table.times(label+": gap, median", 3, p50...)
		s.table.times(label+": gap, 99th percentile", 3, p99...)
		s.table.times(label+": gap, longest", 3, longest...)
		s.table.add(takeovers)
	}
	return nil
}

// watch returns the gaps of the active router of a pair, and how often the other
// took over though nothing was wrong.
func (s *session) watch(d daemon, busy int) (lab.Gaps, int, error) {
	p, err := s.newPair(d, 10*time.Millisecond)
	if err != nil {
		return lab.Gaps{}, 0, err
	}
	defer p.lab.Close()
	if err := p.settle(); err != nil {
		return lab.Gaps{}, 0, err
	}
	idle, err := p.lab.AddNode("busy")
	if err != nil {
		return lab.Gaps{}, 0, err
	}
	for range busy {
		if _, err := idle.Start(lab.Command{Path: "sh", Args: []string{"-c", "while :; do :; done"}}); err != nil {
			return lab.Gaps{}, 0, err
		}
	}
	p.capture.Close()
	capture, err := p.lab.Capture()
	if err != nil {
		return lab.Gaps{}, 0, err
	}
	defer capture.Close()
	time.Sleep(watching)
	takeovers := 0
	for _, t := range capture.Takeovers() {
		if t.To == p.second {
			takeovers++
		}
	}
	return capture.Gaps(lab.AdvertFrom(p.first, 1)), takeovers, nil
}

// start measures how fast many routers begin.
func (s *session) start() error {
	var medians []time.Duration
	for _, d := range s.daemons {
		var times []time.Duration
		for range s.runs {
			t, err := s.starts(d)
			if err != nil {
				return fmt.Errorf("%s: %w", d.name, err)
			}
			times = append(times, t)
		}
		medians = append(medians, median(times))
	}
	s.table.times("255 owners", 1, medians...)
	return nil
}

func (s *session) starts(d daemon) (time.Duration, error) {
	l, err := lab.New(s.ctx)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	node, err := l.AddNode("node", lab.At("10.0.0.1/16"))
	if err != nil {
		return 0, err
	}
	capture, err := l.Capture()
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	process, err := d.start(node, several(255, 255, time.Second))
	if err != nil {
		return 0, err
	}
	var last time.Time
	for vrid := 1; vrid <= 255; vrid++ {
		event, err := capture.Wait(30*time.Second, lab.AdvertFrom(node, uint8(vrid)))
		if err != nil {
			return 0, fmt.Errorf("router %d does not advertise: %w\n%s", vrid, err, process.Log())
		}
		if event.At.After(last) {
			last = event.At
		}
	}
	return last.Sub(begun), nil
}
