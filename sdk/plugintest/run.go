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

// T is what is needed of a *testing.T, which is one.
type T interface {
	Helper()
	Context() context.Context
	TempDir() string
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Run builds the main package in the working directory, which is the package's
// own in a test, and holds it to everything that [RunFile] does.
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

// RunFile makes all checks of [Check], with the first configuration of each type
// that is meant to be good, and then tries each case. Events are delivered if a
// case wants that.
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
