package file

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestInitialValue(t *testing.T) {
	value := int64(-42)
	c := func(path string) config { return config{Path: path, InitialValue: &value} }
	dir := tempDir(t)

	path := filepath.Join(dir, "new")
	old := syscall.Umask(0o077)
	start(t, newHub(), c(path)).value(-42)
	syscall.Umask(old)
	text, err := os.ReadFile(path)
	must(t, err)
	info, err := os.Stat(path)
	must(t, err)
	if string(text) != "-42\n" || info.Mode() != 0o644 {
		t.Errorf("wrote %q with mode %v", text, info.Mode())
	}

	path = filepath.Join(dir, "present")
	write(t, path, 7)
	start(t, newHub(), c(path)).value(7)

	path = filepath.Join(dir, "garbage")
	write(t, path, "abc")
	start(t, newHub(), c(path)).unknown(`%s holds "abc", not a whole number`, path)

	path = filepath.Join(dir, "dangling")
	must(t, os.Symlink("missing", path))
	start(t, newHub(), c(path)).unknown("%s: there is no %s/missing", path, dir)

	path = filepath.Join(dir, "no", "directory")
	w := start(t, newHub(), c(path))
	w.unknown("%s: there is no %s/no", path, dir)
	mkdir(t, filepath.Dir(path))
	w.unknown("%s: no such file", path) // it is written at start only

	path = filepath.Join(dir, "removed")
	w = start(t, newHub(), c(path))
	w.value(-42)
	must(t, os.Remove(path))
	w.unknown("%s: no such file", path)

	path = "/proc/sys/sentinel"
	w = start(t, newHub(), c(path))
	w.next(patience, "a report")
	if w.last.Reason == "" || w.last.Verdict != 0 {
		t.Errorf("reported %+v", w.last)
	}

	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, entry := range entries {
		if entry.Name()[0] == '.' {
			t.Errorf("left: %s", entry.Name())
		}
	}
}

// TestInitialValueIsComplete: whoever reads the file sees it complete, and of many
// that write it one does.
func TestInitialValueIsComplete(t *testing.T) {
	dir := tempDir(t)
	for round := range 20 {
		path := filepath.Join(dir, string(rune('a'+round)))
		var group sync.WaitGroup
		for value := range int64(5) {
			group.Go(func() {
				if err := create(path, value); err != nil {
					t.Error(err)
				}
			})
		}
		for began := time.Now(); time.Since(began) < patience; {
			text, err := os.ReadFile(path)
			if err == nil {
				if len(text) != 2 {
					t.Errorf("read %q", text)
				}
				break
			}
		}
		first, err := os.ReadFile(path)
		must(t, err)
		group.Wait()
		if last, err := os.ReadFile(path); err != nil || string(last) != string(first) {
			t.Errorf("%q became %q, %v", first, last, err)
		}
	}
}
