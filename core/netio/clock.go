package netio

import (
	"time"

	"golang.org/x/sys/unix"
)

// Clock reads CLOCK_BOOTTIME (clock_gettime(2)): it cannot be set, and it goes on
// while the machine is suspended, so that a router that slept knows that it did.
// The zero value is ready to use.
type Clock struct{}

// Now returns the time since boot as time.Unix(0, nanoseconds). The scale is no
// calendar: such times are only good for comparing with one another and for
// [Poller.Wait].
func (Clock) Now() time.Time {
	var ts unix.Timespec
	// It fails only for a clock that does not exist, or a bad pointer.
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts)
	return time.Unix(ts.Unix())
}

// Wall returns the time of day, which can be set. It has no reading of the clock
// that cannot.
func (Clock) Wall() time.Time { return time.Now().Round(0) }
