package process

import "time"

// A storm of new programs is worth this many looks a second, a few percent of one
// processor, after so many at once. What is not looked at is found by a scan.
const (
	looksPerSecond = 1000
	looksAtOnce    = 200
)

// budget bounds how often something is done. The zero value is full.
type budget struct {
	spent float64   // of looksAtOnce
	at    time.Time // when that was so
	total int       // ever spent
}

// spend reports whether one look more is affordable at a time.
func (b *budget) spend(now time.Time) bool {
	b.spent = max(b.spent-now.Sub(b.at).Seconds()*looksPerSecond, 0)
	b.at = now
	if b.spent+1 > looksAtOnce {
		return false
	}
	b.spent++
	b.total++
	return true
}
