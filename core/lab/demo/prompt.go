package demo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// errQuit ends the prompt.
var errQuit = errors.New("quit")

// action is one word of the prompt.
type action struct {
	name  string
	form  string // what follows the name
	about string
	do    func(s *stage, args []string) error
}

// actions are all words, in the order of the help text.
func actions() []action {
	return []action{
		{"status", "", "who holds the address, and what is wrong", func(s *stage, _ []string) error { s.table(); return nil }},
		{"start", "NODE", "start its agent", onServer((*stage).start)},
		{"stop", "NODE", "stop its agent gracefully", onServer((*stage).stop)},
		{"kill", "NODE", "kill -9 its agent; the kernel keeps the address",
			onServer(func(_ *stage, n *server) error { return n.node.Kill() })},
		{"freeze", "NODE", "stop its agent from running, as a hang would",
			onServer(func(_ *stage, n *server) error { return n.node.Freeze() })},
		{"thaw", "NODE", "let it go on", onServer(func(_ *stage, n *server) error { return n.node.Thaw() })},
		{"unplug", "NODE", "pull its network cable", onServer(func(_ *stage, n *server) error { return n.node.Unplug() })},
		{"plug", "NODE", "plug it in again", onServer(func(_ *stage, n *server) error { return n.node.Plug() })},
		{"cut", "NODE [from|to]", "lose its packets in the switch, or one direction of them", cut},
		{"lose", "NODE PERCENT", "lose a share of its packets", lose},
		{"heal", "NODE", "end cut and lose", onServer(func(_ *stage, n *server) error { return n.node.Heal() })},
		{"delete", "NODE", "remove the address by hand", onServer((*stage).rob)},
		{"log", "NODE", "what its agent has logged", onServer(showLog)},
		{"help", "", "this list", help},
		{"quit", "", "end the lab", func(*stage, []string) error { return errQuit }},
	}
}

// prompt reads words until quit or the end of the input.
func (s *stage) prompt(ctx context.Context) error {
	s.out.printf("\nNow you: type help for what can be done, quit to end.\n")
	stop := s.report(ctx)
	defer stop()
	lines := make(chan string)
	go func() {
		defer close(lines)
		for input := bufio.NewScanner(s.options.In); input.Scan(); {
			select {
			case lines <- input.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		s.out.printf("%s", s.out.paint(bold, "lab> "))
		select {
		case <-ctx.Done():
			return nil
		case text, ok := <-lines:
			if !ok {
				s.out.printf("\n")
				return nil
			}
			err := s.obey(strings.Fields(text))
			if errors.Is(err, errQuit) {
				return nil
			}
			if err != nil {
				s.out.say("%v", err)
			}
		}
	}
}

func (s *stage) obey(words []string) error {
	if len(words) == 0 {
		return nil
	}
	list := actions()
	i := slices.IndexFunc(list, func(a action) bool { return a.name == words[0] })
	if i < 0 {
		return fmt.Errorf("%q? Type help for what can be done", words[0])
	}
	return list[i].do(s, words[1:])
}

// onServer makes an action of something that is done to one server.
func onServer(do func(*stage, *server) error) func(*stage, []string) error {
	return func(s *stage, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("which node? One of %s", s.names())
		}
		n, err := s.server(args[0])
		if err != nil {
			return err
		}
		return do(s, n)
	}
}

func (s *stage) server(name string) (*server, error) {
	for _, n := range s.servers {
		if n.node.Name() == name {
			return n, nil
		}
	}
	return nil, fmt.Errorf("there is no node %q, only %s", name, s.names())
}

func (s *stage) names() string {
	names := make([]string, len(s.servers))
	for i, n := range s.servers {
		names[i] = n.node.Name()
	}
	return strings.Join(names, ", ")
}

func cut(s *stage, args []string) error {
	direction := lab.Both
	if len(args) == 2 {
		switch args[1] {
		case "from":
			direction = lab.From
		case "to":
			direction = lab.To
		default:
			return fmt.Errorf("cut NODE from, or cut NODE to, not %q", args[1])
		}
		args = args[:1]
	}
	return onServer(func(_ *stage, n *server) error { return n.node.Cut(direction) })(s, args)
}

func lose(s *stage, args []string) error {
	if len(args) != 2 {
		return errors.New("lose NODE PERCENT, for example: lose server1 30")
	}
	percent, err := strconv.ParseFloat(strings.TrimSuffix(args[1], "%"), 64)
	if err != nil || percent < 0 || percent > 100 {
		return fmt.Errorf("%q is not a share from 0 to 100", args[1])
	}
	return onServer(func(_ *stage, n *server) error { return n.node.Loss(percent, lab.Both) })(s, args[:1])
}

func showLog(s *stage, n *server) error {
	if n.agent == nil {
		return fmt.Errorf("%s has not been started", n.node.Name())
	}
	s.out.printf("%s", n.agent.Log())
	return nil
}

func help(s *stage, _ []string) error {
	for _, a := range actions() {
		s.out.say("%-20s %s", strings.TrimSpace(a.name+" "+a.form), a.about)
	}
	return nil
}

// report prints who gets and loses the address, and outages, as they happen. The
// returned function ends it.
func (s *stage) report(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	changes, outages := len(s.lab.AddressChanges()), len(s.probe.Outages())
	go func() {
		defer close(done)
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			changes = s.reportChanges(changes)
			outages = s.reportOutages(outages)
		}
	}()
	return func() { cancel(); <-done }
}

func (s *stage) reportChanges(seen int) int {
	list := s.lab.AddressChanges()
	for _, c := range list[seen:] {
		if c.Prefix.Addr() != s.options.Watched {
			continue
		}
		verb := "lost"
		if c.Added {
			verb = "has got"
		}
		s.out.printf("\r%s %s %s %v\n", s.out.paint(dim, c.At.Format("15:04:05.000")), c.Node.Name(), verb, c.Prefix.Addr())
	}
	return len(list)
}

// reportOutages prints outages that have ended.
func (s *stage) reportOutages(seen int) int {
	list := s.probe.Outages()
	for ; seen < len(list) && !list[seen].To.IsZero(); seen++ {
		o := list[seen]
		s.out.printf("\r%s the address answered again after %s, from %s\n",
			s.out.paint(dim, o.To.Format("15:04:05.000")), s.out.paint(bold, ms(o.Duration())), o.After.Name())
	}
	return seen
}
