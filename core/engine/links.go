package engine

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// interfaces returns the names of all interfaces that any router uses.
func (e *Engine) interfaces() []string {
	var names []string
	for _, inst := range e.instances {
		names = append(names, inst.names...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// setNames works out the names of the instance's interfaces: its own, then those
// of its addresses.
func (inst *instance) setNames() {
	inst.names = []string{inst.config.Interface}
	for _, h := range inst.held {
		if !slices.Contains(inst.names, h.Interface) {
			inst.names = append(inst.names, h.Interface)
		}
	}
}

// linkChanged takes a report of an interface.
func (e *Engine) linkChanged(now time.Time, link *Link) {
	old := e.links[link.Name]
	moved := old != nil && old.Index == link.Index && old.Hardware != link.Hardware
	e.links[link.Name] = link
	for _, s := range e.sockets {
		if s.key.interfaceName == link.Name {
			e.followLink(s, link)
		}
	}
	for _, inst := range e.instances {
		if slices.Contains(inst.names, link.Name) {
			inst.compare(now, link)
			inst.assess(now)
			if moved {
				inst.act(now, inst.router.Announce(now, vrrp.AfterMove))
			}
		}
	}
}

// assess works out from the interfaces and the socket whether the instance can
// serve, and from which address; it starts the router when that is known and the
// trackers that must have spoken have.
func (inst *instance) assess(now time.Time) {
	if !inst.known() {
		return
	}
	wasActive := inst.active()
	inst.assessLinks(now)
	inst.assessSocket(now)
	inst.assessSource(now)
	if inst.readyAt.IsZero() {
		inst.readyAt = now
		inst.weigh(now)
	}
	inst.applyFaults(now)
	ready := inst.engine.links[inst.config.Interface].Ready()
	switch {
	case !inst.started && inst.priority.Waiting():
	case !inst.started:
		inst.started = true
		inst.act(now, inst.router.Start(now, inst.engine.startAt))
	case ready && !inst.ready && wasActive:
		// The switch may have forgotten us, or be another one.
		inst.act(now, inst.router.Announce(now, vrrp.AfterCarrier))
	}
	inst.ready = ready
}

// known reports whether every interface has been reported and the socket, if
// there can be one, has been opened or refused.
func (inst *instance) known() bool {
	for _, name := range inst.names {
		if inst.engine.links[name] == nil {
			return false
		}
	}
	s := inst.socket
	return s.Index == 0 || s.opened || s.failure != nil
}

// assessLinks keeps the faults of the interfaces.
func (inst *instance) assessLinks(now time.Time) {
	for _, fault := range inst.faults.List() {
		name, ok := strings.CutPrefix(fault.Source, "interface:")
		if ok && !slices.Contains(inst.names, name) {
			inst.clear(fault.Source) // a reload has taken the last address off it
		}
	}
	for _, name := range inst.names {
		source := "interface:" + name
		if reason := inst.linkFault(inst.engine.links[name]); reason != "" {
			inst.fault(now, source, reason)
		} else {
			inst.clear(source)
		}
	}
}

// linkFault says why the state of an interface keeps the router from serving.
func (inst *instance) linkFault(link *Link) string {
	own := link.Name == inst.config.Interface
	tracked := own && inst.config.TrackLink
	if !own {
		tracked = slices.ContainsFunc(inst.held, func(h *held) bool {
			return h.Interface == link.Name && h.TrackLink
		})
	}
	switch {
	case link.Index == 0 && (own || tracked):
		return "does not exist"
	case own && link.Loopback:
		return "is a loopback interface, which reaches no other router"
	case tracked && !link.Up:
		return "is down"
	case tracked && !link.Running:
		return "has no carrier"
	}
	return ""
}

func (inst *instance) assessSocket(now time.Time) {
	source := "socket:" + inst.config.Interface
	if err := inst.socket.failure; err != nil {
		inst.fault(now, source, "cannot be opened: "+err.Error())
	} else {
		inst.clear(source)
	}
}

// assessSource keeps the source address, and the fault of having none. A router
// that loses its source keeps it for its last words.
func (inst *instance) assessSource(now time.Time) {
	link := inst.engine.links[inst.config.Interface]
	if link.Index == 0 {
		inst.clear("source") // the interface's fault says it better
		return
	}
	source, reason := inst.chooseSource(link)
	if reason != "" {
		inst.fault(now, "source", reason)
		return
	}
	inst.clear("source")
	if source != inst.router.Source() {
		inst.router.SetSource(source)
		inst.setExpect()
		inst.stale = true
	}
}

// chooseSource returns the address to send from, or why there is none.
func (inst *instance) chooseSource(link *Link) (netip.Addr, string) {
	c := inst.config
	if c.Source.IsValid() {
		for _, address := range link.Addresses {
			if address.Addr() == c.Source {
				if !address.Usable {
					return netip.Addr{}, c.Source.String() + " is not usable yet (duplicate address detection)"
				}
				return c.Source, ""
			}
		}
		return netip.Addr{}, c.Source.String() + " is not on " + c.Interface
	}
	linkLocal := c.Family == packet.IPv6 && (c.Unicast == nil || allLinkLocal(c.Unicast.Peers))
	for _, address := range link.Addresses {
		a := address.Addr()
		if c.Family.Contains(a) && address.Usable && !address.Ours && !inst.engine.virtual(link.Name, a) &&
			(c.Family == packet.IPv4 || a.IsLinkLocalUnicast() == linkLocal) {
			return a, ""
		}
	}
	if linkLocal {
		return netip.Addr{}, c.Interface + " has no usable link-local address"
	}
	return netip.Addr{}, c.Interface + " has no " + c.Family.String() + " address of its own to send from"
}

// virtual reports whether an address on an interface is configured as one that
// moves. An owner's addresses do not.
func (e *Engine) virtual(name string, a netip.Addr) bool {
	for _, inst := range e.instances {
		if inst.config.Owner() {
			continue
		}
		for _, h := range inst.held {
			if h.Interface == name && h.Prefix.Addr() == a {
				return true
			}
		}
	}
	return false
}

func allLinkLocal(list []netip.Addr) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(a netip.Addr) bool { return !a.IsLinkLocalUnicast() })
}
