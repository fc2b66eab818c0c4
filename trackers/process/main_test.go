package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"github.com/sentinel-ha/sentinel/sdk"
)

const (
	// patience is how long a test waits for what must happen.
	patience = 15 * time.Second
	// silence is how long a test listens for what must not happen.
	silence = 300 * time.Millisecond
)

// roleVariable makes this test binary play a process; see play.
const roleVariable = "SENTINEL_TEST_PROCESS"

func init() {
	if os.Getenv(roleVariable) == "headless" {
		runtime.LockOSThread() // main runs on the first thread
	}
}

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		play(role)
		return
	}
	os.Exit(m.Run())
}

// play is what a process of a test does, until its standard input ends.
func play(role string) {
	done := make(chan struct{})
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1))
		close(done)
	}()
	switch name, isName := strings.CutPrefix(role, "name "); {
	case isName:
		_ = os.WriteFile("/proc/self/comm", []byte(name), 0)
		fmt.Println("ready")
	case role == "headless":
		go func() {
			<-done
			os.Exit(0)
		}()
		fmt.Println("ready")
		_, _, _ = unix.Syscall(unix.SYS_EXIT, 0, 0, 0) // of this thread alone
	case role == "storm":
		storm(done)
		return
	}
	<-done
}

// needConnector ends a test where the kernel tells of no processes.
func needConnector(t testing.TB) {
	t.Helper()
	c, err := connect()
	if err != nil {
		netnstest.NotRun(t, err.Error())
	}
	c.close()
}

// disconnected is the knob that forces the fall-back.
func disconnected() (*connector, error) { return nil, errSilent }

// eachWay runs a test with the connector and without.
func eachWay(t *testing.T, test func(t *testing.T, h *hub)) {
	t.Run("connector", func(t *testing.T) {
		needConnector(t)
		test(t, newHub(t, "/proc", connect))
	})
	t.Run("fallback", func(t *testing.T) { test(t, newHub(t, "/proc", disconnected)) })
}

// newHub returns a hub that must have no monitor when the test ends.
func newHub(t testing.TB, root string, connect func() (*connector, error)) *hub {
	h := &hub{root: root, connect: connect}
	t.Cleanup(func() {
		if h.monitor != nil {
			t.Error("the monitor has outlived its watches")
		}
	})
	return h
}

// running is a tracker that a test runs.
type running struct {
	t       testing.TB
	cancel  context.CancelFunc
	ended   chan struct{}
	reports chan timedResult
}

type timedResult struct {
	sdk.Result
	at time.Time
}

// run runs a tracker until the test ends.
func run(t testing.TB, h *hub, c config) *running {
	t.Helper()
	if c.Match == "" {
		c.Match = byComm
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{t, cancel, make(chan struct{}), make(chan timedResult, 10000)}
	go func() {
		defer close(r.ended)
		err := h.watch(ctx, c, func(result sdk.Result) {
			select {
			case r.reports <- timedResult{result, time.Now()}:
			default:
				t.Error("too many reports")
			}
		})
		if err != nil {
			t.Errorf("watch: %v", err)
		}
	}()
	t.Cleanup(r.end)
	return r
}

func (r *running) end() {
	r.cancel()
	<-r.ended
}

// next returns the next report.
func (r *running) next() timedResult {
	r.t.Helper()
	select {
	case result := <-r.reports:
		return result
	case <-time.After(patience):
		r.t.Fatal("no report")
		panic("unreachable")
	}
}

// want is the next report, which must be as told.
func (r *running) want(verdict sdk.Verdict, reason string, args ...any) {
	r.t.Helper()
	want := sdk.Result{Verdict: verdict, Reason: fmt.Sprintf(reason, args...)}
	if got := r.next(); got.Result != want {
		r.t.Fatalf("report %v, want %v", got.Result, want)
	}
}

// quiet makes sure that nothing more is reported.
func (r *running) quiet() {
	r.t.Helper()
	select {
	case got := <-r.reports:
		r.t.Fatalf("report %v, want none", got.Result)
	case <-time.After(silence):
	}
}

// program copies an executable to a directory of the test's and returns the path.
func program(t testing.TB, from, name string) string {
	t.Helper()
	path, err := exec.LookPath(from)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), name)
	// By a command: a file that this process has open for writing might just be
	// inherited by another child, and could not be executed then.
	if output, err := exec.Command("cp", path, to).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, output)
	}
	return to
}

// self returns the path of this test binary, to be played by.
func self(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// start starts a process, which is killed with the test.
func start(t testing.TB, cmd *exec.Cmd) *child {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{Cmd: cmd, pid: cmd.Process.Pid}
	t.Cleanup(c.kill)
	return c
}

// sleeper starts a program that does nothing, under a name of the test's.
func sleeper(t testing.TB, path string) *child {
	t.Helper()
	return start(t, exec.Command(path, "1000"))
}

// player starts this test binary in a role, and waits until it plays it.
func player(t testing.TB, path, role string) *child {
	t.Helper()
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, cmd)
	if _, err := stdout.Read(make([]byte, 1)); err != nil {
		t.Fatalf("%s: %v", role, err)
	}
	return c
}

type child struct {
	*exec.Cmd
	pid  int
	once sync.Once
}

// kill ends the process and collects it.
func (c *child) kill() {
	c.once.Do(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
}

// descriptors returns the open file descriptors of this process, by what they are.
func descriptors(t testing.TB) (list []string) {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		to, err := os.Readlink("/proc/self/fd/" + name.Name())
		if err == nil && (strings.Contains(to, "socket:") || strings.Contains(to, "anon_inode")) {
			list = append(list, to)
		}
	}
	slices.Sort(list)
	return list
}

// goroutines returns how many goroutines run this package's code.
func goroutines() int {
	b := make([]byte, 1<<20)
	b = b[:runtime.Stack(b, true)]
	n := 0
	for _, stack := range strings.Split(string(b), "\n\n") {
		for _, function := range []string{"(*monitor).run", "(*connector).read", "(*deaths).read", "(*hub).watch"} {
			if strings.Contains(stack, "process."+function) {
				n++
				break
			}
		}
	}
	return n
}
