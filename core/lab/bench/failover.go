package main

import (
	"fmt"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// death measures failover when the active host vanishes.
func (s *session) death() error {
	for _, interval := range []time.Duration{time.Second, 100 * time.Millisecond, 10 * time.Millisecond} {
		var totals, binds []time.Duration
		for _, d := range s.daemons {
			total, bind, err := s.deaths(d, interval)
			if err != nil {
				return err
			}
			totals, binds = append(totals, total), append(binds, bind)
		}
		s.table.times(fmt.Sprintf("interval %v (the protocol's floor is %s)", interval, floor(interval)), 3, totals...)
		s.table.times("  of which from the new advertisement to the ARP", 3, binds...)
	}
	return nil
}

// floor is Active_Down_Interval for priority 100.
func floor(interval time.Duration) string {
	return fmt.Sprintf("%.3f ms", (3*interval+interval*156/256).Seconds()*1000)
}

func (s *session) deaths(d daemon, interval time.Duration) (total, bind time.Duration, err error) {
	p, err := s.newPair(d, interval)
	if err != nil {
		return 0, 0, err
	}
	defer p.lab.Close()
	var totals, binds []time.Duration
	for range s.runs {
		if err := p.settle(); err != nil {
			return 0, 0, err
		}
		if err := p.first.Cut(lab.Both); err != nil {
			return 0, 0, err
		}
		cut := time.Now()
		advert, announcement, err := p.takeover(cut)
		if err != nil {
			return 0, 0, err
		}
		// The capture hears a node that is cut off: only what came before counts.
		last, ok := p.capture.Last(func(e lab.Event) bool {
			return e.At.Before(cut) && lab.AdvertFrom(p.first, 1)(e)
		})
		if !ok {
			return 0, 0, fmt.Errorf("%s: the active node was never heard", d.name)
		}
		totals = append(totals, announcement.At.Sub(last.At))
		binds = append(binds, announcement.At.Sub(advert.At))
		if err := p.first.Kill(); err != nil {
			return 0, 0, err
		}
		if err := p.first.Heal(); err != nil {
			return 0, 0, err
		}
		if err := p.startFirst(); err != nil {
			return 0, 0, err
		}
	}
	return median(totals), median(binds), nil
}

// stop measures failover when the active agent is stopped gracefully.
func (s *session) stop() error {
	const interval = time.Second
	var medians []time.Duration
	for _, d := range s.daemons {
		m, err := s.stops(d, interval)
		if err != nil {
			return err
		}
		medians = append(medians, m)
	}
	s.table.times(fmt.Sprintf("interval %v (the protocol's floor is %.3f ms)", interval, interval.Seconds()*1000*156/256), 3, medians...)
	return nil
}

func (s *session) stops(d daemon, interval time.Duration) (time.Duration, error) {
	p, err := s.newPair(d, interval)
	if err != nil {
		return 0, err
	}
	defer p.lab.Close()
	var times []time.Duration
	for range s.runs {
		if err := p.settle(); err != nil {
			return 0, err
		}
		begun := time.Now()
		if _, err := p.agent.Stop(10 * time.Second); err != nil {
			return 0, err
		}
		_, announcement, err := p.takeover(begun)
		if err != nil {
			return 0, err
		}
		times = append(times, announcement.At.Sub(begun))
		if err := p.startFirst(); err != nil {
			return 0, err
		}
	}
	return median(times), nil
}
