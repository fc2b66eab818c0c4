package file

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

// TestChanges: everything that may become of a file is noticed by an event.
func TestChanges(t *testing.T) {
	for name, dir := range places(t) {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, "x")
			w := start(t, newHub(), config{Path: path})
			w.unknown("%s: no such file", path)
			write(t, path, "7\n")
			w.await(sdk.Measured(7, "%s holds 7", path))
			w.prompt("written in place", func(value int64) { write(t, path, value) })
			w.prompt("replaced", func(value int64) { replace(t, path, value) })
			w.prompt("written after it was replaced", func(value int64) { write(t, path, value) })
			w.prompt("removed and made again", func(value int64) {
				must(t, os.Remove(path))
				w.unknown("%s: no such file", path)
				write(t, path, value)
			})
			w.prompt("written to without truncation", func(value int64) {
				f, err := os.OpenFile(path, os.O_WRONLY, 0)
				must(t, err)
				_, err = f.WriteString([]string{"", "1", "2", "3", "4", "5"}[value])
				must(t, err)
				must(t, f.Close())
			})
			w.prompt("moved away and back", func(value int64) {
				must(t, os.Rename(path, path+".away"))
				w.unknown("%s: no such file", path)
				write(t, path+".away", value)
				must(t, os.Rename(path+".away", path))
			})
			write(t, path, "99 \n")
			w.value(99)
			write(t, path, "99")
			w.quiet() // the same number
			write(t, path+".other", "5")
			w.quiet()
		})
	}
}

// TestNoNumber: what is no number is unknown, and is left behind at once.
func TestNoNumber(t *testing.T) {
	dir := tempDir(t)
	path := filepath.Join(dir, "x")
	w := start(t, newHub(), config{Path: path})
	for _, c := range []struct {
		name   string
		make   func()
		reason string
	}{
		{"garbage", func() { write(t, path, "abc") }, path + ` holds "abc", not a whole number`},
		{"out of range", func() { write(t, path, "3000000000") }, path + ` holds "3000000000", which is out of range`},
		{"long", func() { write(t, path, strings.Repeat("1", 1<<20)) }, path + ` holds more than 64 bytes, not a whole number`},
		{"empty", func() { write(t, path, "") }, path + ` is empty`},
		{"white space", func() { write(t, path, " \n") }, path + ` is empty`},
		{"directory", func() { mkdir(t, path) }, path + ` is a directory`},
		{"pipe", func() { must(t, syscall.Mkfifo(path, 0o644)) }, path + ` is not a regular file`},
		{"device", func() { must(t, os.Symlink("/dev/zero", path)) }, path + ` leads to /dev/zero, which is not a regular file`},
		{"dangling link", func() { must(t, os.Symlink("y", path)) }, path + `: there is no ` + dir + `/y`},
		{"link to itself", func() { must(t, os.Symlink("x", path)) }, path + `: too many levels of symbolic links`},
		{"link into a file", func() { write(t, dir+"/f", "1"); must(t, os.Symlink("f/y", path)) },
			path + ": " + dir + "/f: not a directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			must(t, os.RemoveAll(path))
			c.make()
			w.unknown("%s", c.reason)
			must(t, os.RemoveAll(path))
			w.prompt("a number again", func(value int64) { replace(t, path, value) })
		})
	}
	w.t = t
	deep := start(t, newHub(), config{Path: path + "/y"})
	deep.unknown("%s/y: %s: not a directory", path, path)
}

// TestPrivate: who can make a link does not get to see where it leads, if not everybody
// may.
func TestPrivate(t *testing.T) {
	dir := tempDir(t)
	path, secret := filepath.Join(dir, "x"), filepath.Join(dir, "secret")
	must(t, os.WriteFile(secret, []byte("hunter2"), 0o600))
	must(t, os.Symlink(secret, path))
	w := start(t, newHub(), config{Path: path})
	w.unknown("%s does not hold a whole number, and leads to a file that not everybody may read", path)
	must(t, os.Chmod(secret, 0o604))
	w.unknown(`%s holds "hunter2", not a whole number`, path)
	must(t, os.Chmod(secret, 0o600))
	direct := start(t, newHub(), config{Path: secret})
	direct.unknown(`%s holds "hunter2", not a whole number`, secret)
}

// TestTruncated: a file that is being written in place is not taken for an empty
// one, however often that is done.
func TestTruncated(t *testing.T) {
	path := filepath.Join(tempDir(t), "x")
	write(t, path, 0)
	w := start(t, newHub(), config{Path: path})
	w.value(0)
	var longest time.Duration // that it was empty, on a slow machine
	for i := range 300 {
		began := time.Now()
		f, err := os.Create(path) // truncates
		must(t, err)
		if i%3 == 0 {
			time.Sleep(time.Millisecond)
		}
		_, err = f.WriteString("5")
		must(t, err)
		must(t, f.Close())
		longest = max(longest, time.Since(began))
	}
	write(t, path, 6)
	for w.last.Value != 6 {
		w.next(patience, 6)
		if w.last.Verdict != sdk.Healthy && longest < emptyPatience/2 {
			t.Errorf("reported %+v", w.last)
		}
	}
}

