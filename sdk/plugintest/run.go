package plugintest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/host"
)

// T is the part of *testing.T that [Run] and [RunFile] need.
type T interface {
	Helper()
	Context() context.Context
	TempDir() string
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Run builds the main package in the working directory, which during a test is that of
// the package under test, and calls [RunFile] with the executable.
func Run(t T, cases ...Case) {
	t.Helper()
	directory := t.TempDir()
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", directory+string(filepath.Separator), ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	built, err := os.ReadDir(directory)
	if err != nil || len(built) != 1 {
		t.Fatalf("the package in this directory is no program: %v", err)
	}
	RunFile(t, filepath.Join(directory, built[0].Name()), cases...)
}

// RunFile makes all checks of [Check] of the executable at path, and then tries each
// case. The checks run each type with the configuration of its first case that wants
// [Verdict] or [Delivered], and deliver events if any case wants [Delivered]. What
// fails is an error of t.
func RunFile(t T, path string, cases ...Case) {
	t.Helper()
	s, err := newSubject(Options{Path: path})
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer s.close()
	o := Options{Path: path, Config: make(map[string]sdk.Values)}
	if _, err := s.host(t.Context()); err == nil {
		for _, c := range cases {
			o.take(c, &s.description)
		}
	}
	err = Check(t.Context(), o, func(f Finding) {
		t.Helper()
		if f.Outcome == Failed {
			t.Errorf("%s: %s", f.Check, f.Reason)
		} else {
			t.Logf("%s: %s: %s", f.Check, f.Outcome, f.Reason)
		}
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	for i, c := range cases {
		if c.Name == "" {
			c.Name = fmt.Sprintf("case %d", i+1)
		}
		if err := c.try(t.Context(), s); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}

// take adds the configuration of a case to what the checks use.
func (o *Options) take(c Case, d *host.Description) {
	of, err := c.find(d)
	if err != nil || c.Want.what != verdict && c.Want.what != delivered {
		return
	}
	if name := of.kind + "." + of.Name; o.Config[name] == nil {
		o.Config[name] = typed(c.Config, of.Schema)
	}
	o.Deliver = o.Deliver || c.Want.what == delivered
}
