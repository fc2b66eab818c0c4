package main

import (
	"fmt"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// pair is an active router and a backup, of the same daemon, on one segment.
type pair struct {
	lab     *lab.Lab
	capture *lab.Capture
	daemon  daemon
	first   *lab.Node // the active one
	second  *lab.Node
	agent   *lab.Process
	routers []router // the first's
	backup  []router // the second's
}

// newPair makes a lab in which both daemons of a pair run and the first is active,
// with priorities of 200 and 100.
func (s *session) newPair(d daemon, interval time.Duration) (*pair, error) {
	nothing := func(*lab.Node) error { return nil }
	return s.pairOf(d, several(1, 200, interval), several(1, 100, interval), nothing)
}

// pairOf is like newPair, with these routers on the two nodes. What the first
// needs before its daemon starts is there when prepare has returned.
func (s *session) pairOf(d daemon, first, second []router, prepare func(*lab.Node) error, options ...lab.NodeOption) (*pair, error) {
	l, err := lab.New(s.ctx)
	if err != nil {
		return nil, err
	}
	p := &pair{lab: l, daemon: d, routers: first, backup: second}
	if err := p.build(prepare, options); err != nil {
		l.Close()
		return nil, fmt.Errorf("%s: %w", d.name, err)
	}
	return p, nil
}

func (p *pair) build(prepare func(*lab.Node) error, options []lab.NodeOption) (err error) {
	if p.first, err = p.lab.AddNode("first", append([]lab.NodeOption{lab.At("10.0.0.1/16")}, options...)...); err != nil {
		return err
	}
	if p.second, err = p.lab.AddNode("second", lab.At("10.0.0.2/16")); err != nil {
		return err
	}
	if p.capture, err = p.lab.Capture(); err != nil {
		return err
	}
	if err := prepare(p.first); err != nil {
		return err
	}
	if err := p.startFirst(); err != nil {
		return err
	}
	_, err = p.daemon.start(p.second, p.backup)
	return err
}

func (p *pair) startFirst() (err error) {
	p.agent, err = p.daemon.start(p.first, p.routers)
	return err
}

func (p *pair) interval() time.Duration { return p.routers[0].interval }

// settle waits until the first node alone has been active for a few intervals.
func (p *pair) settle() error {
	address := p.routers[0].address
	if err := p.lab.WaitHolders(address, 10*time.Second+8*p.interval(), p.first); err != nil {
		return err
	}
	// Not a wait for something to happen, but for the schedule to be in its
	// ordinary course, and at another phase each time.
	time.Sleep(3*p.interval() + time.Duration(time.Now().UnixNano()%int64(p.interval())))
	return p.lab.WaitHolders(address, time.Second, p.first)
}

// wait waits for the first event after a time.
func (p *pair) wait(after time.Time, match lab.Match) (lab.Event, error) {
	return p.capture.Wait(10*time.Second+8*p.interval(), func(e lab.Event) bool {
		return e.At.After(after) && match(e)
	})
}

// takeover waits for the second node to take over after a time, and returns its
// first advertisement and its first announcement.
func (p *pair) takeover(after time.Time) (advert, announcement lab.Event, err error) {
	if advert, err = p.wait(after, lab.AdvertFrom(p.second, 1)); err != nil {
		return advert, announcement, err
	}
	announcement, err = p.wait(after, lab.AnnouncementFrom(p.second, p.routers[0].address))
	return advert, announcement, err
}
