package file

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk"
)

// TestAlias: a directory that is watched by another name already is read every
// second.
func TestAlias(t *testing.T) {
	if !again(t, mounting()) {
		return
	}
	dir := tempDir(t)
	mkdir(t, dir+"/a")
	mkdir(t, dir+"/b")
	must(t, unix.Mount(dir+"/a", dir+"/b", "", unix.MS_BIND, ""))
	defer func() { must(t, unix.Unmount(dir+"/b", unix.MNT_DETACH)) }()
	write(t, dir+"/a/x", 1)
	h := newHub()
	a := start(t, h, config{Path: dir + "/a/x"})
	a.value(1)
	b := start(t, h, config{Path: dir + "/b/x"})
	b.await(sdk.Measured(1, "%s/b/x holds 1, read every second: %s/b cannot be watched: it is watched by another name", dir, dir))
	a.prompt("written", func(value int64) { write(t, dir+"/b/x", value) })
	b.value(a.last.Value)
	a.end()
	b.await(sdk.Measured(a.last.Value, "%s/b/x holds %d", dir, a.last.Value))
	b.prompt("written", func(value int64) { write(t, dir+"/b/x", value) })
}

// TestMount: what is mounted over a directory of the path is found.
func TestMount(t *testing.T) {
	if !again(t, mounting()) {
		return
	}
	dir := tempDir(t)
	mkdir(t, dir+"/a")
	write(t, dir+"/a/x", 1)
	w := start(t, newHub(), config{Path: dir + "/a/x"})
	w.value(1)
	must(t, unix.Mount("none", dir+"/a", "tmpfs", 0, ""))
	w.unknown("%s/a/x: no such file", dir)
	w.prompt("written there", func(value int64) { write(t, dir+"/a/x", value) })
	must(t, unix.Unmount(dir+"/a", unix.MNT_DETACH))
	w.value(1)
	w.prompt("written below", func(value int64) { write(t, dir+"/a/x", value) })
}

// TestMountIsTold at once, and so is its end.
func TestMountIsTold(t *testing.T) {
	if !again(t, mounting()) {
		return
	}
	dir := tempDir(t)
	mkdir(t, dir+"/a")
	mkdir(t, dir+"/b")
	w := start(t, newHub(), config{Path: dir + "/a/x"})
	w.unknown("%s/a/x: no such file", dir)
	var slow int
	for value := range int64(4) {
		write(t, dir+"/b/x", value)
		time.Sleep(2*mountsGap + silence) // so that it is the first change for a while
		began := time.Now()
		must(t, unix.Mount(dir+"/b", dir+"/a", "", unix.MS_BIND, ""))
		w.value(value)
		if time.Since(began) > mountsGap/2 {
			slow++
		}
		began = time.Now()
		must(t, unix.Unmount(dir+"/a", unix.MNT_DETACH))
		w.unknown("%s/a/x: no such file", dir)
		if took := time.Since(began); took > mountsGap+patience/3 {
			t.Errorf("the second change in a second was told after %v", took)
		}
	}
	if slow > 2 {
		t.Errorf("%d of 4 were not told at once", slow)
	}
}

// TestMountOfMute: a file system that tells of nothing is found out when it takes
// the place of one that does.
func TestMountOfMute(t *testing.T) {
	if !again(t, mounting()) {
		return
	}
	dir := tempDir(t)
	path := dir + "/a/vm/oom_kill_allocating_task"
	mkdir(t, dir+"/a/vm")
	write(t, path, 77)
	w := start(t, newHub(), config{Path: path})
	w.value(77)
	must(t, unix.Mount("/proc/sys", dir+"/a", "", unix.MS_BIND|unix.MS_REC, ""))
	for !strings.HasSuffix(w.last.Reason, ", read every second: proc does not tell of changes") {
		w.next(patience, "the file system")
	}
	must(t, unix.Unmount(dir+"/a", unix.MNT_DETACH))
	w.await(sdk.Measured(77, "%s holds 77", path))
	w.prompt("written below", func(value int64) { write(t, path, value) })
}

// TestMountsArePaced: a change is told at once and once more, and many cost little.
func TestMountsArePaced(t *testing.T) {
	if !again(t, mounting()) {
		return
	}
	dir := tempDir(t)
	var told atomic.Int32
	m, err := openMounts(func() { told.Add(1) })
	must(t, err)
	time.Sleep(silence)
	if n := told.Load(); n != 0 {
		t.Errorf("told %d times of nothing", n)
	}
	must(t, unix.Mount("none", dir, "tmpfs", 0, ""))
	eventually(t, func() bool { return told.Load() >= 1 })
	eventually(t, func() bool { return told.Load() >= 2 })
	time.Sleep(mountsGap + silence)
	before, began := told.Load(), time.Now()
	if before != 2 {
		t.Errorf("told %d times of one change, want 2", before)
	}
	for time.Since(began) < 2*mountsGap {
		must(t, unix.Mount("none", dir, "tmpfs", 0, ""))
		must(t, unix.Unmount(dir, unix.MNT_DETACH))
		time.Sleep(5 * time.Millisecond)
	}
	took := time.Since(began)
	if n := int(told.Load() - before); n == 0 || n > 2+int(took/mountsGap) {
		t.Errorf("told %d times in %v", n, took)
	}
	began = time.Now()
	m.close()
	if took := time.Since(began); took > mountsGap/2 {
		t.Errorf("closing took %v", took)
	}
	must(t, unix.Unmount(dir, unix.MNT_DETACH))
}
