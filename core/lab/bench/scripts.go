package main

import (
	"fmt"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// scripts measures what it costs to run a program for each tracker every second,
// without what the programs themselves cost.
func (s *session) scripts() error {
	routers := several(1, 200, time.Second)
	for i := range many {
		routers[0].trackers = append(routers[0].trackers, nth("script", i))
	}
	cpu := row{label: "processor time a minute", unit: "s", digits: 3}
	run := row{label: "  for each run (aim: keepalived's and 400 us)", unit: "us"}
	agent := row{label: "  of the agent, without its plugins", unit: "s", digits: 3}
	memory := row{label: "memory, not shared twice (PSS)", unit: "MB", digits: 1}
	plugins := row{label: "  of all plugins (aim: 25 MB)", unit: "MB", digits: 1}
	for _, d := range s.daemons {
		e, err := s.expense(d, routers)
		if err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		perMinute := float64(time.Minute) / float64(window)
		cpu.figures = append(cpu.figures, e.cpu.Seconds()*perMinute)
		run.figures = append(run.figures, float64(e.cpu.Microseconds())/(many*window.Seconds()))
		memory.figures = append(memory.figures, float64(e.memory)/1e6)
		if !d.plugins {
			agent.figures, plugins.figures = append(agent.figures, absent), append(plugins.figures, absent)
			continue
		}
		agent.figures = append(agent.figures, e.mainCPU.Seconds()*perMinute)
		plugins.figures = append(plugins.figures, float64(e.memory-e.mainMemory)/1e6)
	}
	for _, r := range []row{cpu, run, agent, memory, plugins} {
		s.table.add(r)
	}
	return nil
}

// expense is what a daemon's own processes cost, and of that its first one.
type expense struct {
	cpu, mainCPU       time.Duration // in a window
	memory, mainMemory int64         // PSS, in bytes
}

func (s *session) expense(d daemon, routers []router) (e expense, err error) {
	nothing := func(*lab.Node) error { return nil }
	err = s.settled(d, routers, nothing, func(p *lab.Process) error {
		before := p.OwnUsage()
		time.Sleep(window)
		after := p.OwnUsage()
		e.mainCPU, e.mainMemory = after[p.PID()].CPU-before[p.PID()].CPU, after[p.PID()].PSS
		for pid, earlier := range before {
			// One that is not there any more was about to become a script, and shared all
			// memory with the one that made it.
			if now, ok := after[pid]; ok {
				e.cpu += now.CPU - earlier.CPU
				e.memory += now.PSS
			}
		}
		return nil
	})
	return e, err
}
