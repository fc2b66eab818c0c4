package wire

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/sentinel-ha/sentinel/sdk"
)

// FromEvent translates an event.
func FromEvent(e sdk.Event) *Event {
	return &Event{
		Id: e.ID, Kind: string(e.Kind), Time: timestamppb.New(e.Time), Node: e.Node,
		Instance: e.Instance, Group: e.Group, Interface: e.Interface, VirtualRouterId: uint32(e.VirtualRouterID),
		From: e.From, To: e.To, Priority: uint32(e.Priority), Peer: e.Peer, PeerPriority: uint32(e.PeerPriority),
		Addresses: e.Addresses, Reason: Shorten(e.Reason), Coalesced: uint32(e.Coalesced),
	}
}

// ToEvent translates an event.
func ToEvent(message *Event) sdk.Event {
	return sdk.Event{
		ID: message.GetId(), Kind: sdk.EventKind(message.GetKind()), Time: message.GetTime().AsTime(), Node: message.GetNode(),
		Instance: message.GetInstance(), Group: message.GetGroup(),
		Interface: message.GetInterface(), VirtualRouterID: int(message.GetVirtualRouterId()),
		From: message.GetFrom(), To: message.GetTo(), Priority: int(message.GetPriority()),
		Peer: message.GetPeer(), PeerPriority: int(message.GetPeerPriority()),
		Addresses: message.GetAddresses(), Reason: message.GetReason(), Coalesced: int(message.GetCoalesced()),
	}
}
