package netnstest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// attempt is a test that keeps how it ended.
type attempt struct {
	testing.TB
	ended string
}

func (a *attempt) Helper()      {}
func (a *attempt) Name() string { return "TestIt" }

func (a *attempt) Skipf(format string, args ...any) {
	a.ended = "skipped: " + fmt.Sprintf(format, args...)
	panic(a)
}

func (a *attempt) Fatalf(format string, args ...any) {
	a.ended = "failed: " + fmt.Sprintf(format, args...)
	panic(a)
}

// A test that cannot run leaves a line, or fails where that is not permitted.
func TestNotRun(t *testing.T) {
	for _, test := range []struct{ required, ended, written string }{
		{"", "skipped: NOT RUN: no magic", "before\nnetnstest.test TestIt: no magic\n"},
		{"1", "failed: cannot run: no magic", "before\n"},
	} {
		file := filepath.Join(t.TempDir(), "not-run")
		if err := os.WriteFile(file, []byte("before\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv(RequireVariable, test.required)
		t.Setenv(NotRunVariable, file)
		a := &attempt{TB: t}
		func() {
			defer func() { _ = recover() }()
			NotRun(a, "no magic")
		}()
		written, err := os.ReadFile(file)
		if a.ended != test.ended || string(written) != test.written || err != nil {
			t.Errorf("required %q: it %s, and the file has %q, error %v", test.required, a.ended, written, err)
		}
	}
}
