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
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

// The environment variables that say what becomes of a test which cannot run: see
// [netnstest.NotRun].
const (
	RequireVariable = netnstest.RequireVariable
	NotRunVariable  = netnstest.NotRunVariable
)

// Main is what TestMain calls. It enters the lab's namespaces, runs the tests and
// exits. Where that is impossible it fails if [RequireVariable] is set; otherwise
// it says so as loudly as it can and runs the tests that need no lab: [New] skips
// the others.
func Main(m *testing.M) {
	if err := lab.Enter(); err != nil {
		if netnstest.Required() {
			fmt.Fprintf(os.Stderr, "FAIL: %v\n", err)
			os.Exit(1)
		}
		bar := strings.Repeat("#", 72)
		fmt.Fprintf(os.Stderr, "%s\n# NOT RUN: the tests of %s that need a lab\n# %v\n# %s=1 makes this a failure.\n%s\n",
			bar, filepath.Base(os.Args[0]), err, RequireVariable, bar)
	}
	os.Exit(m.Run())
}

// NeedLab ends a test where there can be no lab, and makes sure that somebody
// hears of it. [New] calls it.
func NeedLab(t testing.TB) {
	t.Helper()
	if !lab.Inside() {
		netnstest.NotRun(t, "network namespaces cannot be made here")
	}
}
