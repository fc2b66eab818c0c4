package agent

import (
	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// bystander is the world of an observing agent: it hears and sees, and whatever
// the engine wants to do has been done, without having happened.
type bystander struct {
	*adapter
	post func(engine.Input)
}

// Send sends nothing.
func (*bystander) Send(*engine.Message) error { return nil }

// ChangeAddresses changes nothing.
func (b *bystander) ChangeAddresses(o engine.AddressOrder) {
	answer := engine.AddressesChanged{Seq: o.Seq, Router: o.Router, Add: o.Add}
	for _, a := range o.Addresses {
		answer.Results = append(answer.Results, engine.AddressResult{Address: a})
	}
	b.post(answer)
}

// Announce tells nobody.
func (*bystander) Announce(engine.AnnounceOrder) {}

// DropPacketsTo drops nothing.
func (*bystander) DropPacketsTo([]vrrp.Address) {}
