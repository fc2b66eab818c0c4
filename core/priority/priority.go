package priority

import (
	"fmt"
	"strings"
)

// The bounds of what a router that does not own its addresses may advertise (RFC
// 9568 section 5.2.4), and the owner's priority.
const (
	Lowest  = 1
	Highest = 254
	Owner   = 255
)

// Priority is an effective priority and how it came about. It is data: whatever
// prints a priority prints from it.
type Priority struct {
	// Base is the configured one.
	Base uint8
	// Effective is the base and all contributions, within bounds. An owner's is
	// its base: weights do not count.
	Effective uint8
	// Contributions are in the order of the configuration.
	Contributions []Contribution
	// Clamped: the sum was out of bounds.
	Clamped bool
}

// Compose adds contributions to a base priority.
func Compose(base uint8, contributions []Contribution) Priority {
	p := Priority{Base: base, Effective: base, Contributions: contributions}
	if base == Owner {
		return p
	}
	sum := p.Sum()
	p.Effective = uint8(min(max(sum, Lowest), Highest))
	p.Clamped = int(p.Effective) != sum
	return p
}

// Sum returns the base and all contributions, unbounded.
func (p *Priority) Sum() int {
	sum := int(p.Base)
	for _, c := range p.Contributions {
		sum += c.Value
	}
	return sum
}

// Waiting reports whether any contribution keeps the router from beginning.
func (p *Priority) Waiting() bool {
	for _, c := range p.Contributions {
		if c.Waiting {
			return true
		}
	}
	return false
}

// String returns the arithmetic: "250 = 244 + 6 tracker.file.app". It is just the
// priority if nothing contributes.
func (p Priority) String() string {
	if p.Base == Owner {
		return "255 (owner)"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d", p.Effective)
	for i, c := range p.contributing() {
		if i == 0 {
			fmt.Fprintf(&b, " = %d", p.Base)
		}
		sign := "+"
		if c.Value < 0 {
			sign = "-"
		}
		fmt.Fprintf(&b, " %s %d %s", sign, max(c.Value, -c.Value), c.Source)
	}
	if p.Clamped {
		fmt.Fprintf(&b, " (%d, out of %d..%d)", p.Sum(), Lowest, Highest)
	}
	return b.String()
}

func (p *Priority) contributing() []Contribution {
	var list []Contribution
	for _, c := range p.Contributions {
		if c.Value != 0 {
			list = append(list, c)
		}
	}
	return list
}
