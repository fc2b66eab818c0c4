package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// In `hooks` a file puts all routers of a node into fault, and lets them be active
// again. Both transitions show in an advertisement, of priority 0 and of another,
// from which it is measured to the first thing that a hook does.
const (
	crowd        = 10
	hookInterval = 30 * time.Millisecond
	hookPath     = "/run/hook"
	toldPath     = "/run/told"
	causePath    = "/run/cause/number"
)

// hooks measures how soon hooks start.
func (s *session) hooks() error {
	for _, c := range []struct {
		label          string
		routers, hooks int
	}{
		{"1 hook", 1, 1},
		{fmt.Sprintf("%d hooks of a router", crowd), 1, crowd},
		{fmt.Sprintf("%d routers with a hook each", crowd), crowd, 1},
	} {
		var p50, p99 []time.Duration
		for _, d := range s.daemons {
			if c.hooks > 1 && !d.plugins {
				p50, p99 = append(p50, missing), append(p99, missing)
				continue
			}
			delays, err := s.delays(d, c.routers, c.hooks)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", c.label, d.name, err)
			}
			p50, p99 = append(p50, percentile(delays, 50)), append(p99, percentile(delays, 99))
		}
		s.table.times(c.label+", median (aim: 5 ms)", 3, p50...)
		s.table.times("  99th percentile", 3, p99...)
		floor, err := s.floor(c.routers * c.hooks)
		if err != nil {
			return err
		}
		s.table.notes([]string{fmt.Sprintf("%d such programs started by a loop: median %.3f ms, 99th percentile %.3f ms",
			c.routers*c.hooks, percentile(floor, 50).Seconds()*1000, percentile(floor, 99).Seconds()*1000)})
	}
	return nil
}

// stage is a node on which transitions are made.
type stage struct {
	node    *lab.Node
	capture *lab.Capture
	told    *spoken
	routers []router
	calls   int // of hooks, for one transition of all routers
}

// newStage makes a stage in a lab.
func newStage(l *lab.Lab, routers []router, calls int) (g *stage, err error) {
	g = &stage{routers: routers, calls: calls}
	if g.node, err = l.AddNode("node", lab.At("10.0.0.1/16")); err != nil {
		return nil, err
	}
	if _, err = l.AddNode("other", lab.At("10.0.0.2/16")); err != nil {
		return nil, err
	}
	if g.capture, err = l.Capture(); err != nil {
		return nil, err
	}
	if err = g.node.WriteFile(causePath, "0\n"); err != nil {
		return nil, err
	}
	// After its own argument a hook has keepalived's, of which it says the router and
	// its state.
	if err = writeProgram(g.node, hookPath, "echo $3 $4 > "+toldPath+"\n"); err != nil {
		return nil, err
	}
	g.told, err = listen(g.node, toldPath)
	return g, err
}

// delays returns how late each hook was, in many transitions.
func (s *session) delays(d daemon, routers, hooks int) ([]time.Duration, error) {
	l, err := lab.New(s.ctx)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	list := several(routers, 200, hookInterval)
	for i := range list {
		list[i].trackers = []tracker{{kind: "file", name: fmt.Sprintf("T%d", i), target: causePath}}
		for n := range hooks {
			list[i].hooks = append(list[i].hooks, fmt.Sprintf("%s %d", hookPath, n))
		}
	}
	g, err := newStage(l, list, routers*hooks)
	if err != nil {
		return nil, err
	}
	process, err := d.start(g.node, list)
	if err != nil {
		return nil, err
	}
	delays, err := g.transitions(5 * s.runs)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, process.Log())
	}
	return delays, nil
}

// transitions waits until all routers are active, and lets them fail and become
// active again n times.
func (g *stage) transitions(n int) (delays []time.Duration, err error) {
	if _, err := g.hear("MASTER"); err != nil {
		return nil, err
	}
	for range n {
		fault, err := g.transition("1\n", "FAULT", func(priority uint8) bool { return priority == 0 })
		if err != nil {
			return nil, err
		}
		active, err := g.transition("0\n", "MASTER", func(priority uint8) bool { return priority > 0 })
		if err != nil {
			return nil, err
		}
		delays = append(append(delays, fault...), active...)
	}
	return delays, nil
}

// transition makes all routers change, and returns how late the hooks were that
// were told of a state.
func (g *stage) transition(cause, state string, says func(priority uint8) bool) ([]time.Duration, error) {
	// Not a wait for something to happen, but for the hooks of before to be over,
	// and for another phase each time.
	time.Sleep(50*time.Millisecond + time.Duration(time.Now().UnixNano()%int64(hookInterval)))
	begun := time.Now()
	if err := os.WriteFile(g.node.Path(causePath), []byte(cause), 0o644); err != nil {
		return nil, err
	}
	remarks, err := g.hear(state)
	if err != nil {
		return nil, err
	}
	var delays []time.Duration
	for _, r := range remarks {
		vrid := slices.IndexFunc(g.routers, func(own router) bool { return fmt.Sprintf("VI_%d", own.vrid) == r.words[0] }) + 1
		from := lab.AdvertFrom(g.node, uint8(vrid))
		event, err := g.capture.Wait(10*time.Second, func(e lab.Event) bool {
			return e.At.After(begun) && from(e) && says(e.Advert.Priority)
		})
		if err != nil {
			return nil, err
		}
		delays = append(delays, r.at.Sub(event.At))
	}
	return delays, nil
}

// hear waits for the hooks of all routers to be told of a state.
func (g *stage) hear(state string) (list []remark, err error) {
	for len(list) < g.calls {
		remarks, err := g.told.next(10 * time.Second)
		if err != nil {
			return nil, fmt.Errorf("%d of %d hooks were told %s: %w", len(list), g.calls, state, err)
		}
		for _, r := range remarks {
			if r.words[1] == state {
				list = append(list, r)
			}
		}
	}
	return list, nil
}

// floor returns how late n of the programs are that the hooks run, if they are
// started one after the other, by a loop that does nothing else.
func (s *session) floor(n int) (delays []time.Duration, err error) {
	l, err := lab.New(s.ctx)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	g, err := newStage(l, nil, n)
	if err != nil {
		return nil, err
	}
	for range 5 * s.runs {
		var started []*exec.Cmd
		begun := time.Now()
		for range n {
			c := exec.Command(hookPath, "0", "INSTANCE", "nobody", "STARTED")
			if err := g.node.Do(c.Start); err != nil {
				return nil, err
			}
			started = append(started, c)
		}
		remarks, err := g.hear("STARTED")
		if err != nil {
			return nil, err
		}
		for _, r := range remarks {
			delays = append(delays, r.at.Sub(begun))
		}
		for _, c := range started {
			if err := c.Wait(); err != nil {
				return nil, err
			}
		}
	}
	return delays, nil
}
