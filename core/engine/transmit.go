package engine

import (
	"net/netip"

	"github.com/sentinel-ha/sentinel/core/packet"
)

// message is an encoded advertisement for one destination, and how sending it
// goes.
type message struct {
	Message
	failed uint64 // consecutive failures
}

// advertise sends the advertisement to everyone. It is encoded again only when
// something in it has changed.
func (inst *instance) advertise(priority uint8) {
	if inst.stale || inst.encoded != priority {
		inst.encode(priority)
	}
	for i := range inst.messages {
		inst.send(&inst.messages[i])
	}
}

func (inst *instance) send(m *message) {
	if err := inst.engine.network.Send(&m.Message); err != nil {
		inst.counters.SendErrors++
		if m.failed++; m.failed == 1 {
			inst.observe(SendFailed{Router: inst.config.Name, Destination: m.Destination, Err: err})
		}
		return
	}
	inst.counters.Sent++
	if inst.encoded == packet.PriorityRelease {
		inst.counters.PriorityZeroSent++
	}
	if m.failed > 0 {
		inst.observe(SendRecovered{Router: inst.config.Name, Destination: m.Destination, Failed: m.failed})
		m.failed = 0
	}
}

// encode writes the advertisement for every destination and checksum form.
func (inst *instance) encode(priority uint8) {
	c := inst.config
	advert := packet.Advertisement{
		Version: c.Version, VRID: c.VRID, Priority: priority, Interval: c.AdvertInterval,
		AuthType: c.AuthType, Password: c.Password, Addresses: inst.expect.Addresses,
	}
	destinations, ttl := []netip.Addr{c.Family.Group()}, uint8(packet.RequiredTTL)
	if c.Unicast != nil {
		destinations, ttl = c.Unicast.Peers, c.Unicast.TTL
	}
	old := inst.messages
	inst.messages = nil
	for _, destination := range destinations {
		if destination == inst.router.Source() {
			continue // one list of peers may serve all nodes
		}
		for _, form := range inst.forms() {
			advert.Checksum = form
			payload, err := advert.Append(nil, inst.router.Source(), destination)
			if err != nil {
				// A validated configuration can be encoded, and without a source the
				// router is in fault; but a wrong belief must not end the process.
				inst.observe(SendFailed{Router: c.Name, Destination: destination, Err: err})
				continue
			}
			inst.messages = append(inst.messages, message{
				Message: Message{
					Socket: inst.socket.ID, Source: inst.router.Source(),
					Destination: destination, TTL: ttl, Payload: payload,
				},
				failed: failures(old, destination),
			})
		}
	}
	inst.encoded, inst.stale = priority, false
}

// forms returns the checksum forms to send. Only version 3 over IPv4 has a
// choice.
func (inst *instance) forms() []packet.ChecksumForm {
	c := inst.config
	if c.Version == packet.Version3 && c.Family == packet.IPv4 && len(c.Checksums) > 0 {
		return c.Checksums
	}
	return []packet.ChecksumForm{packet.ChecksumRFC5798}
}

func failures(messages []message, destination netip.Addr) uint64 {
	for i := range messages {
		if messages[i].Destination == destination {
			return messages[i].failed
		}
	}
	return 0
}
