package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// In `track` the first node is the better one, by less than a tracker's weight.
const (
	betterPriority = 150
	otherPriority  = 140
	weight         = -20

	trackInterval = 100 * time.Millisecond
	skew          = trackInterval * (256 - otherPriority) / 256
)

// consequence is what a failure means to the router.
type consequence struct {
	label  string
	weight int
	floor  time.Duration // until the other node can be active
}

// consequences are a fault and a weight. Below the floors the protocol does not let
// the other node go: in a fault it has to wait for Skew_Time; with a weight for
// Active_Down_Interval since the last of the better advertisements, half an interval
// ago in the median.
func consequences(weight int) []consequence {
	return []consequence{{"fault", 0, skew}, {"weight", weight, 3*trackInterval + skew - trackInterval/2}}
}

// track measures how fast something that is tracked moves the address.
func (s *session) track() error {
	for _, c := range consequences(weight) {
		for _, f := range []struct {
			label   string
			failure func() failure
		}{
			{"process killed", func() failure { return &death{} }},
			{"file replaced", func() failure { return &number{} }},
			{"file written", func() failure { return &number{inPlace: true} }},
			{"interface set down", func() failure { return &cable{} }},
		} {
			if err := s.tracked(c.label+": "+f.label, c.weight, c.floor, f.failure); err != nil {
				return err
			}
		}
	}
	return nil
}

// eventless is a remark on what Sentinel does: the kernel's process connector works
// in the initial namespaces only, and a lab's are others.
const eventless = "sentinel by pidfds and a look at /proc every second, as in all namespaces but the first"

// tracked adds the two times of a failure.
func (s *session) tracked(label string, weight int, floor time.Duration, make func() failure) error {
	var adverts, announcements []time.Duration
	var notes []string
	if make().tracker().kind == "process" {
		notes = append(notes, eventless)
	}
	for _, d := range s.daemons {
		advert, announcement, err := s.failures(d, weight, make())
		if reason := (*unable)(nil); errors.As(err, &reason) {
			notes = append(notes, d.name+" "+reason.why)
			advert, announcement = missing, missing
		} else if err != nil {
			return fmt.Errorf("%s: %s: %w", label, d.name, err)
		}
		adverts, announcements = append(adverts, advert), append(announcements, announcement)
	}
	s.table.times(label+": to the changed advertisement", 3, adverts...)
	s.table.times(fmt.Sprintf("  to the other's first gratuitous ARP (floor %.1f ms)", floor.Seconds()*1000), 3, announcements...)
	s.table.notes(notes)
	return nil
}

// failures measures from a failure to the advertisement that says so, and to the
// other node's first announcement.
func (s *session) failures(d daemon, weight int, f failure) (advert, announcement time.Duration, err error) {
	first, second := several(1, betterPriority, trackInterval), several(1, otherPriority, trackInterval)
	watched := f.tracker()
	watched.weight = weight
	first[0].trackers = []tracker{watched}
	p, err := s.pairOf(d, first, second, f.begin, lab.On("back", "10.1.0.1/16"))
	if err != nil {
		return 0, 0, err
	}
	defer p.lab.Close()
	changed := uint8(0)
	if weight != 0 {
		changed = uint8(betterPriority + weight)
	}
	var adverts, announcements []time.Duration
	for i := range s.runs {
		if err := p.calm(); err != nil {
			return 0, 0, err
		}
		// Some of the times depend on the place in the interval, so that the failures
		// come at the same places for every daemon.
		if err := p.waitPhase(trackInterval * time.Duration(2*i+1) / time.Duration(2*s.runs)); err != nil {
			return 0, 0, err
		}
		at, err := f.fail()
		if err != nil {
			return 0, 0, err
		}
		said, err := p.wait(at, p.priority(changed))
		if err != nil {
			return 0, 0, fmt.Errorf("no advertisement of priority %d: %w\n%s", changed, err, p.agent.Log())
		}
		_, taken, err := p.takeover(at)
		if err != nil {
			return 0, 0, err
		}
		adverts, announcements = append(adverts, said.At.Sub(at)), append(announcements, taken.At.Sub(at))
		if err := f.repair(); err != nil {
			return 0, 0, err
		}
	}
	return median(adverts), median(announcements), nil
}

// priority picks the first node's advertisements of a priority.
func (p *pair) priority(value uint8) lab.Match {
	from := lab.AdvertFrom(p.first, 1)
	return func(e lab.Event) bool { return from(e) && e.Advert.Priority == value }
}

// calm waits until both nodes agree that the first is active with its full
// priority, which shows that its tracker is well, and have for some time.
func (p *pair) calm() error {
	if _, err := p.wait(time.Now(), p.priority(betterPriority)); err != nil {
		return fmt.Errorf("the first does not become active again: %w\n%s", err, p.agent.Log())
	}
	const patience = 10 * time.Second
	for begun := time.Now(); time.Since(begun) < patience; {
		if err := p.lab.WaitHolders(p.routers[0].address, patience, p.first); err != nil {
			return err
		}
		from := time.Now()
		time.Sleep(3 * p.interval())
		_, other := p.capture.Last(func(e lab.Event) bool {
			return e.At.After(from) && e.Kind == lab.Advertisement && !p.priority(betterPriority)(e)
		})
		if !other {
			return nil
		}
	}
	return fmt.Errorf("no calm within %v", patience)
}

// waitPhase waits until a time after the next advertisement of the first node.
func (p *pair) waitPhase(after time.Duration) error {
	last, err := p.wait(time.Now(), lab.AdvertFrom(p.first, 1))
	if err != nil {
		return err
	}
	time.Sleep(time.Until(last.At.Add(after)))
	return nil
}
