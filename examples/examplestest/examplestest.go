// Package examplestest makes the examples ready for tests.
package examplestest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

// Path returns where a file in examples/ is.
func Path(elements ...string) string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(append([]string{filepath.Dir(file), ".."}, elements...)...)
}

// Ready returns a folder with an example as its README wants it in /etc/sentinel.
func Ready(t testing.TB, example string) (directory string) {
	t.Helper()
	if example == pythonExample {
		Python(t)
	}
	if _, err := os.Stat(Path(example, "go.mod")); err != nil {
		return Path(example)
	}
	directory = filepath.Dir(filepath.Dir(Build(t, example)))
	config, err := os.ReadFile(Path(example, "ha.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(directory, "ha.hcl"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	return directory
}

// Build builds an example that is a Go module of its own, as its README says, and
// returns the program, in a folder plugins. It needs no network.
func Build(t testing.TB, example string) (program string) {
	t.Helper()
	directory := filepath.Join(t.TempDir(), "plugins")
	build := exec.Command("go", "build", "-trimpath", "-o", directory+"/", ".")
	build.Dir = Path(example)
	build.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", example, err, output)
	}
	list, err := os.ReadDir(directory)
	if err != nil || len(list) != 1 {
		t.Fatalf("build %s: %d files, %v", example, len(list), err)
	}
	return filepath.Join(directory, list[0].Name())
}

const pythonExample = "notify-python"

// Python returns the plugin in Python, if this machine can run it.
func Python(t testing.TB) (program string) {
	t.Helper()
	output, err := exec.Command("/usr/bin/python3", "-c", "import grpc, google.protobuf").CombinedOutput()
	if err != nil {
		netnstest.NotRun(t, fmt.Sprintf("python3-grpcio is not installed: %v %s", err, output))
	}
	return Path(pythonExample, "plugins", "sentinel-notify-ownership")
}
