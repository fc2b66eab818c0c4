package exec

import (
	"strconv"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/plugins/internal/keepalived"
	"github.com/sentinel-ha/sentinel/sdk"
)

// occasion returns which of [sdk.Occasions] an event is, if any.
func occasion(e sdk.Event) string {
	if e.Kind.IsState() {
		return e.To
	}
	return string(e.Kind)
}

// hint returns what is added to an error about a state that is keepalived's.
func hint(state string) string {
	for ours, theirs := range keepalived.States {
		if strings.EqualFold(state, theirs) {
			return "; keepalived's " + theirs + " is " + ours
		}
	}
	return ""
}

// arguments are those of a script for keepalived.
func arguments(e sdk.Event) []string {
	what, name := "INSTANCE", e.Instance
	if e.Group != "" {
		what, name = "GROUP", e.Group
	}
	return []string{what, name, keepalived.State(e), strconv.Itoa(e.Priority)}
}

func environment(e sdk.Event) []string {
	vrid, peerPriority := "", ""
	if e.VirtualRouterID != 0 {
		vrid = strconv.Itoa(e.VirtualRouterID)
	}
	if e.Peer != "" {
		peerPriority = strconv.Itoa(e.PeerPriority)
	}
	list := []string{
		"EVENT_ID=" + e.ID,
		"KIND=" + string(e.Kind),
		"INSTANCE=" + e.Instance,
		"GROUP=" + e.Group,
		"INTERFACE=" + e.Interface,
		"VRID=" + vrid,
		"FROM=" + e.From,
		"TO=" + e.To,
		"PRIORITY=" + strconv.Itoa(e.Priority),
		"PEER=" + e.Peer,
		"PEER_PRIORITY=" + peerPriority,
		"ADDRESSES=" + strings.Join(e.Addresses, " "),
		"REASON=" + e.Reason,
		"COALESCED=" + strconv.Itoa(e.Coalesced),
		"TIME=" + e.Time.Format(time.RFC3339Nano),
	}
	for i, variable := range list {
		list[i] = "SENTINEL_" + strings.ReplaceAll(variable, "\x00", "")
	}
	return list
}
