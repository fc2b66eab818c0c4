package config_test

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/config"
)

// TestFiles: which files a set of paths stands for.
func TestFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, []section{
		{"conf/b.hcl", ""}, {"conf/a.hcl.json", ""}, {"conf/site.vars.hcl", ""}, {"conf/c.json", ""},
		{"conf/.hidden.hcl", ""}, {"conf/#b.hcl#", ""}, {"conf/.#b.hcl", ""}, {"conf/b.hcl~", ""}, {"conf/#b.hcl", ""},
		{"conf/b.hcl.bak", ""}, {"conf/sub/d.hcl", ""}, {"conf/dir.hcl/e.hcl", ""}, {"other.conf", ""}, {"empty/readme", ""},
	})
	for link, target := range map[string]string{"conf/link.hcl": "../other.conf", "again.hcl": "conf/b.hcl"} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name  string
		paths []string
		want  []string
		err   string // a part of it
	}{
		{"directory", []string{"conf"}, []string{"conf/a.hcl.json", "conf/b.hcl", "conf/link.hcl", "conf/site.vars.hcl"}, ""},
		{"file of any name", []string{"other.conf"}, []string{"other.conf"}, ""},
		{"order of the paths", []string{"other.conf", "conf/b.hcl"}, []string{"other.conf", "conf/b.hcl"}, ""},
		{"the same file again", []string{"again.hcl", "conf/b.hcl", "./again.hcl"}, []string{"again.hcl"}, ""},
		{"in a directory again", []string{"conf/site.vars.hcl", "conf"},
			[]string{"conf/site.vars.hcl", "conf/a.hcl.json", "conf/b.hcl", "conf/link.hcl"}, ""},
		{"no path", nil, nil, "give a file or a directory with -config"},
		{"empty path", []string{""}, nil, "an empty path"},
		{"missing and present", []string{"missing", "other.conf"}, []string{"other.conf"}, "missing: no such file"},
		{"empty directory", []string{"empty"}, nil, "empty: no *.hcl or *.hcl.json file in it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := config.Files(tt.paths)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}

// TestUnreadable: what cannot be read is said, and nothing is said to be
// missing that might be in there.
func TestUnreadable(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, []section{{"ha.hcl", `agent { http = var.address }`}, {"large.hcl", strings.Repeat("# padding\n", 1<<20)}})
	if err := os.Symlink("nowhere", "dangling.hcl"); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo("pipe.hcl", 0o600); err != nil { // nobody will ever write into it
		t.Fatal(err)
	}
	loaded, report := config.Load([]string{".", "missing.hcl"}, config.Options{Node: "server1", VarFiles: []string{"sub"}})
	if loaded != nil {
		t.Error("valid")
	}
	want := `Error: Configuration not found

pipe.hcl: a pipe, not a file.

Error: Configuration not found

dangling.hcl: no such file or directory.

Error: Configuration not found

missing.hcl: no such file or directory.

Error: File not readable

large.hcl: larger than 8192 KB.

Error: File not readable

sub: no such file or directory.

`
	if diff := cmp.Diff(want, texts(t, report)["text"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWritable: who can write to a file of the configuration decides what the agent runs.
func TestWritable(t *testing.T) {
	t.Chdir(t.TempDir())
	const name = "ha.hcl"
	for mode, want := range map[os.FileMode]string{0o600: "", 0o664: "", 0o646: "chmod o-w ha.hcl"} {
		if err := os.WriteFile(name, []byte("agent {}\n"), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		_, report := config.Load([]string{name}, config.Options{Node: "server1"})
		if text := texts(t, report)["text"]; strings.Contains(text, "File writable by others") != (want != "") || !strings.Contains(text, want) {
			t.Errorf("%v:\n%s", mode, text)
		}
	}
}

// TestNoPermission: a directory that cannot be listed is an error, and so is a
// file that cannot be opened.
func TestNoPermission(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, []section{{"conf/ha.hcl", ""}, {"other.hcl", ""}})
	for _, name := range []string{"conf", "other.hcl"} {
		if err := os.Chmod(name, 0); err != nil {
			t.Fatal(err)
		}
	}
	defer os.Chmod("conf", 0o700)
	if os.Getuid() == 0 { // who may read everything
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := unix.Setfsuid(65534); err != nil {
			t.Fatal(err)
		}
		defer unix.Setfsuid(0)
	}
	_, report := config.Load([]string{"conf", "other.hcl"}, config.Options{})
	if errors, _ := report.Counts(); errors != 2 {
		t.Errorf("%d errors:\n%s", errors, texts(t, report)["text"])
	}
}
