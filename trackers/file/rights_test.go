package file

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sentinel-ha/sentinel/sdk"
)

// rightsVariable is the directory in which the test runs itself again.
const rightsVariable = "SENTINEL_RIGHTS_TEST"

// TestRights: what may not be read is unknown until it may. As nothing is kept
// from root, the test runs itself again as somebody else.
func TestRights(t *testing.T) {
	if dir := os.Getenv(rightsVariable); dir != "" {
		testRights(t, dir)
		return
	}
	if os.Geteuid() != 0 {
		testRights(t, tempDir(t))
		return
	}
	const nobody = 65534
	dir, err := os.MkdirTemp("/tmp", "sentinel-rights-") // t.TempDir's parents may be closed
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Chown(dir, nobody, nobody))
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestRights$", "-test.v")
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), rightsVariable+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	output, err := cmd.CombinedOutput()
	if err != nil && !strings.Contains(string(output), "=== RUN") {
		notRun(t, fmt.Sprintf("cannot run as another user: %v", err))
	}
	t.Logf("as user %d:\n%s", nobody, output)
	must(t, err)
}

func testRights(t *testing.T, dir string) {
	path := filepath.Join(dir, "x")
	write(t, path, 0)
	w := start(t, newHub(), config{Path: path})
	w.value(0)

	must(t, os.Chmod(path, 0))
	w.unknown("%s: permission denied", path)
	w.prompt("readable again", func(value int64) {
		must(t, os.Chmod(path, 0o644))
		write(t, path, value)
	})

	// The kernel goes on telling of a directory that it was told to watch.
	number := w.last.Value
	must(t, os.Chmod(dir, 0))
	w.unknown("%s: permission denied", path)
	must(t, os.Chmod(dir, 0o300)) // its files may be read, it may not
	w.value(number)

	// Another tracker has to be told why it is not.
	deaf := start(t, newHub(), config{Path: path})
	deaf.await(sdk.Measured(number, "%s holds %d, read every second: %s cannot be watched: permission denied", path, number, dir))
	must(t, os.Chmod(dir, 0o700))
	deaf.await(sdk.Measured(number, "%s holds %d", path, number))
	deaf.prompt("watched", func(value int64) { write(t, path, value+10); deaf.value(value + 10); write(t, path, value) })

	// A directory that may not be written to.
	value := int64(1)
	closed := filepath.Join(dir, "closed")
	must(t, os.Mkdir(closed, 0o500))
	initial := start(t, newHub(), config{Path: closed + "/x", InitialValue: &value})
	initial.unknown("%s/x: no such file, and initial_value was not written: permission denied", closed)
}

// notRun ends a test that cannot run here, and makes sure that somebody hears of
// it: .ci/test shows the lines of the file that SENTINEL_NOT_RUN names.
func notRun(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("SENTINEL_REQUIRE_NETNS") == "1" {
		t.Fatalf("cannot run: %s", reason)
	}
	if name := os.Getenv("SENTINEL_NOT_RUN"); name != "" {
		f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		must(t, err)
		defer f.Close()
		_, err = fmt.Fprintf(f, "%s %s: %s\n", filepath.Base(os.Args[0]), t.Name(), reason)
		must(t, err)
	}
	t.Skipf("NOT RUN: %s", reason)
}
