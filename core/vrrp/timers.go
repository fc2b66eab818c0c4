package vrrp

import (
	"time"

	"github.com/sentinel-ha/sentinel/core/packet"
)

const (
	// downFactor is how many intervals of silence make an active router dead
	// (RFC 9568 section 6.1, Active_Down_Interval).
	downFactor = 3
	// listenFloor is the shortest time that a router listens before it speaks
	// after a stall; below it the schedulers' own delays dominate.
	listenFloor = 20 * time.Millisecond
	// extraFloor is the shortest time between two extra advertisements.
	extraFloor = 10 * time.Millisecond
)

// SkewTime returns Skew_Time, which lets the router of higher priority time out
// first.
//
// RFC 9568 section 6.1: "(((256 - Priority) * Active_Adver_Interval) / 256)".
// RFC 3768 section 6.1 has seconds instead of intervals. Neither says how to
// round; this is exact to the nanosecond, so that priorities still differ at 10
// ms.
func SkewTime(version, priority uint8, interval time.Duration) time.Duration {
	if version == packet.Version2 {
		interval = time.Second
	}
	return time.Duration(256-int(priority)) * interval / 256
}

// ActiveDownInterval returns the silence after which a backup takes over, given
// the interval of the active router.
//
// RFC 9568 section 6.1: "(3 * Active_Adver_Interval + Skew_time)".
func ActiveDownInterval(version, priority uint8, interval time.Duration) time.Duration {
	return downFactor*interval + SkewTime(version, priority, interval)
}

// earlier returns the earlier of two times, where the zero time is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// due reports whether a timer that is set has expired.
func due(timer, now time.Time) bool { return !timer.IsZero() && !now.Before(timer) }
