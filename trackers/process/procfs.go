package process

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/common"
	"github.com/shirou/gopsutil/v3/process"
	"golang.org/x/sys/unix"
)

// argsLimit is how many bytes of a process's arguments are read.
const argsLimit = 4096

// procfs reads a proc(5) file system. One goroutine may use it.
//
// It asks for a process's name first and for more only where that could matter: a
// scan of thousands, every second, must not cost more than a few milliseconds.
// Names and states are read directly, as gopsutil takes ten times as long for
// them; the rest is asked of it.
type procfs struct {
	root   string // "/proc"
	buffer [argsLimit]byte
}

// stat is what /proc/PID/stat tells of a process.
type stat struct {
	zombie  bool // its first thread has ended
	kernel  bool // it is a thread of the kernel's and has no executable
	threads int
	age     time.Duration // since the fork, in hundredths of a second
}

// ended reports whether nothing of the process runs any more.
func (s *stat) ended() bool { return s.zombie && s.threads <= 1 }

// entry is a process in the directory of all. The inode is another for each
// process that a /proc ever shows, whatever ids they have: it is made when a
// process is first looked up and given up with it. If the kernel gives it up
// earlier, a process is taken for a new one.
type entry struct {
	pid   int
	inode uint64
}

// entries returns all processes that are visible. Unlike [os.ReadDir], it looks up
// none of them.
func (p *procfs) entries() ([]entry, error) {
	dir, err := os.Open(p.root)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	var list []entry
	for {
		n, err := unix.ReadDirent(int(dir.Fd()), p.buffer[:])
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return nil, &os.PathError{Op: "read", Path: p.root, Err: err}
		case n <= 0:
			return list, nil
		}
		list = appendEntries(list, p.buffer[:n])
	}
}

// appendEntries adds the processes among some records of getdents64(2).
func appendEntries(list []entry, b []byte) []entry {
	const lengthOffset, nameOffset = 16, 19
	for len(b) > nameOffset {
		length := int(binary.NativeEndian.Uint16(b[lengthOffset:]))
		if length <= nameOffset || length > len(b) {
			return list
		}
		name, _, _ := bytes.Cut(b[nameOffset:length], []byte{0})
		if pid, ok := number(name); ok {
			list = append(list, entry{pid, binary.NativeEndian.Uint64(b)})
		}
		b = b[length:]
	}
	return list
}

// number reads a process id, and reports whether it is one.
func number(name []byte) (n int, ok bool) {
	const digits = 9
	if len(name) == 0 || len(name) > digits {
		return 0, false
	}
	for _, c := range name {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}

// context tells gopsutil where the processes are.
func (p *procfs) context() context.Context {
	return context.WithValue(context.Background(), common.EnvKey, common.EnvMap{common.HostProcEnvKey: p.root})
}

// doubt says why processes may be there that cannot be seen, or nothing. There
// always is a process 1, unless it is another user's and hidden (hidepid in
// proc(5)).
func (p *procfs) doubt() string {
	_, err := p.stat(1)
	switch {
	case err == nil:
		return ""
	case gone(err), errors.Is(err, fs.ErrPermission):
		return "other users' processes are hidden (hidepid of " + p.root + ")"
	}
	return cannotRead(err)
}

func cannotRead(err error) string { return fmt.Sprintf("cannot read processes: %v", err) }

// comm reads the name that the kernel keeps of a process.
func (p *procfs) comm(pid int) (string, error) {
	b, err := p.read(pid, "comm")
	return string(bytes.TrimSuffix(b, []byte("\n"))), err
}

// stat reads a process's state. The error is [fs.ErrNotExist] if there is none.
func (p *procfs) stat(pid int) (s stat, err error) {
	b, err := p.read(pid, "stat")
	if err != nil {
		return s, err
	}
	// The fields from the third on; the name before them may hold anything.
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) < 20 {
		return s, fmt.Errorf("/proc/%d/stat: only %d fields", pid, len(fields))
	}
	const ofKernel = 0x00200000 // PF_KTHREAD
	const tick = time.Second / 100
	flags, _ := strconv.ParseUint(string(fields[6]), 10, 64)
	ticks, _ := strconv.ParseInt(string(fields[19]), 10, 64)
	s.zombie = strings.ContainsAny(string(fields[0]), "ZXx")
	s.kernel = flags&ofKernel != 0
	s.threads, _ = strconv.Atoi(string(fields[17]))
	s.age = max(sinceBoot()-time.Duration(ticks)*tick, 0)
	return s, nil
}

// sinceBoot is the clock by which the kernel tells when a process was started.
func sinceBoot() time.Duration {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &now)
	return time.Duration(now.Nano())
}

// exe returns the path of a process's executable.
func (p *procfs) exe(pid int) (string, error) {
	return (&process.Process{Pid: int32(pid)}).ExeWithContext(p.context())
}

// args returns a process's arguments.
func (p *procfs) args(pid int) ([]string, error) {
	return (&process.Process{Pid: int32(pid)}).CmdlineSliceWithContext(p.context())
}

// read returns the beginning of a small file, until the next call. It spares the
// poller's registration and most of the allocations of [os.ReadFile], which
// matters to a scan of thousands.
func (p *procfs) read(pid int, name string) ([]byte, error) {
	path := append(p.buffer[:0], p.root...)
	path = append(strconv.AppendInt(append(path, '/'), int64(pid), 10), '/')
	fd, err := unix.Open(string(append(path, name...)), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	n, err := unix.Read(fd, p.buffer[:])
	unix.Close(fd)
	if err != nil {
		return nil, err
	}
	return p.buffer[:n], nil
}

// gone reports whether an error means that a process has ended, and not that it
// cannot be read.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH)
}
