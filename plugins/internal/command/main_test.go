package command

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

// runVariable makes the test binary run a line for the shell and nothing else.
const runVariable = "SENTINEL_COMMAND_RUN"

// againVariable names the test that this process runs with other rights.
const againVariable = "SENTINEL_COMMAND_AGAIN"

// patience is how long a test waits for what must happen.
const patience = 15 * time.Second

// promptly is less than the time that a program has between the two signals.
const promptly = grace - 500*time.Millisecond

const nobody = 65534

func TestMain(m *testing.M) {
	if line := os.Getenv(runVariable); line != "" {
		Run(context.Background(), Spec{Args: Args([]string{line}, true)})
		os.Exit(1) // it has to be killed
	}
	signal.Notify(make(chan os.Signal, 1), unix.SIGHUP) // nohup ignores it, and programs would inherit that
	// The runtime opens files of its own for the first that it waits for.
	if r, w, err := os.Pipe(); err == nil {
		r.Close()
		w.Close()
	}
	Run(context.Background(), Spec{Args: []string{"/bin/true"}}) // and there is the guard
	// Programs would inherit what this one was given.
	_ = unix.CloseRange(3, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC)
	os.Exit(m.Run())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sh runs a line for the shell and makes sure that nothing is left of it.
func sh(t testing.TB, ctx context.Context, line string) Result {
	t.Helper()
	return run(t, ctx, Spec{Args: Args([]string{line}, true)})
}

func run(t testing.TB, ctx context.Context, s Spec) Result {
	t.Helper()
	before := held(t)
	r := Run(ctx, s)
	before.again(t)
	return r
}

// resources are what this process holds. Threads are not counted, as the runtime
// keeps them.
type resources struct{ goroutines, descriptors, children int }

func held(t testing.TB) resources {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return resources{runtime.NumGoroutine(), len(fds), len(children(t))}
}

// again waits until no more is held than before.
func (before resources) again(t testing.TB) {
	t.Helper()
	eventually(t, "as much as before", func() string {
		now := held(t)
		if now.goroutines > before.goroutines || now.descriptors > before.descriptors || now.children > before.children {
			return fmt.Sprintf("%+v, before %+v", now, before)
		}
		return ""
	})
}

// children lists the children of this process, dead ones too.
func children(t testing.TB) (list []string) {
	t.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	must(t, err)
	for _, task := range tasks {
		text, _ := os.ReadFile(task) // threads come and go
		list = append(list, strings.Fields(string(text))...)
	}
	return list
}

// eventually waits until wrong finds nothing.
func eventually(t testing.TB, what string, wrong func() string) {
	t.Helper()
	text := wrong()
	for until := time.Now().Add(patience); text != ""; text = wrong() {
		if time.Now().After(until) {
			t.Fatalf("waited %v in vain for %s: %s", patience, what, text)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// program writes a script and returns its path, which everybody may run.
func program(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(openDir(t), "program")
	must(t, os.WriteFile(path, []byte(text), 0o755))
	return path
}

// openDir is a directory that everybody may use.
func openDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "sentinel-command-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o777))
	return dir
}

// alive reports whether a process whose number is in a file runs, which a zombie
// does not.
func alive(t testing.TB, file string) bool {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", number(t, file)))
	if err != nil {
		return false
	}
	_, state, _ := bytes.Cut(stat, []byte(") "))
	return state[0] != 'Z' && state[0] != 'X'
}

// dies waits for the end of such a process, which is none of our children and not
// waited for by [Run].
func dies(t testing.TB, file string) {
	t.Helper()
	eventually(t, "the death of a process", func() string {
		if alive(t, file) {
			return "alive"
		}
		return ""
	})
}

// number waits for a number that a program writes to a file.
func number(t testing.TB, file string) (n int) {
	t.Helper()
	eventually(t, file, func() string {
		text, err := os.ReadFile(file)
		if err == nil {
			n, err = strconv.Atoi(strings.TrimSpace(string(text)))
		}
		if err != nil {
			return err.Error()
		}
		return ""
	})
	return n
}

// kill ends a process whose number is in a file.
func kill(t testing.TB, file string) {
	t.Helper()
	if err := unix.Kill(number(t, file), unix.SIGKILL); err != nil && err != unix.ESRCH {
		t.Error(err)
	}
}

// again runs the test itself in another process that is nobody's. It reports
// whether this is that process; otherwise the test is over.
func again(t *testing.T) (inside bool) {
	t.Helper()
	if os.Getenv(againVariable) == t.Name() {
		return true
	}
	if os.Geteuid() != 0 {
		return true // it is somebody's already
	}
	binary := filepath.Join(openDir(t), "test") // where nobody may run it
	data, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	must(t, os.WriteFile(binary, data, 0o755))
	cmd := exec.Command(binary, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), againVariable+"="+t.Name(), "TMPDIR=/tmp")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	output, err := cmd.CombinedOutput()
	if err != nil && !strings.Contains(string(output), "=== RUN") {
		netnstest.NotRun(t, fmt.Sprintf("cannot start it as another user: %v", err))
	}
	t.Logf("as nobody:\n%s", output)
	must(t, err)
	return false
}
