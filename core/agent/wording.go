package agent

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// line is an event in words: a constant message, so that it can be searched for,
// and everything else as attributes.
type line struct {
	level      slog.Level
	message    string
	attributes []slog.Attr
}

func info(message string, attributes ...slog.Attr) line {
	return line{slog.LevelInfo, message, attributes}
}

func warn(message string, attributes ...slog.Attr) line {
	return line{slog.LevelWarn, message, attributes}
}

func problem(message string, attributes ...slog.Attr) line {
	return line{slog.LevelError, message, attributes}
}

// describe words an event.
func describe(e engine.Event, observing bool) line {
	switch e := e.(type) {
	case engine.Transition:
		return describeTransition(e, observing)
	case engine.FaultRaised:
		return warn("fault", router(e.Router), slog.String("source", e.Fault.Source), reason(e.Fault.Reason))
	case engine.FaultCleared:
		return info("fault is over", router(e.Router), slog.String("source", e.Fault.Source),
			slog.Int("remaining", e.Remaining))
	case engine.PriorityChanged:
		return info("priority", router(e.Router), slog.Int("from", int(e.From)), slog.Int("to", int(e.Priority.Effective)),
			slog.String("sum", e.Priority.String()), slog.Int("changes", e.Changes))
	case engine.TrackerChanged, engine.TrackerDoubted:
		return describeTracker(e)
	case engine.GroupTransition:
		return info("sync group", slog.String("group", e.Group), slog.String("from", e.From.String()), slog.String("to", e.To.String()))
	case engine.CarriedOut:
		if e.Group != "" {
			return line{slog.LevelDebug, "carried out", []slog.Attr{slog.String("group", e.Group)}}
		}
		return line{slog.LevelDebug, "carried out", []slog.Attr{router(e.Router)}}
	case engine.AddressAdded, engine.AddressRemoved, engine.AddressLost, engine.AddressFailed,
		engine.Announced, engine.AnnounceFailed, engine.PacketFilterFailed:
		return describeAddress(e)
	case engine.ConflictRaised, engine.ConflictCleared, engine.PeerHeard, engine.SendFailed, engine.SendRecovered:
		return describePeer(e)
	case engine.Reloaded:
		changes := []string{"none"}
		if len(e.Changes) > 0 {
			changes = nil
		}
		for _, change := range e.Changes {
			changes = append(changes, change.String())
		}
		return info("reloaded", slog.String("changes", strings.Join(changes, "; ")))
	}
	return problem("event without words", slog.String("event", fmt.Sprintf("%T%+v", e, e)))
}

// describeTransition words a change of state as keepalived's users know it.
func describeTransition(e engine.Transition, observing bool) line {
	message := map[vrrp.State]string{
		vrrp.Backup: "entering backup", vrrp.Active: "transition to active", vrrp.Fault: "entering fault",
		vrrp.Stopped: "stopped", vrrp.Initialize: "initialize",
	}[e.To]
	if observing {
		message = "would be " + message
	}
	l := info(message, router(e.Router), slog.Int("vrid", int(e.VRID)), slog.String("interface", e.Interface),
		slog.String("from", e.From.String()), slog.String("to", e.To.String()), reason(e.Cause.String()),
		slog.Int("priority", int(e.Priority)))
	if e.Cause.Peer.IsValid() {
		l.attributes = append(l.attributes, slog.String("peer", e.Cause.Peer.String()))
	}
	if e.Wait > 0 {
		l.attributes = append(l.attributes, slog.String("waits", e.Wait.String()))
	}
	if e.To == vrrp.Fault {
		l.level = slog.LevelWarn
	}
	return l
}

// describeTracker words what trackers say.
func describeTracker(e engine.Event) line {
	switch e := e.(type) {
	case engine.TrackerDoubted:
		return warn("tracker still cannot tell", slog.String("tracker", e.Tracker),
			slog.String("counts", e.Reading.Verdict.String()), slog.Bool("held", e.Reading.Held), reason(e.Reading.Doubt))
	case engine.TrackerChanged:
		attributes := []slog.Attr{slog.String("tracker", e.Tracker)}
		l := info("tracker "+e.Reading.Verdict.String(), attributes...)
		switch {
		case e.Reading.Doubt != "":
			l = warn("tracker cannot tell", append(attributes, slog.String("counts", e.Reading.Verdict.String()),
				slog.Bool("held", e.Reading.Held), reason(e.Reading.Doubt))...)
		case e.Reading.Verdict == priority.Unhealthy:
			l.level = slog.LevelWarn
			fallthrough
		default:
			l.attributes = append(l.attributes, reason(e.Reading.Reason))
		}
		if e.Changes > 1 {
			l.attributes = append(l.attributes, slog.Int("changes", e.Changes))
		}
		return l
	}
	return line{}
}

