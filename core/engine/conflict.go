package engine

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Subject is what a peer disagrees about: the name of the setting that differs,
// or [AlsoActive].
type Subject string

// The subjects of a conflict. But for the last they are attribute names of the
// configuration language.
const (
	OnVersion        Subject = "version"
	OnAuthentication Subject = "authentication"
	OnInterval       Subject = "advert_interval"
	OnChecksum       Subject = "checksum"
	OnAddresses      Subject = "virtual_addresses"
	OnPeers          Subject = "peers"
	OnMinTTL         Subject = "min_ttl"
	// AlsoActive: the peer is active beside us.
	AlsoActive Subject = "active"
)

// Conflict is one thing that a peer and we do not agree about.
type Conflict struct {
	Peer    netip.Addr
	Subject Subject
	// Ours and Theirs are the two values in words; passwords are not shown. Ours
	// is empty where there is nothing to compare.
	Ours, Theirs string
	// Dropped: the peer's advertisements are rejected, so that it does not
	// count, and is or will be active beside us.
	Dropped bool
	// Hint says what to do about it, if that is not obvious.
	Hint string
	// Since is when it was first noticed.
	Since time.Time
}

// String says the conflict in a sentence that names the setting to change.
func (c Conflict) String() string {
	if c.Subject == AlsoActive {
		return fmt.Sprintf("%v is active too, with priority %s; ours is %s", c.Peer, c.Theirs, c.Ours)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%v disagrees about %s: it has %s", c.Peer, c.Subject, c.Theirs)
	if c.Ours != "" {
		b.WriteString(", we have " + c.Ours)
	}
	if c.Dropped {
		b.WriteString("; its advertisements are rejected, so that both may become active")
	}
	if c.Hint != "" {
		b.WriteString("; " + c.Hint)
	}
	return b.String()
}
