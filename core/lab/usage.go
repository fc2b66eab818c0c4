package lab

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Usage is what a process and its descendants have cost.
type Usage struct {
	// CPU is the processor time, in user and kernel mode, to the nanosecond; that
	// of descendants which have ended to 10 ms.
	CPU time.Duration
	// RSS is the resident memory in bytes. What several of the processes share,
	// such as the pages of a program that forked, counts in each of them, and only
	// once in PSS.
	RSS, PSS int64
	// Processes is how many of them are alive.
	Processes int
}

// Usage returns what the process and its descendants have cost so far.
func (p *Process) Usage() (Usage, error) {
	var usage Usage
	for _, member := range p.tree() {
		own, err := usageOf(member.pid)
		if err != nil {
			continue // it ended just now
		}
		usage.CPU += own.CPU + member.reaped
		usage.RSS += own.RSS
		usage.PSS += own.PSS
		usage.Processes++
	}
	if usage.Processes == 0 {
		return usage, fmt.Errorf("%s: usage: %w", p, os.ErrProcessDone)
	}
	return usage, nil
}

// OwnUsage returns, by process id, what the process and those of its descendants
// that run the same program have cost themselves. What they start of other programs
// is not in it, and neither is what has ended.
func (p *Process) OwnUsage() map[int]Usage {
	list := make(map[int]Usage)
	program, err := programOf(p.PID())
	if err != nil {
		return list
	}
	for _, member := range p.tree() {
		if same, err := programOf(member.pid); err != nil || same != program {
			continue
		}
		if own, err := usageOf(member.pid); err == nil {
			list[member.pid] = own
		}
	}
	return list
}

func programOf(pid int) (string, error) { return os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe") }

// usageOf returns what one process has cost itself.
func usageOf(pid int) (Usage, error) {
	cpu, err := processorTime(pid)
	if err != nil {
		return Usage{}, err
	}
	rss, pss, err := residentMemory(pid)
	return Usage{CPU: cpu, RSS: rss, PSS: pss, Processes: 1}, err
}

// tree returns the process and its descendants, and what else is in its group.
func (p *Process) tree() []processStat {
	all := processes()
	members := make(map[int]bool)
	for grown := true; grown; {
		grown = false
		for _, s := range all {
			if !members[s.pid] && (s.pid == p.PID() || s.group == p.PID() || members[s.parent]) {
				members[s.pid] = true
				grown = true
			}
		}
	}
	return slices.DeleteFunc(all, func(s processStat) bool { return !members[s.pid] })
}

// processorTime reads the CPU clock of a process, which counts nanoseconds where
// /proc counts hundredths of a second.
func processorTime(pid int) (time.Duration, error) {
	const schedClock = 2 // CPUCLOCK_SCHED of all threads; see clock_getcpuclockid(3)
	var spent unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|schedClock), &spent); err != nil {
		return 0, err
	}
	return time.Duration(spent.Nano()), nil
}

// residentMemory returns the RSS and PSS of a process in bytes.
func residentMemory(pid int) (rss, pss int64, err error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/smaps_rollup")
	if err != nil {
		return 0, 0, err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) != 3 || fields[2] != "kB" {
			continue
		}
		kilobytes, _ := strconv.ParseInt(fields[1], 10, 64)
		switch fields[0] {
		case "Rss:":
			rss = kilobytes << 10
		case "Pss:":
			pss = kilobytes << 10
		}
	}
	return rss, pss, lines.Err()
}
