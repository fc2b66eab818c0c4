package file

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestFollow(t *testing.T) {
	dir := tempDir(t)
	mkdir(t, dir+"/real/deep")
	write(t, dir+"/real/deep/x", 1)
	must(t, os.Symlink("real", dir+"/relative"))
	must(t, os.Symlink(dir+"/real/", dir+"/absolute"))
	must(t, os.Symlink("../deep/../../relative/deep/x", dir+"/real/deep/far"))
	for path, want := range map[string][]string{
		"/real/deep/x":        {"/real", "/real/deep", "/real/deep/x"},
		"//real/./deep//x":    {"/real", "/real/deep", "/real/deep/x"},
		"/real/deep/../../x":  {"/real", "/real/deep", "/x"},
		"/relative/deep/x":    {"/relative", "/real", "/real/deep", "/real/deep/x"},
		"/absolute/deep/x":    {"/absolute", "/real", "/real/deep", "/real/deep/x"},
		"/relative/deep/far":  {"/relative", "/real", "/real/deep", "/real/deep/far", "/real/deep", "/relative", "/real", "/real/deep", "/real/deep/x"},
		"/missing/deep/x":     {"/missing"},
		"/real/deep/x/y":      {"/real", "/real/deep", "/real/deep/x"},
		"/absolute/../real/x": {"/absolute", "/real", "/real", "/real/x"},
	} {
		var got []string
		place, err := follow(dir+path, func(s step) {
			if name, is := relative(dir, s.place()); is {
				got = append(got, name)
			}
		})
		if !slices.Equal(got, want) {
			t.Errorf("%s: steps %v, want %v", path, got, want)
		}
		resolved, wantErr := filepath.EvalSymlinks(dir + path)
		if (err == nil) != (wantErr == nil) || err == nil && place != resolved {
			t.Errorf("%s: %s, %v, want %s, %v", path, place, err, resolved, wantErr)
		}
	}
}

// relative returns a place without a directory that it is in.
func relative(dir, place string) (name string, is bool) {
	if len(place) > len(dir) && place[:len(dir)] == dir {
		return place[len(dir):], true
	}
	return "", false
}

// TestPaths: everything that may become of the way to a file is noticed by an
// event, without a look at the file in between.
func TestPaths(t *testing.T) {
	for name, dir := range places(t) {
		t.Run(name, func(t *testing.T) { testPaths(t, dir) })
	}
}

