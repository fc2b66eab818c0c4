package main

import (
	"fmt"
	"syscall"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// launch measures how soon the first script of a configuration has a verdict, which
// takes Sentinel a plugin: from the start of the daemon, and from a reload that adds
// it to a router that is active.
func (s *session) launch() error {
	var starts, reloads []time.Duration
	for _, d := range s.daemons {
		start, reload, err := s.launches(d)
		if err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		starts, reloads = append(starts, start), append(reloads, reload)
	}
	s.table.times("from the start of the daemon", 1, starts...)
	s.table.times("from SIGHUP, of an active router", 1, reloads...)
	return nil
}

func (s *session) launches(d daemon) (start, reload time.Duration, err error) {
	l, err := lab.New(s.ctx)
	if err != nil {
		return 0, 0, err
	}
	defer l.Close()
	node, err := l.AddNode("node", lab.At("10.0.0.1/16"))
	if err != nil {
		return 0, 0, err
	}
	without := several(1, 200, 100*time.Millisecond)
	with := several(1, 200, 100*time.Millisecond)
	with[0].trackers = []tracker{nth("script", 0)}
	var starts, reloads []time.Duration
	for range s.runs {
		begun := time.Now()
		process, err := d.start(node, with)
		if err != nil {
			return 0, 0, err
		}
		verdict, err := process.Log().Wait(d.verdict, 10*time.Second)
		if err != nil {
			return 0, 0, fmt.Errorf("%w\n%s", err, process.Log())
		}
		starts = append(starts, verdict.At.Sub(begun))
		if _, err := process.Stop(10 * time.Second); err != nil {
			return 0, 0, err
		}
		if took, err := s.reload(d, l, node, without, with); err != nil {
			return 0, 0, err
		} else {
			reloads = append(reloads, took)
		}
	}
	return median(starts), median(reloads), nil
}

// reload starts a daemon without a script and returns how soon it has the verdict
// of one.
func (s *session) reload(d daemon, l *lab.Lab, node *lab.Node, without, with []router) (time.Duration, error) {
	process, err := d.start(node, without)
	if err != nil {
		return 0, err
	}
	if err := l.WaitHolders(with[0].address, 10*time.Second, node); err != nil {
		return 0, err
	}
	if err := d.configure(node, with); err != nil {
		return 0, err
	}
	begun := time.Now()
	if err := process.Signal(syscall.SIGHUP); err != nil {
		return 0, err
	}
	verdict, err := process.Log().WaitSince(begun, d.verdict, 10*time.Second)
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, process.Log())
	}
	_, err = process.Stop(10 * time.Second)
	return verdict.At.Sub(begun), err
}
