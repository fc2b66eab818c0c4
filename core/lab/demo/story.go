package demo

import (
	"fmt"
	"regexp"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// patience is how long the story waits for anything. It is far more than an
// election takes with intervals of a second.
const patience = 20 * time.Second

// chapter is one thing that is done to the servers, and who should answer then.
type chapter struct {
	title  string
	do     func() error
	winner *server
	// after is done when the winner answers, and may say more.
	after func() error
}

// tell plays the story: what was done, and what it cost.
func (s *stage) tell() error {
	first, second := s.servers[0], s.servers[1]
	one, two := first.node.Name(), second.node.Name()
	s.out.printf("%d servers and a client, each in a network namespace of its own. Nothing leaves this machine.\n"+
		"The client pings %v every %v and notices who answers.\n", len(s.servers), s.options.Watched, pingEvery)
	for number, c := range []chapter{
		{
			title: "All agents start. Nobody is heard, so the highest priority takes the address.",
			do:    s.startAll, winner: first,
		},
		{
			title: one + " is stopped (SIGTERM). It says goodbye, so nobody has to wait for its silence.",
			do:    func() error { return s.stop(first) }, winner: second,
		},
		{
			title: one + " starts again, and preempts: its priority is higher.",
			do:    func() error { return s.start(first) }, winner: first,
		},
		{
			title: one + " loses power: no goodbye, no packet, nothing.",
			do:    func() error { return s.powerOff(first) }, winner: second,
		},
		{
			title: "Power is back. The new agent first cleans up what the dead one has left.",
			do:    func() error { return s.powerOn(first) }, winner: first,
		},
		{
			title: "The network cable of " + one + " is pulled.",
			do:    func() error { return first.node.Unplug() }, winner: second,
			after: func() error { return s.explain(first, "entering fault") },
		},
		{
			title: "The cable is plugged in again.",
			do:    func() error { return first.node.Plug() }, winner: first,
		},
		{
			title: "Somebody removes the address on " + one + " by hand. It is put back in place; " + two + " never notices.",
			do:    func() error { return s.rob(first) }, winner: first,
		},
	} {
		if err := s.play(number+1, c); err != nil {
			return err
		}
	}
	s.out.printf("\n")
	return nil
}

// play does one chapter and reports what the client saw of it.
func (s *stage) play(number int, c chapter) error {
	s.out.heading(fmt.Sprintf("%d. %s", number, c.title))
	before := len(s.probe.Outages())
	begun := time.Now()
	if err := c.do(); err != nil {
		return err
	}
	if err := s.await(c.winner, begun); err != nil {
		return err
	}
	s.cost(before, begun, c.winner)
	if c.after != nil {
		if err := c.after(); err != nil {
			return err
		}
	}
	s.table()
	return nil
}

// await waits until the winner, and no other running server, has the address and
// answers for it.
func (s *stage) await(winner *server, begun time.Time) error {
	if winner.agent != nil {
		_, err := winner.agent.Log().WaitSince(begun, `transition to active|address put back`, patience)
		if err != nil {
			return fmt.Errorf("%s did not become active:\n%s", winner.node.Name(), winner.agent.Log())
		}
	}
	return s.probe.WaitAnswer(winner.node, patience)
}

// cost prints the outages that began since the chapter did, and why the winner
// became active.
func (s *stage) cost(before int, begun time.Time, winner *server) {
	name := s.out.paint(green, winner.node.Name())
	outages := s.probe.Outages()[before:]
	switch {
	case len(outages) > 0:
		last := outages[len(outages)-1]
		s.out.say("the address answered again after %s, from %s", s.out.paint(bold, ms(last.Duration())), name)
	case before == 0 && s.firstAnswer(begun):
		s.out.say("the address answers for the first time, from %s", name)
	default:
		s.out.say("no ping went unanswered; %s answers", name)
	}
	if err := s.explain(winner, "transition to active"); err != nil {
		s.out.say("(%v)", err)
	}
}

// firstAnswer reports whether nothing had been answered before.
func (s *stage) firstAnswer(begun time.Time) bool {
	sent, answered := s.probe.Counts()
	return sent-answered > int(time.Since(begun)/pingEvery)/2
}

var reasonPattern = regexp.MustCompile(`reason=(?:"([^"]*)"|(\S+))`)

// explain prints the reason of the last line of a server's log with a message.
func (s *stage) explain(server *server, message string) error {
	if server.agent == nil {
		return nil
	}
	lines := server.agent.Log().Lines()
	for i := len(lines) - 1; i >= 0; i-- {
		if match, _ := regexp.MatchString(message, lines[i].Text); !match {
			continue
		}
		if reason := reasonPattern.FindStringSubmatch(lines[i].Text); reason != nil {
			s.out.say("%s: %s: %s", server.node.Name(), message, s.out.paint(yellow, reason[1]+reason[2]))
		}
		return nil
	}
	return fmt.Errorf("%s has not logged %q", server.node.Name(), message)
}

func (s *stage) startAll() error {
	for _, server := range s.servers {
		if err := s.start(server); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) stop(server *server) error {
	if !server.running() {
		return fmt.Errorf("%s is not running", server.node.Name())
	}
	status, err := server.agent.Stop(patience)
	if err == nil && status != 0 {
		err = fmt.Errorf("the agent on %s ended with status %d:\n%s", server.node.Name(), status, server.agent.Log())
	}
	return err
}

// powerOff is the death of a machine: its processes and its packets end at once.
func (s *stage) powerOff(server *server) error {
	if err := server.node.Cut(lab.Both); err != nil {
		return err
	}
	return server.node.Kill()
}

func (s *stage) powerOn(server *server) error {
	if err := server.node.Heal(); err != nil {
		return err
	}
	return s.start(server)
}

// rob removes the address by hand and prints how long it was gone.
func (s *stage) rob(server *server) error {
	begun := time.Now()
	if err := server.node.DeleteAddress(s.options.Watched); err != nil {
		return err
	}
	mine := func(added bool) func(lab.AddressChange) bool {
		return func(c lab.AddressChange) bool {
			return c.Node == server.node && c.Prefix.Addr() == s.options.Watched && c.Added == added && c.At.After(begun)
		}
	}
	removed, err := s.lab.WaitAddressChange(patience, mine(false))
	if err != nil {
		return err
	}
	added, err := s.lab.WaitAddressChange(patience, mine(true))
	if err != nil {
		return err
	}
	s.out.say("put back after %s", s.out.paint(bold, ms(added.At.Sub(removed.At))))
	return nil
}

var statePattern = regexp.MustCompile(`\bto=(\w+)`)

// state returns what the agent last said it became, or that it is not running.
func (s *server) state() string {
	if !s.running() {
		return "no agent"
	}
	lines := s.agent.Log().Lines()
	for i := len(lines) - 1; i >= 0; i-- {
		if to := statePattern.FindStringSubmatch(lines[i].Text); to != nil {
			return to[1]
		}
	}
	return "starting"
}

// table prints who has what.
func (s *stage) table() {
	for _, server := range s.servers {
		state, holds := server.state(), ""
		if s.holds(server) {
			holds = fmt.Sprintf("holds %v", s.options.Watched)
		}
		color := dim
		switch {
		case holds != "" && state == "active":
			color = green
		case holds != "" || state == "fault":
			color = red
		}
		s.out.say("%-10s %s %s", server.node.Name(), s.out.paint(color, fmt.Sprintf("%-10s", state)), holds)
	}
	for _, fault := range s.lab.Faults() {
		s.out.say("%s", s.out.paint(dim, "fault: "+fault.String()))
	}
}