func testPaths(t *testing.T, root string) {
	for _, c := range []struct {
		name string
		path string // of the tracked file
		set  func(t *testing.T, dir string, value int64)
	}{
		{"directories appear one by one", "/a/b/c/x", func(t *testing.T, dir string, value int64) {
			must(t, os.RemoveAll(dir+"/a"))
			for _, next := range []string{"/a", "/a/b", "/a/b/c"} {
				must(t, os.Mkdir(dir+next, 0o755))
				if value == 2 {
					time.Sleep(2 * readGap) // so that each is seen
				}
			}
			write(t, dir+"/a/b/c/x", value)
		}},
		{"directory is replaced", "/a/x", func(t *testing.T, dir string, value int64) {
			mkdir(t, dir+"/a.new")
			write(t, dir+"/a.new/x", value)
			must(t, os.RemoveAll(dir+"/a.old"))
			_ = os.Rename(dir+"/a", dir+"/a.old")
			must(t, os.Rename(dir+"/a.new", dir+"/a"))
		}},
		{"directory above is replaced", "/a/b/x", func(t *testing.T, dir string, value int64) {
			mkdir(t, dir+"/a.new/b")
			write(t, dir+"/a.new/b/x", value)
			must(t, os.RemoveAll(dir+"/a.old"))
			_ = os.Rename(dir+"/a", dir+"/a.old")
			must(t, os.Rename(dir+"/a.new", dir+"/a"))
		}},
		{"directory is removed and made again", "/a/x", func(t *testing.T, dir string, value int64) {
			must(t, os.RemoveAll(dir+"/a"))
			mkdir(t, dir+"/a")
			write(t, dir+"/a/x", value)
		}},
		{"file in a directory that was made again is written later", "/a/x", func(t *testing.T, dir string, value int64) {
			must(t, os.RemoveAll(dir+"/a"))
			mkdir(t, dir+"/a")
			write(t, dir+"/a/x", value+100)
			time.Sleep(3 * readGap)
			write(t, dir+"/a/x", value)
		}},
		{"directory is moved away and back", "/a/x", func(t *testing.T, dir string, value int64) {
			mkdir(t, dir+"/a")
			must(t, os.Rename(dir+"/a", dir+"/b"))
			write(t, dir+"/b/x", value)
			must(t, os.Rename(dir+"/b", dir+"/a"))
		}},
		{"link to a file, the file is written", "/x", func(t *testing.T, dir string, value int64) {
			mkdir(t, dir+"/far")
			link(t, "far/y", dir+"/x")
			write(t, dir+"/far/y", value)
		}},
		{"link to a file, the file is replaced", "/x", func(t *testing.T, dir string, value int64) {
			mkdir(t, dir+"/far")
			link(t, dir+"/far/y", dir+"/x")
			replace(t, dir+"/far/y", value)
		}},
		{"link is turned to another file", "/x", func(t *testing.T, dir string, value int64) {
			target := fmt.Sprintf("y%d", value)
			write(t, filepath.Join(dir, target), value)
			link(t, target, dir+"/x")
		}},
		{"link becomes a file and back", "/x", func(t *testing.T, dir string, value int64) {
			write(t, dir+"/y", value)
			if value%2 == 0 {
				link(t, "y", dir+"/x")
			} else {
				replace(t, dir+"/x", value)
			}
		}},
		{"link to a directory is turned", "/current/x", func(t *testing.T, dir string, value int64) {
			release := fmt.Sprintf("release%d", value)
			mkdir(t, filepath.Join(dir, release))
			write(t, filepath.Join(dir, release, "x"), value)
			link(t, release, dir+"/current")
		}},
		{"link in the middle of a chain is turned", "/first", func(t *testing.T, dir string, value int64) {
			mkdir(t, dir+"/a")
			mkdir(t, dir+"/b")
			_ = os.Symlink("a/second", dir+"/first")
			target := fmt.Sprintf("../b/third%d", value)
			write(t, filepath.Join(dir, "a", target), value)
			link(t, target, dir+"/a/second")
		}},
		{"dangling link is fulfilled", "/x", func(t *testing.T, dir string, value int64) {
			must(t, os.RemoveAll(dir+"/far"))
			link(t, dir+"/far/away/y", dir+"/x")
			mkdir(t, dir+"/far/away")
			write(t, dir+"/far/away/y", value)
		}},
		{"volume of Kubernetes", "/x", func(t *testing.T, dir string, value int64) {
			// As AtomicWriter does it: x -> ..data/x, ..data -> a directory.
			version := fmt.Sprintf("..2026_%d", value)
			mkdir(t, filepath.Join(dir, version))
			write(t, filepath.Join(dir, version, "x"), value)
			must(t, os.Symlink(version, dir+"/..data_tmp"))
			must(t, os.Rename(dir+"/..data_tmp", dir+"/..data"))
			_ = os.Symlink("..data/x", dir+"/x")
			must(t, os.RemoveAll(filepath.Join(dir, fmt.Sprintf("..2026_%d", value-1))))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(root, c.name)
			mkdir(t, dir)
			w := start(t, newHub(), config{Path: dir + c.path})
			w.next(patience, "a report")
			w.prompt(c.name, func(value int64) { c.set(t, dir, value) })
			// Once more, now that it was seen. prompt counts from 1 again.
			w.prompt(c.name, func(value int64) {
				c.set(t, dir, 7*value)
				w.value(7 * value)
				c.set(t, dir, value)
			})
			must(t, os.RemoveAll(dir))
			w.unknown("%s: there is no %s", dir+c.path, dir)
			mkdir(t, dir)
			w.prompt(c.name+", all anew", func(value int64) { c.set(t, dir, value) })
		})
	}
}
