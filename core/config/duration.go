package config

import (
	"regexp"
	"strconv"
	"time"
)

// durationPattern is stricter than [time.ParseDuration], which rounds, and
// takes signs and "0" without a unit.
var durationPattern = regexp.MustCompile(`^([0-9]+(\.[0-9]{1,3})?(h|m|s|ms|us|µs))+$`)

// short writes a duration as one would type it: 1h and not 1h0m0s, 255s and not
// 4m15s.
func short(d time.Duration) string {
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return strconv.FormatInt(int64(d/time.Hour), 10) + "h"
	case d == 0 || d >= time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
	}
	return d.String()
}
