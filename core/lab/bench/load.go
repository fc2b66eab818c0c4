package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// window is how long processor time is measured; the figures are scaled to a
// minute.
const window = 10 * time.Second

// load measures what an active router costs.
func (s *session) load() error {
	nothing := func(*lab.Node) error { return nil }
	for _, c := range []struct {
		routers  int
		interval time.Duration
	}{
		{1, time.Second}, {255, time.Second}, {255, 100 * time.Millisecond}, {20, 10 * time.Millisecond},
	} {
		label := fmt.Sprintf("%d at %v", c.routers, c.interval)
		if err := s.costs(label, several(c.routers, 200, c.interval), nothing); err != nil {
			return err
		}
	}
	return nil
}

// costs adds the rows of what routers cost, and notes on them.
func (s *session) costs(label string, routers []router, prepare func(*lab.Node) error, notes ...string) error {
	cpu := row{label: label + ": processor time a minute", unit: "s", digits: 3}
	rss := row{label: label + ": resident memory", unit: "MB", digits: 1}
	pss := row{label: label + ": of which not shared twice (PSS)", unit: "MB", digits: 1}
	for _, d := range s.daemons {
		used, memory, err := s.cost(d, routers, prepare)
		if reason := (*unable)(nil); errors.As(err, &reason) {
			notes = append(notes, d.name+" "+reason.why)
			for _, r := range []*row{&cpu, &rss, &pss} {
				r.figures = append(r.figures, absent)
			}
			continue
		} else if err != nil {
			return fmt.Errorf("%s: %s: %w", label, d.name, err)
		}
		cpu.figures = append(cpu.figures, used.Seconds()*float64(time.Minute)/float64(window))
		rss.figures = append(rss.figures, float64(memory.RSS)/1e6)
		pss.figures = append(pss.figures, float64(memory.PSS)/1e6)
	}
	for _, r := range []row{cpu, rss, pss} {
		s.table.add(r)
	}
	s.table.notes(notes)
	return nil
}

// cost returns the processor time of a window and the memory at its end.
func (s *session) cost(d daemon, routers []router, prepare func(*lab.Node) error) (used time.Duration, after lab.Usage, err error) {
	err = s.settled(d, routers, prepare, func(process *lab.Process) error {
		before, err := process.Usage()
		if err != nil {
			return err
		}
		time.Sleep(window)
		after, err = process.Usage()
		used = after.CPU - before.CPU
		return err
	})
	return used, after, err
}

// settled runs a daemon until all its routers have been active for a while, and
// then f. What its node needs before it starts is there when prepare has returned.
func (s *session) settled(d daemon, routers []router, prepare func(*lab.Node) error, f func(*lab.Process) error) error {
	l, err := lab.New(s.ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	node, err := l.AddNode("node", lab.At("10.0.0.1/16"))
	if err != nil {
		return err
	}
	// Frames must have somewhere to go, as on any network.
	if _, err := l.AddNode("other", lab.At("10.0.0.2/16")); err != nil {
		return err
	}
	if err := prepare(node); err != nil {
		return err
	}
	process, err := d.start(node, routers)
	if err != nil {
		return err
	}
	last := routers[len(routers)-1].address
	if err := l.WaitHolders(last, 30*time.Second, node); err != nil {
		return fmt.Errorf("%w\n%s", err, process.Log())
	}
	time.Sleep(7 * time.Second) // past the second burst of announcements
	return f(process)
}