// TestAlwaysEmpty: a file that is truncated again and again does not keep its old
// number for ever.
func TestAlwaysEmpty(t *testing.T) {
	path := filepath.Join(tempDir(t), "x")
	write(t, path, 1)
	w := start(t, newHub(), config{Path: path})
	w.value(1)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
				_ = os.WriteFile(path, nil, 0o644)
			}
		}
	}()
	w.unknown("%s is empty", path)
	close(stop)
	<-stopped
}

// TestMaxAge: an old file is unknown, a touched one is not, and neither is one
// from the future.
func TestMaxAge(t *testing.T) {
	path := filepath.Join(tempDir(t), "x")
	write(t, path, 1)
	const maxAge = time.Second
	w := start(t, newHub(), config{Path: path, MaxAge: maxAge})
	w.value(1)
	began := time.Now()
	w.unknown("%s was last written more than 1s ago", path)
	if took := time.Since(began); took > safetyInterval {
		t.Errorf("it took %v", took)
	}
	touch := func(at time.Time) { must(t, os.Chtimes(path, at, at)) }
	for range 2 {
		touch(time.Now())
		w.value(1)
		w.unknown("%s was last written more than 1s ago", path)
	}
	touch(time.Now().Add(time.Hour))
	w.value(1)
	time.Sleep(maxAge)
	w.quiet()
	touch(time.Now().Add(-time.Hour))
	w.unknown("%s was last written more than 1s ago", path)
}

// TestStorm: a file that is written all the time costs a bounded number of
// reports, and the last content wins.
func TestStorm(t *testing.T) {
	for name, put := range map[string]func(testing.TB, string, any){"written": write, "replaced": replace} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(tempDir(t), "x")
			write(t, path, -1)
			w := start(t, newHub(), config{Path: path})
			w.value(-1)
			ticks := time.NewTicker(time.Millisecond)
			defer ticks.Stop()
			began, used := time.Now(), processorTime(t)
			for i := range 1000 {
				<-ticks.C
				put(t, path, i)
			}
			took := time.Since(began)
			used = processorTime(t) - used
			reports := len(w.reports)
			w.value(999)
			if most := int(took/readGap) + 3; reports > most {
				t.Errorf("%d reports in %v, want %d at most", reports, took, most)
			}
			if reports == 0 {
				t.Error("there was no report before the end")
			}
			t.Logf("%d reports in %v, %v of processor time with the writer's", reports, took, used)
		})
	}
}

func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// TestLatency measures the time from before a change to its report.
func TestLatency(t *testing.T) {
	for name, dir := range places(t) {
		for how, put := range map[string]func(testing.TB, string, any){"written": write, "replaced": replace} {
			path := filepath.Join(dir, how)
			write(t, path, -1)
			w := start(t, newHub(), config{Path: path})
			w.value(-1)
			var list, own []time.Duration
			for i := range int64(40) {
				time.Sleep(3 * readGap) // so that it is the first change for a while
				began := time.Now()
				put(t, path, i)
				own = append(own, time.Since(began))
				w.value(i)
				list = append(list, time.Since(began))
			}
			w.end()
			slices.Sort(list)
			slices.Sort(own)
			median := list[len(list)/2]
			t.Logf("%s, %s: p50 %v, p90 %v, max %v; of it the writer's own: p50 %v",
				name, how, median, list[len(list)*9/10], list[len(list)-1], own[len(own)/2])
			if median > 50*time.Millisecond {
				t.Errorf("%s, %s: the median is %v", name, how, median)
			}
		}
	}
}

// TestSafetyReads measures what is done when nothing happens.
func TestSafetyReads(t *testing.T) {
	dir := tempDir(t)
	h := newHub()
	path := filepath.Join(dir, "a", "b", "x")
	mkdir(t, filepath.Dir(path))
	write(t, path, 1)
	w := newWatch(h, config{Path: path})
	defer h.leave(w.listener)
	w.look(time.Now()) // the kernel is told what to watch
	const looks = 1000
	used := processorTime(t)
	for range looks {
		w.look(time.Now())
	}
	each := (processorTime(t) - used) / looks
	share := float64(100*each) / float64(safetyInterval)
	t.Logf("a look at %s: %v of processor time; 100 files: %.2f %% of a processor", path, each, 100*share)
	if share > 0.05 {
		t.Errorf("100 files use %.1f %% of a processor", 100*share)
	}
}
