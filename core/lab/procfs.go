package lab

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"time"
)

// processStat is what /proc/PID/stat tells of a process.
type processStat struct {
	pid, parent, group int
	// reaped is the processor time of its children that have ended.
	reaped time.Duration
}

// clockTick is the unit of times in /proc/PID/stat on every architecture.
const clockTick = time.Second / 100

// processes returns the processes that can be seen, without zombies.
func processes() []processStat {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var list []processStat
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			if stat, ok := readStat(pid); ok {
				list = append(list, stat)
			}
		}
	}
	return list
}

// readStat returns false for a process that has ended.
func readStat(pid int) (processStat, bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return processStat{}, false
	}
	// The name, in parentheses, may hold spaces and parentheses.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 15 || fields[0] == "Z" || fields[0] == "X" {
		return processStat{}, false
	}
	number := func(field int) int {
		n, _ := strconv.Atoi(fields[field-3]) // numbered from 1 in proc_pid_stat(5); the state is 3
		return n
	}
	return processStat{
		pid:    pid,
		parent: number(4),
		group:  number(5),
		reaped: time.Duration(number(16)+number(17)) * clockTick,
	}, true
}

// childrenOf returns the children of a process.
func childrenOf(pid int) []int {
	var children []int
	for _, p := range processes() {
		if p.parent == pid {
			children = append(children, p.pid)
		}
	}
	return children
}
