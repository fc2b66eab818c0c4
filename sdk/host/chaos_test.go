package host_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/host"
)

// beforeLease is before the end of a lease, which would tell the same, but late.
const beforeLease = 2500 * time.Millisecond

// patience is how long a test waits for what must happen.
const patience = 15 * time.Second

// soon fails if something takes longer than it may.
func soon[T any](t *testing.T, what string, limit time.Duration, c <-chan T) (v T) {
	t.Helper()
	began := time.Now()
	select {
	case v = <-c:
		t.Logf("%s after %v", what, time.Since(began))
	case <-time.After(limit):
		t.Fatalf("%s: not within %v", what, limit)
	}
	return v
}

// TestKilled: when the process dies, its trackers know at once.
func TestKilled(t *testing.T) {
	p := launched(t, options(t, "good"))
	results, ended := track(t, p, "numbers", nil)
	<-results
	if err := syscall.Kill(p.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	err := soon(t, "kill to unknown", beforeLease, ended)
	if err == nil || err.Error() != "the plugin was killed by SIGKILL" {
		t.Errorf("%v", err)
	}
	if err := p.Err(); err == nil || err.Error() != "the plugin was killed by SIGKILL" {
		t.Errorf("%v", err)
	}
	if err := p.Deliver(t.Context(), time.Time{}, "", "remember", nil, sdk.Event{}); err == nil || sdk.IsRejected(err) {
		t.Errorf("delivered to a dead plugin: %v", err)
	}
}

func TestCrash(t *testing.T) {
	for do, want := range map[string]string{
		"crash": "the plugin exited with status 2: panic: all of it",
		"exit":  "the plugin exited with status 4",
	} {
		p := launched(t, options(t, "good"))
		_, ended := track(t, p, "trouble", sdk.Values{"do": do})
		if err := soon(t, do, patience, ended); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestStopped: a process that stands still is given up when its lease is over,
// and killed.
func TestStopped(t *testing.T) {
	t.Parallel()
	p := launched(t, options(t, "good"))
	results, ended := track(t, p, "numbers", nil)
	<-results
	if err := syscall.Kill(p.Pid(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	err := soon(t, "stop to unknown", patience, ended)
	if err == nil || err.Error() != "the plugin hangs: there was no sign of life for 3s" {
		t.Errorf("%v", err)
	}
	gone(t, p.Pid(), patience)
}

// gone waits until there is no such process, or only what is left to be reaped.
func gone(t *testing.T, pid int, limit time.Duration) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(status), ") Z ") {
			return
		}
		if time.Since(began) > limit {
			t.Fatalf("process %d is still there: %s", pid, status)
		}
	}
}

// TestSilentCheck: a check that ignores its timeout is unhealthy for as long as it
// does, its neighbours and the process live, and it is not made twice.
func TestSilentCheck(t *testing.T) {
	t.Parallel()
	p := launched(t, options(t, "good"))
	results := make(chan sdk.Result, 100)
	go func() {
		_ = p.Track(t.Context(), "trouble", sdk.Values{"do": "hang"},
			sdk.Schedule{Interval: 500 * time.Millisecond, Timeout: 20 * time.Millisecond}, func(r sdk.Result) { results <- r })
	}()
	for range 8 { // for longer than its silence would be borne
		if r := soon(t, "timed out", patience, results); r != sdk.Fail("timed out after 20ms") {
			t.Errorf("%+v", r)
		}
	}
	if r := one(t, p, "trouble", sdk.Values{"do": "print"}); r != sdk.Pass("said") {
		t.Errorf("%+v", r)
	}
}

// journal collects a log.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(data []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(data)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// TestLog: whatever way a plugin says something, it is in the log.
func TestLog(t *testing.T) {
	var j journal
	o := options(t, "good")
	o.Log = slog.New(slog.NewTextHandler(&j, &slog.HandlerOptions{Level: slog.LevelDebug}))
	p := launched(t, o)
	one(t, p, "trouble", sdk.Values{"do": "print"})
	for _, want := range []string{
		`level=INFO msg="said to standard output" plugin=probe`,
		`level=INFO msg="said to standard error" plugin=probe`,
		`level=WARN msg="said to the log" plugin=probe fields.number=7`,
		`level=INFO msg="written to descriptor 1" plugin=probe`,
		`level=INFO msg="{\"@message\": 42}" plugin=probe`,
	} {
		for began := time.Now(); !strings.Contains(j.String(), want); time.Sleep(time.Millisecond) {
			if time.Since(began) > patience {
				t.Errorf("%s is missing in\n%s", want, j.String())
				break
			}
		}
	}
}

// TestFlood: lines without number and a line without end cost the plugin time,
// and nobody else anything.
func TestFlood(t *testing.T) {
	for _, do := range []string{"flood", "flood without end"} {
		var j journal
		o := options(t, "good")
		o.Log = slog.New(slog.NewTextHandler(&j, nil))
		p := launched(t, o)
		if r := one(t, p, "trouble", sdk.Values{"do": do}); r != sdk.Pass("flooded") {
			t.Errorf("%+v", r)
		}
		stop(p)
		if size := len(j.String()); size > 1<<20 {
			t.Errorf("%s: the log has %d bytes", do, size)
		}
		if do == "flood" && !strings.Contains(j.String(), "the plugin writes too much, lines were dropped") {
			t.Errorf("%s: nobody says that lines were dropped", do)
		}
		if n := len(p.Tail()); n > 20 {
			t.Errorf("%d lines are kept", n)
		}
	}
}

// TestChild: a child that keeps the plugin's standard error does not keep anybody
// from seeing the plugin's death, and dies with it.
func TestChild(t *testing.T) {
	for _, do := range []string{"child", "escaped child"} {
		p := launched(t, options(t, "good"))
		child, err := strconv.Atoi(one(t, p, "trouble", sdk.Values{"do": do}).Reason)
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(p.Pid(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		soon(t, do, beforeLease, p.Done())
		began := time.Now()
		stop(p)
		if took := time.Since(began); took > beforeLease {
			t.Errorf("%s: Stop took %v", do, took)
		}
		if do == "child" {
			gone(t, child, patience)
		} else {
			_ = syscall.Kill(child, syscall.SIGKILL) // its own session: nothing but a cgroup reaches it
		}
	}
}

// TestSignals: what a service manager sends to everything does not end a plugin
// before Sentinel does.
func TestSignals(t *testing.T) {
	p := launched(t, options(t, "good"))
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		if err := syscall.Kill(p.Pid(), signal); err != nil {
			t.Fatal(err)
		}
	}
	if r := one(t, p, "trouble", sdk.Values{"do": "print"}); r != sdk.Pass("said") {
		t.Errorf("%+v", r)
	}
}

func TestStop(t *testing.T) {
	p := launched(t, options(t, "good"))
	_, ended := track(t, p, "numbers", nil)
	delivered := make(chan error, 1)
	file := t.TempDir() + "/events"
	go func() {
		delivered <- p.Deliver(t.Context(), time.Time{}, "", "remember", sdk.Values{"file": file, "do": "wait"}, sdk.Event{ID: "last"})
	}()
	atWork(t, p)
	time.AfterFunc(150*time.Millisecond, func() { _ = os.WriteFile(file+enough, nil, 0o600) })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	began := time.Now()
	p.Stop(ctx)
	if took := time.Since(began); took > patience/2 {
		t.Errorf("it took %v", took)
	}
	if err := <-delivered; err != nil {
		t.Errorf("the delivery that was under way: %v", err)
	}
	if err := <-ended; err == nil {
		t.Error("the tracker goes on")
	}
	if p.Err() != host.ErrStopped { //nolint:errorlint // it is that one
		t.Errorf("%v", p.Err())
	}
	gone(t, p.Pid(), 0)
}

// TestFrozen: when a process that stood still goes on, what was cancelled meanwhile
// is not done after what is newer.
func TestFrozen(t *testing.T) {
	t.Parallel()
	o := options(t, "good")
	o.Lease = time.Minute
	p := launched(t, o)
	directory := t.TempDir()
	deliver := func(ctx context.Context, instance int, id string) error {
		values := sdk.Values{"file": filepath.Join(directory, strconv.Itoa(instance))}
		return p.Deliver(ctx, time.Time{}, "", "remember", values, sdk.Event{ID: id, Instance: strconv.Itoa(instance)})
	}
	const instances = 200
	var live sync.WaitGroup
	if err := syscall.Kill(p.Pid(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for i := range instances {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		_ = deliver(ctx, i, "old")
		live.Go(func() {
			if err := deliver(t.Context(), i, "new"); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(100 * time.Millisecond) // the calls are in the pipe
	if err := syscall.Kill(p.Pid(), syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	live.Wait()
	stop(p)
	for i := range instances {
		got, err := os.ReadFile(filepath.Join(directory, strconv.Itoa(i)))
		if words := strings.Fields(string(got)); err != nil || words[len(words)-2] != "new" {
			t.Errorf("%d: %q, %v", i, got, err)
		}
	}
}

// TestStopHanging: a plugin that stands still does not hold up its end.
func TestStopHanging(t *testing.T) {
	p := launched(t, options(t, "good"))
	if err := syscall.Kill(p.Pid(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	p.Stop(ctx)
	if took := time.Since(began); took > beforeLease {
		t.Errorf("it took %v", took)
	}
	gone(t, p.Pid(), 0)
}

// hostOfOne is a program that hosts a plugin with a child, tells their numbers and
// waits.
func hostOfOne() {
	o := host.Options{
		Name: "probe", Program: host.Self(), RuntimeDir: os.Getenv("TEST_RUNTIME"), Environment: []string{role + "=good"},
	}
	p, err := host.Launch(context.Background(), o)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	err = p.Track(context.Background(), "trouble", sdk.Values{"do": "child"}, sdk.Schedule{Interval: time.Hour},
		func(r sdk.Result) { fmt.Println(p.Pid(), r.Reason) })
	fmt.Println(err)
}

// TestHostKilled: nothing outlives the host, neither plugins nor their children.
func TestHostKilled(t *testing.T) {
	directory, err := os.MkdirTemp("", "sn")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(directory)
	command := exec.Command("/proc/self/exe")
	command.Env = append(os.Environ(), role+"=host", "TEST_RUNTIME="+directory)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var pid, child int
	if _, err := fmt.Fscan(output, &pid, &child); err != nil {
		t.Fatal(err)
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	gone(t, pid, patience)
	gone(t, child, patience)
}

// TestNoLeak: what is launched and dies leaves neither descriptors nor goroutines.
func TestNoLeak(t *testing.T) {
	times := 200
	if testing.Short() {
		times = 20
	}
	o := options(t, "good")
	cycle := func() {
		p, err := host.Launch(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(p.Pid(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-p.Done()
		stop(p)
	}
	cycle()
	has := func() (descriptors, goroutines int) {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list), runtime.NumGoroutine()
	}
	time.Sleep(500 * time.Millisecond) // what the first leaves for a moment would not be missed
	descriptors, goroutines := has()
	began := time.Now()
	for range times {
		cycle()
	}
	t.Logf("%v for one cycle", time.Since(began)/time.Duration(times))
	nowDescriptors, nowGoroutines := has()
	for began := time.Now(); nowDescriptors > descriptors+2 || nowGoroutines > goroutines+3; nowDescriptors, nowGoroutines = has() {
		if time.Sleep(10 * time.Millisecond); time.Since(began) < patience {
			continue
		}
		buffer := make([]byte, 1<<16)
		t.Fatalf("descriptors %d, were %d; goroutines %d, were %d\n%s", nowDescriptors, descriptors, nowGoroutines, goroutines,
			buffer[:runtime.Stack(buffer, true)])
	}
}
