package command

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

// logged returns what do says in the log, without times.
func logged(t *testing.T, do func()) string {
	t.Helper()
	var b bytes.Buffer
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})))
	do()
	return b.String()
}

// TestOthers: that others could change what runs as root is said once, and again when
// something else is wrong or it is wrong again. It is run in any case.
func TestOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		netnstest.NotRun(t, "nothing runs as root")
	}
	directory := t.TempDir()
	path := filepath.Join(directory, "check")
	must(t, os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755))
	says := func(problem string) string {
		return `level=WARN msg="others could change a program that runs as root" path=` + path + ` err="` + strings.ReplaceAll(problem, "DIR", directory) + "\"\n"
	}
	anyone := says("DIR/check is writable by everybody: chmod go-w DIR/check")
	elsewhere := says("DIR is writable by everybody: chmod go-w DIR")
	nothing := func() error { return nil }
	for _, step := range []struct {
		name   string
		change func() error
		user   string
		want   string
	}{
		{"as somebody else", func() error { return os.Chmod(path, 0o777) }, "65534", ""},
		{"writable", nothing, "", anyone},
		{"as before", nothing, "", ""},
		{"as root", nothing, "root", ""},
		{"repaired", func() error { return os.Chmod(path, 0o755) }, "", ""},
		{"writable again", func() error { return os.Chmod(path, 0o777) }, "0", anyone},
		{"more is wrong", func() error { return os.Chmod(directory, 0o777) }, "", elsewhere},
		{"less is wrong", func() error { return os.Chmod(directory, 0o755) }, "", anyone},
		{"away", func() error { return os.Rename(path, path+"~") }, "", ""},
		{"back", func() error { return os.Rename(path+"~", path) }, "", ""},
		{"another owner", func() error { return os.Chown(path, nobody, nobody) }, "",
			says("DIR/check belongs to user 65534, who could replace it: chown root DIR/check")},
	} {
		must(t, step.change())
		got := logged(t, func() {
			r := Run(t.Context(), Spec{Args: []string{path, "a"}, User: step.user})
			if r.String() != "exit 0" && step.name != "away" && step.user != "65534" { // who may not be there
				t.Errorf("%s: %v", step.name, r)
			}
		})
		if got != step.want {
			t.Errorf("%s: %q, want %q", step.name, got, step.want)
		}
	}
	line := Args([]string{path + "; " + path}, true)
	if got := logged(t, func() { Run(t.Context(), Spec{Args: line}) }); got != "" {
		t.Errorf("of a line for the shell: %q", got)
	}
}

// TestOthersNotRoot: what does not run as root is nobody else's business.
func TestOthersNotRoot(t *testing.T) {
	if !again(t) {
		return
	}
	path := program(t, "#!/bin/sh\n")
	must(t, os.Chmod(path, 0o777))
	if got := logged(t, func() { Run(t.Context(), Spec{Args: []string{path}}) }); got != "" {
		t.Errorf("%q", got)
	}
}
