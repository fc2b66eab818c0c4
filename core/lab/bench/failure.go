package main

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// failure is something that can go wrong on a node, and come right again.
type failure interface {
	// tracker returns what has to be configured, of weight 0.
	tracker() tracker
	// begin makes it right for the first time.
	begin(n *lab.Node) error
	// fail makes it wrong, and returns the time just before.
	fail() (time.Time, error)
	// repair makes it right.
	repair() error
}

// sleeper starts a process of a name.
func sleeper(n *lab.Node, name string) (*lab.Process, error) {
	script := fmt.Sprintf(`[ -e /run/%[1]s ] || ln -s "$(command -v sleep)" /run/%[1]s; exec /run/%[1]s infinity`, name)
	return n.Start(lab.Command{Path: "sh", Args: []string{"-c", script}})
}

// death is a process that is killed.
type death struct {
	node    *lab.Node
	process *lab.Process
}

func (*death) tracker() tracker { return tracker{kind: "process", name: "T", target: "watched"} }

func (d *death) begin(n *lab.Node) error {
	d.node = n
	return d.repair()
}

func (d *death) fail() (time.Time, error) {
	pid := d.process.PID()
	at := time.Now()
	return at, syscall.Kill(pid, syscall.SIGKILL)
}

func (d *death) repair() (err error) {
	d.process, err = sleeper(d.node, d.tracker().target)
	return err
}

// number is a file whose content becomes 1: another file takes its place, or it is
// written as a shell does.
type number struct {
	inPlace bool
	path    string // outside of the node
}

func (*number) tracker() tracker {
	return tracker{kind: "file", name: "T", target: "/run/watched/number"}
}

func (f *number) begin(n *lab.Node) error {
	f.path = n.Path(f.tracker().target)
	return n.WriteFile(f.tracker().target, "0\n")
}

func (f *number) fail() (time.Time, error) { return f.set("1\n") }

func (f *number) repair() error {
	_, err := f.set("0\n")
	return err
}

func (f *number) set(text string) (time.Time, error) {
	if f.inPlace {
		at := time.Now()
		return at, os.WriteFile(f.path, []byte(text), 0o644)
	}
	if err := os.WriteFile(f.path+".new", []byte(text), 0o644); err != nil {
		return time.Time{}, err
	}
	at := time.Now()
	return at, os.Rename(f.path+".new", f.path)
}

// cable is an interface that is set down.
type cable struct{ node *lab.Node }

func (*cable) tracker() tracker { return tracker{kind: "interface", name: "T", target: "eth1"} }

func (c *cable) begin(n *lab.Node) error {
	c.node = n
	return nil
}

func (c *cable) fail() (at time.Time, err error) {
	err = c.set(func(h *netlink.Handle, link netlink.Link) error {
		at = time.Now()
		return h.LinkSetDown(link)
	})
	return at, err
}

func (c *cable) repair() error { return c.set((*netlink.Handle).LinkSetUp) }

func (c *cable) set(how func(*netlink.Handle, netlink.Link) error) error {
	return links(c.node, func(h *netlink.Handle) error {
		link, err := h.LinkByName(c.tracker().target)
		if err != nil {
			return err
		}
		return how(h, link)
	})
}

// links lets f change the interfaces of a node.
func links(n *lab.Node, f func(*netlink.Handle) error) error {
	return n.Do(func() error {
		h, err := netlink.NewHandle(unix.NETLINK_ROUTE)
		if err != nil {
			return err
		}
		defer h.Close()
		return f(h)
	})
}
