package process

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk"
)

func TestStartAndKill(t *testing.T) {
	eachWay(t, func(t *testing.T, h *hub) {
		path := program(t, "sleep", "sntl-server")
		r := run(t, h, configured("sntl-server", unset, unset))
		r.want(sdk.Unhealthy, "no process sntl-server")
		one := sleeper(t, path)
		r.want(sdk.Healthy, "1 process sntl-server (pid %d)", one.pid)
		two := sleeper(t, path)
		r.want(sdk.Healthy, "2 processes sntl-server (pids %d, %d)", one.pid, two.pid)
		two.kill()
		r.want(sdk.Healthy, "1 process sntl-server (pid %d)", one.pid)
		one.kill()
		r.want(sdk.Unhealthy, "no process sntl-server")
		r.quiet()
	})
}

// TestZombie: a process that nobody has collected has ended.
func TestZombie(t *testing.T) {
	eachWay(t, func(t *testing.T, h *hub) {
		c := sleeper(t, program(t, "sleep", "sntl-zombie"))
		r := run(t, h, configured("sntl-zombie", unset, unset))
		r.want(sdk.Healthy, "1 process sntl-zombie (pid %d)", c.pid)
		_ = c.Process.Signal(unix.SIGKILL)
		r.want(sdk.Unhealthy, "no process sntl-zombie")
		late := run(t, h, configured("sntl-zombie", unset, 0))
		late.want(sdk.Healthy, "no process sntl-zombie")
	})
}

func TestLongName(t *testing.T) {
	eachWay(t, func(t *testing.T, h *hub) {
		const name = "sntl-with-a-very-long-name"
		r := run(t, h, configured(name, unset, unset))
		r.want(sdk.Unhealthy, "no process %s", name)
		sleeper(t, program(t, "sleep", "sntl-with-a-very-short-name"))
		r.quiet()
		c := sleeper(t, program(t, "sleep", name))
		r.want(sdk.Healthy, "1 process %s (pid %d)", name, c.pid)
	})
}

// TestNameOfItsOwn: a process may name itself.
func TestNameOfItsOwn(t *testing.T) {
	eachWay(t, func(t *testing.T, h *hub) {
		path := program(t, self(t), "sntl-player")
		r := run(t, h, configured("sntl its name", unset, unset))
		r.want(sdk.Unhealthy, "no process sntl its name")
		c := player(t, path, "name sntl its name")
		r.want(sdk.Healthy, "1 process sntl its name (pid %d)", c.pid)
		run(t, h, configured("sntl-player", unset, unset)).want(sdk.Unhealthy, "no process sntl-player")
	})
}

func TestPathAndCommandLine(t *testing.T) {
	eachWay(t, func(t *testing.T, h *hub) {
		path := program(t, "sleep", "sntl-path")
		link := filepath.Join(t.TempDir(), "link")
		if output, err := exec.Command("ln", "-s", path, link).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, output)
		}
		line := path + " 1000"
		trackers := map[string]*running{}
		for process, match := range map[string]string{path: byPath, link: byPath, line: byCmdline} {
			c := configured(process, unset, unset)
			c.Match = match
			trackers[process] = run(t, h, c)
			trackers[process].want(sdk.Unhealthy, "no process %s", short(process))
		}
		c := sleeper(t, path)
		for process, r := range trackers {
			r.want(sdk.Healthy, "1 process %s (pid %d)", short(process), c.pid)
		}
		c.kill()
		for process, r := range trackers {
			r.want(sdk.Unhealthy, "no process %s", short(process))
		}
	})
}

// TestHeadlessProcess goes on in other threads after its first has ended.
func TestHeadlessProcess(t *testing.T) {
	eachWay(t, func(t *testing.T, h *hub) {
		path := program(t, self(t), "sntl-headless")
		r := run(t, h, configured("sntl-headless", unset, unset))
		r.want(sdk.Unhealthy, "no process sntl-headless")
		c := player(t, path, "headless")
		r.want(sdk.Healthy, "1 process sntl-headless (pid %d)", c.pid)
		r.quiet()
		start := time.Now()
		c.kill()
		r.want(sdk.Unhealthy, "no process sntl-headless")
		t.Logf("its end was known after %v", time.Since(start))
	})
}

// TestDaemonOnTheKernel: a daemon that forks and ends its first process is never
// reported as gone, and a helper that it starts not as one too many.
func TestDaemonOnTheKernel(t *testing.T) {
	needConnector(t)
	path := program(t, "sh", "sntl-daemon")
	r := run(t, newHub(t, "/proc", connect), configured("sntl-daemon", unset, 1))
	r.want(sdk.Unhealthy, "no process sntl-daemon")
	daemon := exec.Command(path, "-c", `exec 3<&0; /bin/true; (/bin/true; read line <&3; exit 0) & echo $!`)
	stdin, hold, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	defer hold.Close()
	daemon.Stdin = stdin
	stdout, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, daemon)
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	r.want(sdk.Healthy, "1 process sntl-daemon (pid %d)", c.pid)
	if got := r.next(); got.Result != sdk.Pass("1 process sntl-daemon (pid %s)", strings.TrimSpace(line)) {
		t.Errorf("%v", got.Result)
	}
	c.kill() // its first process only
	r.quiet()
	hold.Close()
	r.want(sdk.Unhealthy, "no process sntl-daemon")
}

// TestManyTrackers share one monitor, which ends with the last.
func TestManyTrackers(t *testing.T) {
	eachWay(t, func(t *testing.T, h *hub) {
		before, running0 := descriptors(t), goroutines()
		path := program(t, "sleep", "sntl-many")
		c := sleeper(t, path)
		var all []*running
		for i := range 100 {
			all = append(all, run(t, h, configured(fmt.Sprintf("sntl-other%d", i), unset, 0)))
		}
		last := run(t, h, configured("sntl-many", unset, unset))
		last.want(sdk.Healthy, "1 process sntl-many (pid %d)", c.pid)
		for i, r := range all {
			r.want(sdk.Healthy, "no process sntl-other%d", i)
		}
		if added := len(descriptors(t)) - len(before); added > 6 {
			t.Errorf("%d descriptors for 101 trackers: %v", added, descriptors(t))
		}
		for _, r := range all {
			r.end()
		}
		c.kill()
		last.want(sdk.Unhealthy, "no process sntl-many")
		m := h.monitor
		last.end()
		if m.scans > 60 {
			t.Errorf("%d scans for 101 trackers", m.scans)
		}
		for start := time.Now(); goroutines() != running0; time.Sleep(time.Millisecond) {
			if time.Since(start) > patience {
				t.Fatalf("%d goroutines are left, %d before", goroutines(), running0)
			}
		}
		after := descriptors(t)
		if len(after) > len(before) {
			t.Errorf("descriptors before %v, after %v", before, after)
		}
	})
}
