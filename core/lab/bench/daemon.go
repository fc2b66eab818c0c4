package main

import (
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// daemon is a program under test.
type daemon struct {
	name    string
	version string
	plugins bool   // what it runs besides its first process are plugins
	verdict string // what it logs when the script of tracker T0 has gone well for the first time
	start   func(n *lab.Node, routers []router) (*lab.Process, error)
	// configure replaces the configuration of one that runs, for it to read again.
	configure func(n *lab.Node, routers []router) error
}

// router is one virtual router, in words that every daemon understands.
type router struct {
	vrid     int
	priority int
	interval time.Duration
	address  netip.Addr
	trackers []tracker
	hooks    []string // programs that are told of every transition, with arguments
}

// tracker is something that the priority of a router depends on.
type tracker struct {
	kind     string // process, file, interface or script
	name     string
	target   string        // the process's name, the file's path, the interface's name or the program with its arguments
	weight   int           // 0: it is a fault
	interval time.Duration // of a script
}

// several returns n routers that differ in identifier and address.
func several(n, priority int, interval time.Duration) []router {
	list := make([]router, n)
	for i := range list {
		list[i] = router{
			vrid: i + 1, priority: priority, interval: interval,
			address: netip.AddrFrom4([4]byte{10, 0, 1, byte(i)}),
		}
	}
	return list
}

// subjects returns Sentinel and keepalived.
func subjects(path string) ([]daemon, error) {
	program, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	version, err := lab.KeepalivedVersion()
	if err != nil {
		return nil, err
	}
	const config = "/run/ha.hcl"
	configure := func(n *lab.Node, routers []router) error { return n.WriteFile(config, sentinelConfig(routers)) }
	sentinel := daemon{name: "sentinel", plugins: true, verdict: `tracker healthy.*\.T0 `, configure: configure}
	sentinel.start = func(n *lab.Node, routers []router) (*lab.Process, error) {
		if err := configure(n, routers); err != nil {
			return nil, err
		}
		return n.Start(lab.Command{Path: program, Args: []string{"agent", "-config", config}})
	}
	keepalived := daemon{name: "keepalived", version: version, verdict: `Script.*T0.* succeeded`}
	keepalived.start = func(n *lab.Node, routers []router) (*lab.Process, error) {
		if hurried(routers) {
			return nil, &unable{"runs a script every second at the most"}
		}
		p, err := n.Keepalived(keepalivedConfig(routers))
		if err == nil && tracks("process", routers) {
			err = hearsOfProcesses(p)
		}
		return p, err
	}
	keepalived.configure = func(n *lab.Node, routers []router) error {
		return n.WriteFile(lab.KeepalivedConfig, keepalivedConfig(routers))
	}
	return []daemon{sentinel, keepalived}, nil
}

// unable is what a daemon cannot do here, and why.
type unable struct{ why string }

func (u *unable) Error() string { return u.why }

// tracks reports whether routers have trackers of a kind.
func tracks(kind string, routers []router) bool {
	return slices.ContainsFunc(routers, func(r router) bool {
		return slices.ContainsFunc(r.trackers, func(t tracker) bool { return t.kind == kind })
	})
}

// hurried reports whether a script is to be run at other than whole seconds.
func hurried(routers []router) bool {
	return slices.ContainsFunc(routers, func(r router) bool {
		return slices.ContainsFunc(r.trackers, func(t tracker) bool { return t.interval%time.Second != 0 })
	})
}

// startedUp is what a keepalived says when it has, and before, if the kernel does
// not tell it of processes: it goes on without.
var startedUp = regexp.MustCompile(`Startup complete|process event listen - (errno \d+)`)

// hearsOfProcesses returns an error if a keepalived cannot track processes.
func hearsOfProcesses(p *lab.Process) error {
	line, err := p.Log().Wait(startedUp.String(), 10*time.Second)
	if err != nil {
		return err
	}
	if number := startedUp.FindStringSubmatch(line.Text)[1]; number != "" {
		return &unable{"cannot track processes here (" + number + ")"}
	}
	return nil
}
