package file

import (
	"testing"

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

// TestMount: what is mounted over a directory of the path is found, though nobody
// tells of it.
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