// reading words what counts of a tracker.
func reading(r priority.Reading) string {
	switch {
	case r.Held:
		return fmt.Sprintf("cannot tell (%s): %v is held", r.Doubt, r.Verdict)
	case r.Doubt != "":
		return fmt.Sprintf("cannot tell (%s): counts as %v", r.Doubt, r.Verdict)
	}
	return fmt.Sprintf("%v: %s", r.Verdict, r.Reason)
}

// describeAddress words what happens to virtual addresses.
func describeAddress(e engine.Event) line {
	switch e := e.(type) {
	case engine.AddressAdded:
		if e.Repaired {
			return info("address put back", address(e.Router, e.Address)...)
		}
		return info("address added", address(e.Router, e.Address)...)
	case engine.AddressRemoved:
		return info("address removed", address(e.Router, e.Address)...)
	case engine.AddressLost:
		return warn("somebody removed an address", append(address(e.Router, e.Address), slog.Int("times", e.Times))...)
	case engine.AddressFailed:
		message := "address cannot be added"
		if !e.Add {
			message = "address cannot be removed"
		}
		return problem(message, append(address(e.Router, e.Address), failure(e.Err))...)
	case engine.Announced:
		l := info("announcing addresses", router(e.Router), slog.String("addresses", list(e.Addresses)),
			slog.Int("rounds", e.Rounds), reason(e.Why.String()))
		if e.Why == vrrp.Refresh || e.Why == vrrp.SecondBurst {
			l.level = slog.LevelDebug // what the clock repeats is not news
		}
		return l
	case engine.AnnounceFailed:
		return problem("announcement cannot be sent", router(e.Router), slog.String("interface", e.Interface), failure(e.Err))
	case engine.PacketFilterFailed:
		if e.Err != nil {
			return problem("packets to addresses cannot be dropped", failure(e.Err))
		}
	}
	return line{level: slog.LevelDebug, message: "packets to addresses are dropped"}
}

// describePeer words what is heard of other routers, and what reaches them.
func describePeer(e engine.Event) line {
	switch e := e.(type) {
	case engine.ConflictRaised:
		return warn("peer disagrees", append(conflict(e.Router, &e.Conflict), reason(e.Conflict.String()))...)
	case engine.ConflictCleared:
		if e.Gone {
			return info("disagreeing peer is silent", conflict(e.Router, &e.Conflict)...)
		}
		return info("peer agrees", conflict(e.Router, &e.Conflict)...)
	case engine.PeerHeard:
		return info("peer heard", router(e.Router), slog.String("peer", e.Peer.String()),
			slog.Int("priority", int(e.Priority)), slog.String("interval", e.Interval.String()))
	case engine.SendFailed:
		return problem("advertisement cannot be sent", router(e.Router), slog.String("to", e.Destination.String()), failure(e.Err))
	case engine.SendRecovered:
		return info("advertisements can be sent again", router(e.Router), slog.String("to", e.Destination.String()),
			slog.Uint64("failed", e.Failed))
	}
	return line{}
}

func router(name string) slog.Attr { return slog.String("router", name) }
func reason(text string) slog.Attr { return slog.String("reason", text) }
func failure(err error) slog.Attr  { return slog.String("err", err.Error()) }

func address(name string, a vrrp.Address) []slog.Attr {
	return []slog.Attr{router(name), slog.String("address", a.Prefix.String()), slog.String("interface", a.Interface)}
}

func conflict(name string, c *engine.Conflict) []slog.Attr {
	return []slog.Attr{router(name), slog.String("peer", c.Peer.String()), slog.String("setting", string(c.Subject))}
}

func list(addresses []vrrp.Address) string {
	names := make([]string, len(addresses))
	for i, a := range addresses {
		names[i] = a.Prefix.Addr().String()
	}
	return strings.Join(names, " ")
}
