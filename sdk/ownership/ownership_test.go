package ownership

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVerify: an error names what is wrong and the command that repairs it.
func TestVerify(t *testing.T) {
	top := t.TempDir()
	directory := filepath.Join(top, "my plugins")
	path := filepath.Join(directory, "plugin")
	make := func() {
		t.Helper()
		os.RemoveAll(directory)
		for _, err := range []error{
			os.Mkdir(directory, 0o755), os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755),
			os.Chmod(directory, 0o755), os.Chmod(path, 0o755),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	cases := []struct {
		name  string
		spoil func() error
		want  string
	}{
		{"nothing", func() error { return nil }, ""},
		{"file", func() error { return os.Chmod(path, 0o757) }, "PATH/plugin is writable by everybody: chmod go-w 'PATH/plugin'"},
		{"directory", func() error { return os.Chmod(directory, 0o777) }, "PATH is writable by everybody: chmod go-w 'PATH'"},
		{"sticky", func() error { return os.Chmod(directory, 0o777|os.ModeSticky) }, ""},
		{"link", func() error {
			if err := os.Chmod(path, 0o757); err != nil {
				return err
			}
			if err := os.Rename(path, directory+"/real"); err != nil {
				return err
			}
			return os.Symlink("real", path)
		}, "PATH/real is writable by everybody: chmod go-w 'PATH/real'"},
		{"links", func() error { return links(directory) }, ""},
		{"directory of a link on the way", func() error {
			return errors.Join(links(directory), os.Chmod(directory+"/links", 0o777))
		}, "PATH/links is writable by everybody: chmod go-w 'PATH/links'"},
		{"circle", func() error {
			return errors.Join(os.Remove(path), os.Symlink("plugin", path))
		}, "PATH/plugin leads through more than 40 links"},
		{"link to nothing", func() error {
			return errors.Join(os.Remove(path), os.Symlink("none", path))
		}, "PATH/plugin leads nowhere, through a link: lstat PATH/none: no such file or directory"},
	}
	if os.Geteuid() == 0 {
		cases = append(cases, []struct {
			name  string
			spoil func() error
			want  string
		}{
			{"owner", func() error { return os.Chown(path, 12345, 0) },
				"PATH/plugin belongs to user 12345, who could replace it: chown root 'PATH/plugin'"},
			{"owner of the directory", func() error { return os.Chown(directory, 12345, 0) },
				"PATH belongs to user 12345, who could replace it: chown root 'PATH'"},
			{"group", func() error {
				if err := os.Chown(directory, 0, 12345); err != nil {
					return err
				}
				return os.Chmod(directory, 0o775)
			}, "PATH is writable by group 12345: chmod g-w 'PATH'"},
			{"owner of a link on the way", func() error {
				return errors.Join(links(directory), os.Lchown(directory+"/links/current", 12345, 0))
			}, "PATH/links/current belongs to user 12345, who could replace it: chown -h root 'PATH/links/current'"},
			{"owner of the directory of a link on the way", func() error {
				return errors.Join(links(directory), os.Chown(directory+"/links", 12345, 0))
			}, "PATH/links belongs to user 12345, who could replace it: chown root 'PATH/links'"},
		}...)
	}
	for _, c := range cases {
		make()
		if err := c.spoil(); err != nil {
			t.Fatal(err)
		}
		got := ""
		if _, err := Verify(path); err != nil {
			got = strings.ReplaceAll(err.Error(), directory, "PATH")
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// links makes the plugin in a directory a link to a link in another one, and that
// a link through a third to the file.
func links(directory string) error {
	return errors.Join(
		os.MkdirAll(directory+"/releases/1", 0o755), os.Rename(directory+"/plugin", directory+"/releases/1/plugin"),
		os.Symlink("./1/../1", directory+"/releases/latest"), os.Mkdir(directory+"/links", 0o755),
		os.Symlink("../releases/latest/plugin", directory+"/links/current"), os.Symlink(directory+"/links/current", directory+"/plugin"),
	)
}

// TestAbove: ".." after a link is above where the link leads, as for the kernel.
func TestAbove(t *testing.T) {
	directory := t.TempDir()
	err := errors.Join(os.MkdirAll(directory+"/other/bin", 0o755), os.Symlink("other/bin", directory+"/link"),
		os.WriteFile(directory+"/program", nil, 0o755), os.WriteFile(directory+"/other/program", nil, 0o755),
		os.Chmod(directory+"/other/program", 0o757))
	if err != nil {
		t.Fatal(err)
	}
	want := directory + "/other/program is writable by everybody: chmod go-w " + directory + "/other/program"
	if _, err := Verify(directory + "/link/..//program"); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if target, err := Verify(directory + "/program"); target != directory+"/program" || err != nil {
		t.Errorf("%q, %v", target, err)
	}
	if target, err := Verify("program"); err == nil {
		t.Errorf("%q, from nowhere", target)
	}
}

func TestMapsRoot(t *testing.T) {
	for mapping, want := range map[string]bool{
		"         0          0 4294967295\n":               true,
		"         0       1000          1\n":               false,
		"         0       1000          1\n1 100000 65536": false,
		"": false,
	} {
		if got := mapsRoot(mapping); got != want {
			t.Errorf("%q: %v", mapping, got)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	for b.Loop() {
		if _, err := Verify("/usr/bin/true"); err != nil {
			b.Fatal(err)
		}
	}
}
