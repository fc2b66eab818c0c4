package agent

import (
	"errors"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/netio"
	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// adapter lets the engine use netio. Neither knows the other, so that the one can
// run on virtual time and the other can be used without a router.
type adapter struct {
	sockets  *netio.Sockets
	host     *netio.Host
	datagram netio.Datagram
}

var (
	_ engine.Network = (*adapter)(nil)
	_ engine.Host    = (*adapter)(nil)
	_ engine.Clock   = netio.Clock{}
	_ engine.Waiter  = (*netio.Poller)(nil)
)

// Receive implements [engine.Network].
func (a *adapter) Receive(d *engine.Datagram) bool {
	in := &a.datagram
	if !a.sockets.Receive(in) {
		return false
	}
	d.Socket, d.Age = engine.SocketID(in.Socket), in.Age
	d.Source, d.Destination, d.TTL, d.Payload = in.Source, in.Destination, in.TTL, in.Payload
	return true
}

// Send implements [engine.Network].
func (a *adapter) Send(m *engine.Message) error {
	return a.sockets.Send(uint32(m.Socket), m.Source, m.Destination, m.TTL, m.Payload)
}

// OpenSocket implements [engine.Host].
func (a *adapter) OpenSocket(s engine.Socket) {
	a.host.OpenSocket(netio.Socket{ID: uint32(s.ID), Index: s.Index, Family: family(s.Family)})
}

func family(f packet.Family) netio.Family {
	if f == packet.IPv6 {
		return netio.IPv6
	}
	return netio.IPv4
}

// CloseSocket implements [engine.Host].
func (a *adapter) CloseSocket(id engine.SocketID) { a.host.CloseSocket(uint32(id)) }

// ChangeAddresses implements [engine.Host].
func (a *adapter) ChangeAddresses(o engine.AddressOrder) {
	a.host.ChangeAddresses(netio.AddressOrder{
		Seq: o.Seq, Router: o.Router, Add: o.Add, Addresses: addresses(o.Addresses), Own: ownership(o.Own),
	})
}

// Announce implements [engine.Host].
func (a *adapter) Announce(o engine.AnnounceOrder) {
	a.host.Announce(netio.AnnounceOrder{
		Router: o.Router, Addresses: addresses(o.Addresses), Rounds: o.Rounds, Spacing: o.Spacing,
	})
}

// Watch implements [engine.Host].
func (a *adapter) Watch(interfaces []string) { a.host.Watch(interfaces) }

// DropPacketsTo implements [engine.Host].
func (a *adapter) DropPacketsTo(list []vrrp.Address) { a.host.DropPacketsTo(addresses(list)) }

func addresses(list []vrrp.Address) []netio.Address {
	converted := make([]netio.Address, len(list))
	for i, a := range list {
		converted[i] = netio.Address{Prefix: a.Prefix, Interface: a.Interface, Label: a.Label, Scope: scope(a.Scope)}
	}
	return converted
}

func scope(s vrrp.Scope) netio.Scope {
	switch s {
	case vrrp.ScopeLink:
		return netio.ScopeLink
	case vrrp.ScopeHost:
		return netio.ScopeHost
	}
	return netio.ScopeGlobal
}

func ownership(o engine.Ownership) netio.Ownership {
	switch o {
	case engine.Adopted:
		return netio.Adopted
	case engine.MachinesOwn:
		return netio.MachinesOwn
	}
	return netio.Foreign
}

// trouble is logged of what the kernel side could not do, or had to undo.
const trouble = "trouble with the system"

// reported passes on what the kernel side has to say. It runs on its goroutine.
func (a *agent) reported(report netio.Report) {
	switch r := report.(type) {
	case netio.LinkReport:
		a.engine.Post(engine.LinkChanged{Link: link(r.Link)})
	case netio.SocketReport:
		a.engine.Post(engine.SocketOpened{ID: engine.SocketID(r.ID), Err: r.Err})
	case netio.AddressReport:
		a.engine.Post(changed(r))
	case netio.AnnouncementReport:
		a.engine.Post(engine.AnnouncementFailed{Router: r.Router, Interface: r.Interface, Err: r.Err})
	case netio.FilterReport:
		if r.Restored {
			a.log.Warn("the rules that drop packets to the addresses had been removed, and are put back")
		}
		a.engine.Post(engine.PacketsDropped{Err: r.Err})
	case netio.Warning:
		a.log.Warn(trouble, "err", r.Err)
	}
}

func link(l netio.Link) engine.Link {
	converted := engine.Link{
		Name: l.Name, Index: l.Index, Up: l.Up, Running: l.Running, Loopback: l.Loopback, Hardware: l.Hardware, AsOf: l.AsOf,
		Addresses: make([]engine.LinkAddress, len(l.Addresses)),
	}
	for i, a := range l.Addresses {
		converted.Addresses[i] = engine.LinkAddress{Prefix: a.Prefix, Ours: a.Ours, Usable: a.Usable}
	}
	return converted
}

// changed translates an answer. The kernel side returns the addresses as it was
// given them, without what only the engine cares about; the engine compares
// address and interface.
func changed(r netio.AddressReport) engine.AddressesChanged {
	in := engine.AddressesChanged{Seq: r.Seq, Router: r.Router, Add: r.Add}
	for _, result := range r.Results {
		err := result.Err
		if errors.Is(err, netio.ErrForeign) {
			err = engine.ErrForeign
		}
		in.Results = append(in.Results, engine.AddressResult{
			Address: vrrp.Address{
				Prefix: result.Address.Prefix, Interface: result.Address.Interface, Label: result.Address.Label,
			},
			Err: err, Changed: result.Changed,
		})
	}
	return in
}
