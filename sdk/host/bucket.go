package host

import "time"

// bucket is a token bucket: it lets burst things pass at once and then rate in a
// second. It is used by one goroutine.
type bucket struct {
	rate, burst float64
	tokens      float64
	since       time.Time
}

func newBucket(rate, burst float64) *bucket {
	return &bucket{rate: rate, burst: burst, tokens: burst, since: time.Now()}
}

// take reports whether one more may pass.
func (b *bucket) take() bool {
	now := time.Now()
	b.tokens = min(b.burst, b.tokens+now.Sub(b.since).Seconds()*b.rate)
	b.since = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
