package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strings"
	"time"
)

// FRR is the configuration of one virtual router of FRR's vrrpd, version 3.
type FRR struct {
	Interface string // default eth0
	VRID      uint8
	Priority  uint8         // default 100
	Interval  time.Duration // default 1 s
	// Addresses are the virtual addresses, of one or both families, with the
	// prefix length they get on the interfaces that FRR wants them on.
	Addresses []netip.Prefix
	NoPreempt bool
}

// Where FRR finds its files, in its node.
const (
	frrDir       = "/run/frr"
	frrConfig    = frrDir + "/frr.conf"
	zebraSocket  = frrDir + "/zserv.api"
	zebraTimeout = 10 * time.Second
)

// FRRVersion returns the version of the installed FRR, such as "8.4.4", or an
// error if its vrrpd is not installed.
func FRRVersion() (string, error) { return versionOf("vrrpd") }

// FRR starts a real zebra and vrrpd with the macvlan interfaces that FRR expects
// to find, and returns vrrpd. Its log says "Backup -> Master" and the like.
// FRR leaves the addresses where they are and switches the interfaces.
func (n *Node) FRR(config FRR) (*Process, error) {
	config.setDefaults()
	p, err := n.startFRR(&config)
	return p, n.wrap("FRR", err)
}

func (c *FRR) setDefaults() {
	if c.Interface == "" {
		c.Interface = "eth0"
	}
	if c.Priority == 0 {
		c.Priority = 100
	}
	if c.Interval == 0 {
		c.Interval = time.Second
	}
}

func (n *Node) startFRR(c *FRR) (*Process, error) {
	if err := n.addVirtualInterfaces(c); err != nil {
		return nil, err
	}
	if err := n.WriteFile(frrConfig, c.text()); err != nil {
		return nil, err
	}
	if err := n.becomeFRRUser(); err != nil {
		return nil, err
	}
	if err := n.startZebra(); err != nil {
		return nil, err
	}
	return n.startFRRDaemon("vrrpd")
}

// startZebra starts zebra, unless an earlier call has, and waits until it can be
// reached: vrrpd would try again only after ten seconds.
func (n *Node) startZebra() error {
	for _, p := range n.Processes() {
		if p.name == "zebra" && p.Running() {
			return nil
		}
	}
	socket := n.Path(zebraSocket)
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	zebra, err := n.startFRRDaemon("zebra")
	if err != nil {
		return err
	}
	up, err := n.lab.poll(zebraTimeout, time.Millisecond, func() (bool, error) {
		_, err := os.Stat(socket)
		return err == nil || !zebra.Running(), nil
	})
	if err == nil && (!up || !zebra.Running()) {
		err = fmt.Errorf("zebra does not start:\n%s", zebra.Log())
	}
	return err
}

func (n *Node) startFRRDaemon(name string) (*Process, error) {
	return n.Start(Command{Path: name, Args: []string{
		"--user", "root", "--group", "root", "--log", "stdout", "--vty_port", "0", "--vty_socket", frrDir,
		"--config_file", frrConfig, "--socket", zebraSocket, "--pid_file", frrDir + "/" + name + ".pid",
	}})
}

// text returns the configuration in FRR's language.
func (c *FRR) text() string {
	var text strings.Builder
	line := func(format string, args ...any) {
		fmt.Fprintf(&text, " vrrp %d "+format+"\n", append([]any{c.VRID}, args...)...)
	}
	fmt.Fprintf(&text, "interface %s\n", c.Interface)
	line("version 3")
	line("priority %d", c.Priority)
	line("advertisement-interval %d", c.Interval.Milliseconds())
	if c.NoPreempt {
		fmt.Fprintf(&text, " no vrrp %d preempt\n", c.VRID)
	}
	for _, address := range c.Addresses {
		family := "ip"
		if address.Addr().Is6() {
			family = "ipv6"
		}
		line("%s %s", family, address.Addr())
	}
	return text.String()
}
