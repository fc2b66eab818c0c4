package command

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk/guard"
	"github.com/sentinel-ha/sentinel/sdk/probe"
)

// process is a program that was started and not waited for.
type process struct {
	pid    int // also the number of its group
	exit   int // readable when it has ended
	output int // read end of what it writes
	slot   int // where it is guarded
	lasts  bool
	tail   tail
	buffer []byte
}

// start starts a program, whose file system must answer. The caller must stay on its
// thread.
func start(s Spec) (*process, error) {
	credential, err := all.credential(s.User)
	if err != nil {
		return nil, err
	}
	if credential == nil && os.Geteuid() == 0 {
		noticed.mention(s.Args[0])
	}
	stdin, err := input(s.Stdin)
	if err != nil {
		return nil, err
	}
	defer unix.Close(stdin)
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	defer unix.Close(pipe[1])
	if credential != nil {
		// A pipe is its maker's, who alone can open /dev/stdout and /dev/stderr.
		_ = unix.Fchown(pipe[1], int(credential.Uid), int(credential.Gid))
	}
	p := &process{exit: -1, output: pipe[0], lasts: s.Lasting}
	if err = unix.SetNonblock(p.output, true); err == nil {
		err = p.fork(s, credential, []uintptr{uintptr(stdin), uintptr(pipe[1]), uintptr(pipe[1])})
	}
	if err != nil {
		unix.Close(p.output)
		return nil, err
	}
	return p, nil
}

func (p *process) fork(s Spec, credential *syscall.Credential, files []uintptr) (err error) {
	guard.Start()
	if p.lasts {
		asParentOnce()
	}
	env := make([]string, 0, len(s.Env)+1)
	env = append(append(env, "PATH="+Path), s.Env...)
	p.pid, err = syscall.ForkExec(s.Args[0], s.Args, &syscall.ProcAttr{
		Dir: "/", Env: env, Files: files,
		Sys: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGKILL, PidFD: &p.exit, Credential: credential},
	})
	if err != nil {
		return explain(err, s)
	}
	p.slot = guard.Add(p.pid)
	if p.exit >= 0 {
		return nil
	}
	if p.exit, err = exitOf(p.pid); err != nil {
		p.signal(unix.SIGKILL)
		_, _ = p.reap()
	}
	return err
}

// exitOf is what a pidfd is, for kernels before Linux 5.2.
func exitOf(pid int) (fd int, err error) {
	fd, err = unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("watch process: %w", err)
	}
	told, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("watch process: %w", err)
	}
	go func() { // ends with the process, which is waited for in any case
		defer unix.Close(told)
		for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
		}
		tell(told)
	}()
	return fd, nil
}

// tell makes an eventfd readable.
func tell(fd int) { _, _ = unix.Write(fd, []byte{1, 1, 1, 1, 1, 1, 1, 1}) }

// input returns a file that holds a text. Unlike a pipe, it does not mind if
// nobody reads it.
func input(text []byte) (fd int, err error) {
	if len(text) == 0 {
		fd, err = unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		return fd, wrap("open /dev/null", err)
	}
	fd, err = memory("stdin")
	if err != nil {
		return -1, err
	}
	if _, err = unix.Pwrite(fd, text, 0); err != nil {
		unix.Close(fd)
	}
	return fd, wrap("write standard input", err)
}

// memory makes a file that has no name and no disk.
func memory(name string) (fd int, err error) {
	fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_NOEXEC_SEAL)
	if errors.Is(err, unix.EINVAL) { // before Linux 6.3
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	}
	return fd, wrap("make a file in memory", err)
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// explain says what went wrong when a program could not be executed.
func explain(err error, s Spec) error {
	path := s.Args[0]
	switch {
	case errors.Is(err, unix.ENOENT) && len(s.Args) == 1 && strings.Contains(path, " ") && !exists(path):
		return fmt.Errorf("%s: %w: arguments are strings of their own", path, err)
	case s.User != "" && (errors.Is(err, unix.EPERM) || errors.Is(err, unix.EINVAL)):
		return fmt.Errorf("cannot become user %s: %w", s.User, err)
	}
	why := probe.Refused(path, err)
	if s.User != "" && errors.Is(why, unix.EACCES) {
		return fmt.Errorf("%s as user %s: %w", path, s.User, err)
	}
	return why
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
