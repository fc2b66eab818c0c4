// Command bench measures Sentinel beside keepalived, in the same lab, in the same
// run, and prints the ratios whatever they are. `make bench` runs it.
//
// Times are medians of several runs, taken from the kernel's time stamps of
// frames in the switch; what a failure is measured from is the moment just before
// it is brought about. Processor time is of the daemon with all its processes,
// over ten seconds, scaled to a minute; in `scripts` without other programs that it
// runs.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// benchmark is one that can be chosen by name.
type benchmark struct {
	name  string
	about string
	run   func(*session) error
}

var benchmarks = []benchmark{
	{"death", "the active host dies: from its last advertisement to the first gratuitous ARP of the other", (*session).death},
	{"stop", "the active agent is stopped: from SIGTERM to the first gratuitous ARP of the other", (*session).stop},
	{"load", "an active router's processor time and memory", (*session).load},
	{"gaps", "the regularity of advertisements at 10 ms, and false takeovers", (*session).gaps},
	{"track", "something that is tracked goes wrong, at 100 ms: from the event", (*session).track},
	{"trackers", fmt.Sprintf("%d trackers of a kind and one active router at 1s, while nothing changes", many), (*session).trackers},
	{"scripts", fmt.Sprintf("%d scripts every second, and one active router at 1s: what is not the scripts' own", many), (*session).scripts},
	{"checks", "a script fails, at 100 ms: run every 1s from the end of its run, every 100ms from the cause", (*session).checks},
	{"launch", "a script's first verdict, with nothing running before that could run it", (*session).launch},
	{"hooks", "a transition: from its advertisement to what a hook says first", (*session).hooks},
	{"start", "255 address owners: from the start to the last one's first advertisement", (*session).start},
}

// session is one run of the program.
type session struct {
	ctx     context.Context
	daemons []daemon
	runs    int
	table   table
}

func main() {
	sentinel := flag.String("sentinel", "bin/sentinel", "the sentinel executable")
	only := flag.String("only", "", "run one benchmark: "+strings.Join(names(), ", "))
	runs := flag.Int("runs", 7, "how often to measure a time")
	flag.Parse()
	if *only != "" && !slices.Contains(names(), *only) {
		fmt.Fprintf(os.Stderr, "bench: there is no benchmark %q, only %s\n", *only, strings.Join(names(), ", "))
		os.Exit(2)
	}
	if err := lab.Enter(); err != nil {
		fail(err)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	daemons, err := subjects(*sentinel)
	if err != nil {
		fail(err)
	}
	s := &session{ctx: ctx, daemons: daemons, runs: *runs}
	begun := time.Now()
	for _, b := range benchmarks {
		if *only != "" && *only != b.name {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", b.name, b.about)
		s.table.section(b.about)
		if err := b.run(s); err != nil {
			fail(fmt.Errorf("%s: %w", b.name, err))
		}
	}
	s.table.print(os.Stdout, daemons)
	fmt.Printf("\nMeasured in %v.\n", time.Since(begun).Round(time.Second))
}

func names() []string {
	list := make([]string, len(benchmarks))
	for i, b := range benchmarks {
		list[i] = b.name
	}
	return list
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}
