package netnstest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// The environment variables that say what becomes of a test which cannot run.
const (
	// RequireVariable makes it fail when it is "1", as in continuous integration.
	RequireVariable = "SENTINEL_REQUIRE_NETNS"
	// NotRunVariable names a file to which it adds a line, because `go test` does
	// not show what a test says that it skips.
	NotRunVariable = "SENTINEL_NOT_RUN"
)

// Required reports whether a test that cannot run has to fail.
func Required() bool { return os.Getenv(RequireVariable) == "1" }

// NotRun ends a test that cannot run on this machine, and makes sure that somebody
// hears of it.
func NotRun(t testing.TB, reason string) {
	t.Helper()
	if Required() {
		t.Fatalf("cannot run: %s", reason)
	}
	if name := os.Getenv(NotRunVariable); name != "" {
		line := fmt.Sprintf("%s %s: %s\n", filepath.Base(os.Args[0]), t.Name(), reason)
		if err := appendTo(name, line); err != nil {
			t.Error(err)
		}
	}
	t.Skipf("NOT RUN: %s", reason)
}

func appendTo(name, line string) error {
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString(line)
	return errors.Join(err, file.Close())
}
