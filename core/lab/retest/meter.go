package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// beat is how often the meter looks at the clock.
	beat = 5 * time.Millisecond
	// stillness is what no test with a real clock can be asked to bear: with it a
	// router at the lab's 300 ms misses an advertisement, and a second has little
	// left for what takes a fraction of it on an idle machine.
	stillness = 250 * time.Millisecond
)

// stall is a time in which a processor ran nothing of ours.
type stall struct {
	processor int
	urgent    bool // it did not even run what goes before everything ordinary
	from, to  time.Time
}

func (s stall) String() string {
	what := "ordinary programs"
	if s.urgent {
		what = "everything"
	}
	return fmt.Sprintf("at %s processor %d let %s wait for %v",
		s.from.Format("15:04:05.000"), s.processor, what, s.to.Sub(s.from).Round(time.Millisecond))
}

// meter watches how long this machine's processors stand still: a hypervisor may
// stop one, or all of them, and others may use it up. Make one with newMeter.
type meter struct {
	mu     sync.Mutex
	stalls []stall
}

// newMeter starts to watch every processor, with an ordinary thread and, where
// that is permitted, with an urgent one (SCHED_FIFO, sched(7)). It ends with the
// program.
func newMeter() (*meter, error) {
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		return nil, fmt.Errorf("sched_getaffinity: %w", err)
	}
	m := &meter{}
	for processor, left := 0, allowed.Count(); left > 0; processor++ {
		if allowed.IsSet(processor) {
			left--
			go m.watch(processor, false)
			go m.watch(processor, true)
		}
	}
	return m, nil
}

func (m *meter) watch(processor int, urgent bool) {
	runtime.LockOSThread() // and never unlocked: the thread is not as others any more
	var here unix.CPUSet
	here.Set(processor)
	if unix.SchedSetaffinity(0, &here) != nil {
		return
	}
	if urgent {
		attributes := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 2}
		if unix.SchedSetAttr(0, &attributes, 0) != nil {
			return
		}
	}
	pause := unix.NsecToTimespec(int64(beat))
	for last := time.Now(); ; {
		_ = unix.Nanosleep(&pause, nil)
		now := time.Now()
		if now.Sub(last) >= stillness {
			m.add(stall{processor, urgent, last, now})
		}
		last = now
	}
}

func (m *meter) add(s stall) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stalls = append(m.stalls, s)
}

// between returns the stalls that overlap a time.
func (m *meter) between(from, to time.Time) (list []stall) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.stalls {
		if s.from.Before(to) && s.to.After(from) {
			list = append(list, s)
		}
	}
	return list
}
