package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
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

// pids returns the ids of all processes that are visible.
func (p *procfs) pids() ([]int, error) {
	found, err := process.PidsWithContext(p.context())
	pids := make([]int, 0, len(found))
	for _, pid := range found {
		pids = append(pids, int(pid))
	}
	return pids, err
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

func (p *procfs) path(pid int, name string) string {
	return filepath.Join(p.root, strconv.Itoa(pid), name)
}

// read returns the beginning of a small file, until the next call. It spares the
// poller's registration and most of the allocations of [os.ReadFile], which
// matters to a scan of thousands.
func (p *procfs) read(pid int, name string) ([]byte, error) {
	fd, err := unix.Open(p.path(pid, name), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	n, err := unix.Read(fd, p.buffer[:])
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
