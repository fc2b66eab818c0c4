// Package examplestest builds the plugins in examples/ for tests.
package examplestest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Path returns where a file in examples/ is.
func Path(elements ...string) string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(append([]string{filepath.Dir(file), ".."}, elements...)...)
}

// Build builds an example that is a Go module of its own, as its README says, and
// returns the program.
func Build(t testing.TB, example string) (program string) {
	t.Helper()
	directory := t.TempDir() + string(filepath.Separator)
	build := exec.Command("go", "build", "-trimpath", "-o", directory, ".")
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
