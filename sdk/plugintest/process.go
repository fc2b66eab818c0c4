package plugintest

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// process is a plugin's process as it is: nothing is read over, nothing is killed
// before somebody has looked. It is not reaped before close, so that its number
// and its group stay its own.
type process struct {
	pid      int
	lifeLine *os.File        // our end of its standard input
	greeting <-chan greeting // what it prints first; one
	said     *said           // on standard error
	quiet    <-chan struct{} // closed when nobody can write there any more
	ended    <-chan struct{} // closed when it has ended
	release  chan<- struct{} // closed when it may be reaped
	reaped   <-chan struct{} // closed when it was
	state    func() *os.ProcessState
	ends     []*os.File // ours
}

// greeting is what a process prints until it prints the handshake.
type greeting struct {
	before string // what came before it
	line   string // the handshake, empty if there was none
}

// start starts a process in a group of its own. It is killed when this program
// dies.
func start(path string, args, environment []string) (*process, error) {
	var pipes [3][2]*os.File
	var all []*os.File
	for i := range pipes {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(all)
			return nil, err
		}
		pipes[i], all = [2]*os.File{r, w}, append(all, r, w)
	}
	theirs := []*os.File{pipes[0][0], pipes[1][1], pipes[2][1]}
	defer closeAll(theirs)
	cmd := exec.Command(path)
	cmd.Args, cmd.Env, cmd.Dir = append([]string{path}, args...), environment, "/"
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs[0], theirs[1], theirs[2]
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p := &process{lifeLine: pipes[0][1], ends: []*os.File{pipes[0][1], pipes[1][0], pipes[2][0]}, said: &said{}}
	if err := p.run(cmd); err != nil {
		closeAll(p.ends)
		return nil, err
	}
	greetings := make(chan greeting, 1)
	p.greeting = greetings
	go greet(pipes[1][0], greetings)
	quiet := make(chan struct{})
	p.quiet = quiet
	go func() {
		defer close(quiet)
		p.said.read(pipes[2][0])
	}()
	return p, nil
}

// run starts the process from a thread that lives as long as it does: the kernel
// kills it when that ends.
func (p *process) run(cmd *exec.Cmd) error {
	started := make(chan error, 1)
	ended, release, reaped := make(chan struct{}), make(chan struct{}), make(chan struct{})
	p.ended, p.release, p.reaped = ended, release, reaped
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		for unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
		}
		close(ended)
		<-release
		_ = cmd.Wait()
		close(reaped)
	}()
	if err := <-started; err != nil {
		return err
	}
	p.pid = cmd.Process.Pid
	p.state = func() *os.ProcessState { return cmd.ProcessState }
	return nil
}

// close leaves nothing of the process and its group. It returns how it ended.
func (p *process) close() string {
	_ = syscall.Kill(-p.pid, syscall.SIGKILL)
	close(p.release)
	defer closeAll(p.ends)
	select {
	case <-p.reaped:
	case <-time.After(time.Second):
		return "cannot be killed"
	}
	return wire.Fate(p.state())
}

// within reports whether the process ends within a time.
func (p *process) within(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.ended:
		return true
	case <-timer.C:
		return p.hasEnded()
	}
}

func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// lastWords returns what was said last on standard error, which may still be in the
// pipe when the process has ended.
func (p *process) lastWords() *wire.LastWords {
	if p.hasEnded() {
		select {
		case <-p.quiet:
		case <-time.After(linger):
		}
	}
	return p.said.last()
}

// linger is how long the output of a dead process is waited for, which its
// children may hold for ever.
const linger = 250 * time.Millisecond

func closeAll(files []*os.File) {
	for _, file := range files {
		file.Close()
	}
}

// mostGarbage is how much is read in search of the handshake, in bytes.
const mostGarbage = 4 << 10

// greet reads what a process prints, says what came first, and reads on.
func greet(r io.Reader, to chan<- greeting) {
	lines := bufio.NewReaderSize(r, mostGarbage)
	var g greeting
	for g.line == "" && len(g.before) < mostGarbage {
		part, err := lines.ReadSlice('\n')
		if strings.HasPrefix(string(part), "1|") {
			g.line = strings.TrimSpace(string(part))
			break
		}
		g.before += string(part)
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			break
		}
	}
	to <- g
	_, _ = io.Copy(io.Discard, lines)
}

// said is what was written to standard error.
type said struct {
	mu    sync.Mutex
	words wire.LastWords // guarded by mu
}

func (s *said) read(r io.Reader) {
	lines := bufio.NewReaderSize(r, 512)
	for {
		part, _, err := lines.ReadLine()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.words.Add(string(part))
		s.mu.Unlock()
	}
}

func (s *said) last() *wire.LastWords {
	s.mu.Lock()
	defer s.mu.Unlock()
	words := s.words
	return &words
}
