package main

import (
	"fmt"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// window is how long processor time is measured; the figures are scaled to a
// minute.
const window = 10 * time.Second

// load measures what an active router costs.
func (s *session) load() error {
	for _, c := range []struct {
		routers  int
		interval time.Duration
	}{
		{1, time.Second}, {255, time.Second}, {255, 100 * time.Millisecond}, {20, 10 * time.Millisecond},
	} {
		cpu := row{label: fmt.Sprintf("%d at %v: processor time a minute", c.routers, c.interval), unit: "s", digits: 3}
		rss := row{label: fmt.Sprintf("%d at %v: resident memory", c.routers, c.interval), unit: "MB", digits: 1}
		pss := row{label: fmt.Sprintf("%d at %v: of which not shared twice (PSS)", c.routers, c.interval), unit: "MB", digits: 1}
		for _, d := range s.daemons {
			used, memory, err := s.cost(d, several(c.routers, 200, c.interval))
			if err != nil {
				return fmt.Errorf("%s: %w", d.name, err)
			}
			cpu.figures = append(cpu.figures, used.Seconds()*float64(time.Minute)/float64(window))
			rss.figures = append(rss.figures, float64(memory.RSS)/1e6)
			pss.figures = append(pss.figures, float64(memory.PSS)/1e6)
		}
		s.table.add(cpu)
		s.table.add(rss)
		s.table.add(pss)
	}
	return nil
}

// cost returns the processor time of a window and the memory at its end, of a
// daemon whose routers are all active.
func (s *session) cost(d daemon, routers []router) (time.Duration, lab.Usage, error) {
	l, err := lab.New(s.ctx)
	if err != nil {
		return 0, lab.Usage{}, err
	}
	defer l.Close()
	node, err := l.AddNode("node", lab.At("10.0.0.1/16"))
	if err != nil {
		return 0, lab.Usage{}, err
	}
	// Frames must have somewhere to go, as on any network.
	if _, err := l.AddNode("other", lab.At("10.0.0.2/16")); err != nil {
		return 0, lab.Usage{}, err
	}
	process, err := d.start(node, routers)
	if err != nil {
		return 0, lab.Usage{}, err
	}
	last := routers[len(routers)-1].address
	if err := l.WaitHolders(last, 30*time.Second, node); err != nil {
		return 0, lab.Usage{}, err
	}
	time.Sleep(7 * time.Second) // past the second burst of announcements
	before, err := process.Usage()
	if err != nil {
		return 0, lab.Usage{}, err
	}
	time.Sleep(window)
	after, err := process.Usage()
	return after.CPU - before.CPU, after, err
}
