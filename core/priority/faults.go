package priority

import (
	"iter"
	"slices"
	"strings"
	"time"
)

// Fault is one thing that keeps a router from serving.
type Fault struct {
	// Source identifies what is wrong and is unique in a set: "interface:eth0",
	// "address:192.0.2.1", "source".
	Source string
	// Reason says it in words, without repeating the source.
	Reason string
	// Since is when the source went wrong; a change of reason does not move it.
	Since time.Time
}

// Faults is a set of faults keyed by source, so that two that come can be two
// that go, in any order. The zero value is empty.
type Faults struct {
	list []Fault // in order of Since
}

// Set adds a fault, or changes the reason of the one with the same source. It
// returns the fault and whether anything changed.
func (f *Faults) Set(now time.Time, source, reason string) (fault Fault, changed bool) {
	i := f.index(source)
	if i < 0 {
		f.list = append(f.list, Fault{Source: source, Reason: reason, Since: now})
		return f.list[len(f.list)-1], true
	}
	changed = f.list[i].Reason != reason
	f.list[i].Reason = reason
	return f.list[i], changed
}

// Clear removes the fault of a source and returns it; ok is false if there was
// none.
func (f *Faults) Clear(source string) (cleared Fault, ok bool) {
	i := f.index(source)
	if i < 0 {
		return Fault{}, false
	}
	cleared = f.list[i]
	f.list = slices.Delete(f.list, i, i+1)
	return cleared, true
}

// Has reports whether a source is at fault.
func (f *Faults) Has(source string) bool { return f.index(source) >= 0 }

// All yields the faults, oldest first. The set must not change meanwhile.
func (f *Faults) All() iter.Seq[Fault] { return slices.Values(f.list) }

// List returns the faults, oldest first. The caller may keep it.
func (f *Faults) List() []Fault { return slices.Clone(f.list) }

// String lists the faults in words, oldest first; it is empty without any.
func (f *Faults) String() string {
	reasons := make([]string, len(f.list))
	for i, fault := range f.list {
		reasons[i] = fault.Source + ": " + fault.Reason
	}
	return strings.Join(reasons, "; ")
}

func (f *Faults) index(source string) int {
	return slices.IndexFunc(f.list, func(fault Fault) bool { return fault.Source == source })
}
