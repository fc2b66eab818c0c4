package netio

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Process is a process that has a socket of protocol 112.
type Process struct {
	// PID is 0 if it could not be found out, as for another user's process.
	PID int
	// Name is the command's (proc_pid_comm(5)), or empty.
	Name string
}

// String returns for example "keepalived (pid 4711)".
func (p Process) String() string {
	if p.PID == 0 {
		return "another process"
	}
	return fmt.Sprintf("%s (pid %d)", p.Name, p.PID)
}

// OtherVRRP returns the other processes that have a raw socket of protocol 112 in
// the calling thread's network namespace: VRRP daemons. A socket whose process
// cannot be seen is the zero Process, once for all of them.
func OtherVRRP() ([]Process, error) {
	inodes := make(map[string]bool) // of sockets, as in the names of /proc/PID/fd
	for _, table := range []string{"raw", "raw6"} {
		b, err := os.ReadFile("/proc/thread-self/net/" + table)
		if errors.Is(err, fs.ErrNotExist) && table == "raw6" {
			continue // no IPv6 in this kernel
		}
		if err != nil {
			return nil, err
		}
		for _, inode := range rawSockets(string(b), Protocol) {
			inodes["socket:["+inode+"]"] = true
		}
	}
	for _, link := range descriptors("/proc/self") {
		delete(inodes, link)
	}
	return owners(inodes), nil
}

// rawSockets returns the inodes of the sockets of a protocol in /proc/net/raw.
// Its lines have the local address, whose port is the protocol, in the second
// column and the inode in the tenth.
func rawSockets(table string, protocol uint64) []string {
	var list []string
	for line := range strings.Lines(table) {
		columns := strings.Fields(line)
		if len(columns) < 10 {
			continue
		}
		_, port, _ := strings.Cut(columns[1], ":")
		if number, err := strconv.ParseUint(port, 16, 16); err == nil && number == protocol {
			list = append(list, columns[9])
		}
	}
	return list
}

// owners finds the processes that have one of the sockets open.
func owners(inodes map[string]bool) []Process {
	var list []Process
	if len(inodes) == 0 {
		return list
	}
	found := make(map[string]bool)
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		owns := false
		for _, link := range descriptors(process) {
			if inodes[link] {
				owns, found[link] = true, true
			}
		}
		if owns {
			pid, _ := strconv.Atoi(filepath.Base(process))
			comm, _ := os.ReadFile(process + "/comm")
			list = append(list, Process{PID: pid, Name: strings.TrimSpace(string(comm))})
		}
	}
	if len(found) < len(inodes) {
		list = append(list, Process{})
	}
	slices.SortFunc(list, func(a, b Process) int { return a.PID - b.PID })
	return list
}

// descriptors returns what the descriptors of a process are, as far as we may
// see.
func descriptors(process string) []string {
	names, _ := filepath.Glob(process + "/fd/*")
	var list []string
	for _, name := range names {
		if link, err := os.Readlink(name); err == nil {
			list = append(list, link)
		}
	}
	return list
}
