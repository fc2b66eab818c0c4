// Package labtest is core/lab for tests: every method that can fail ends the test
// instead, addresses are strings, and a test that fails prints what its nodes
// were doing.
//
//	func TestMain(m *testing.M) { labtest.Main(m) }
//
//	func TestTakeover(t *testing.T) {
//		l := labtest.New(t)
//		a := l.AddNode("a", lab.At("10.0.0.71/24"))
//		b := l.AddNode("b", lab.At("10.0.0.72/24"))
//		a.Keepalived(...)
//		b.Keepalived(...)
//		l.WaitHolders("10.0.0.100", 5*time.Second, a)
//		capture := l.Capture()
//		a.Unplug()
//		first := capture.WaitAnnouncement("10.0.0.100", b, 5*time.Second)
//	}
package labtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// The environment variables that say what becomes of a test which cannot run.
const (
	// RequireVariable makes it fail when it is "1", as in continuous integration.
	RequireVariable = "SENTINEL_REQUIRE_NETNS"
	// NotRunVariable names a file to which it adds a line, because `go test` does
	// not show what a test says that it skips.
	NotRunVariable = "SENTINEL_NOT_RUN"
)

// Main is what TestMain calls. It enters the lab's namespaces, runs the tests and
// exits. Where that is impossible it fails if [RequireVariable] is set; otherwise
// it says so as loudly as it can and runs the tests that need no lab: [New] skips
// the others.
func Main(m *testing.M) {
	if err := lab.Enter(); err != nil {
		if required() {
			fmt.Fprintf(os.Stderr, "FAIL: %v\n", err)
			os.Exit(1)
		}
		bar := strings.Repeat("#", 72)
		fmt.Fprintf(os.Stderr, "%s\n# NOT RUN: the tests of %s that need a lab\n# %v\n# %s=1 makes this a failure.\n%s\n",
			bar, filepath.Base(os.Args[0]), err, RequireVariable, bar)
	}
	os.Exit(m.Run())
}

func required() bool { return os.Getenv(RequireVariable) == "1" }

// NeedLab ends a test where there can be no lab, and makes sure that somebody
// hears of it. [New] calls it.
func NeedLab(t testing.TB) {
	t.Helper()
	if !lab.Inside() {
		notRun(t, "network namespaces cannot be made here")
	}
}

// notRun ends a test that cannot run.
func notRun(t testing.TB, reason string) {
	t.Helper()
	if required() {
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
