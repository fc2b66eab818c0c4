package process

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk"
)

// storm starts processes that end at once, as many as it can beside the tests of
// other packages, which measure time.
func storm(done chan struct{}) {
	runtime.LockOSThread() // its end would end them, too
	for range 3 {
		cmd := exec.Command("nice", "-n", "19", "/bin/sh", "-c", "while :; do /bin/true; done")
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
		if err := cmd.Start(); err != nil {
			panic(err)
		}
		defer func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}()
	}
	_, _ = os.Stdout.WriteString("ready\n")
	<-done
}

// used returns how much of a processor this process has used.
func used(t *testing.T) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// forks returns how many processes there ever were on this machine.
func forks(t *testing.T) int {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(b), "\nprocesses ")
	line, _, _ := strings.Cut(after, "\n")
	n, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestStormOnTheKernel: whatever else is started on the machine, the end of a
// process that counts is told, and the work is bounded by counters.
func TestStormOnTheKernel(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes all processors for seconds")
	}
	needConnector(t)
	path := program(t, "sleep", "sntl-in-storm")
	h := newHub(t, "/proc", connect)
	c := sleeper(t, path)
	r := run(t, h, configured("sntl-in-storm", unset, unset))
	r.want(sdk.Healthy, "1 process sntl-in-storm (pid %d)", c.pid)

	m := h.monitor
	storm := player(t, self(t), "storm")
	start, before, first := time.Now(), used(t), forks(t)
	time.Sleep(3 * time.Second)
	cost, stormed := used(t)-before, forks(t)-first
	_ = c.Process.Signal(unix.SIGKILL)
	killed := time.Now()
	r.want(sdk.Unhealthy, "no process sntl-in-storm")
	told := time.Since(killed)
	fresh := sleeper(t, path)
	r.want(sdk.Healthy, "1 process sntl-in-storm (pid %d)", fresh.pid)
	storm.kill()
	r.end()

	took := time.Since(start)
	t.Logf("%d forks and %v of CPU in 3 s; %d batches, %d looks and %d scans in %v; the end was told after %v",
		stormed, cost, m.batches, m.table.budget.total, m.scans, took, told)
	if limit := looksAtOnce + int(looksPerSecond*(took.Seconds()+1)); m.table.budget.total > limit {
		t.Errorf("%d looks at single processes, want at most %d", m.table.budget.total, limit)
	}
	if limit := int(took/scanInterval) + 3; m.scans > limit {
		t.Errorf("%d scans, want at most %d", m.scans, limit)
	}
	if limit := int(took/time.Millisecond) * 5; m.batches > limit {
		t.Errorf("%d batches, want at most %d", m.batches, limit)
	}
}
