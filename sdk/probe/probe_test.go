package probe

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk/probe/probetest"
)

// script writes a file and returns its path.
func script(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAnswers: whatever answers is no business of the probe.
func TestAnswers(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(pipe, 0o755); err != nil {
		t.Fatal(err)
	}
	closed := script(t, "#!/bin/sh\n")
	if err := os.Chmod(closed, 0o111); err != nil {
		t.Fatal(err)
	}
	loop := script(t, "")
	if err := os.WriteFile(loop, []byte("#!"+loop+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"/bin/true", "/proc/self/exe", "/no/such", "/", "/dev/null", pipe, closed, loop, script(t, ""), script(t, "#!"), script(t, "#!/no/such -x\n"),
		script(t, "#!"+pipe+"\n"),
	} {
		if err := Program(t.Context(), path, path); err != nil {
			t.Error(err)
		}
	}
}

func TestInterpreter(t *testing.T) {
	for start, want := range map[string]string{
		"":                       "",
		"\x7fELF":                "",
		"#!":                     "",
		"#! \t\n/bin/sh":         "",
		"#!/bin/sh":              "/bin/sh",
		"#! /usr/bin/env -S a\n": "/usr/bin/env",
		"#!\t/bin/sh\t-e\n":      "/bin/sh",
		"#!bin/sh\nexit\n":       "/bin/sh",
		"#!/bin/sh\r\n":          "/bin/sh\r",
		"#!/bin/sh\x00-x\n":      "/bin/sh",
	} {
		if got := interpreter([]byte(start)); got != want {
			t.Errorf("%q: %q, want %q", start, got, want)
		}
	}
}

// TestDead: a file that does not answer is named in time, however deep it is, and
// costs one thread.
func TestDead(t *testing.T) {
	dead := script(t, "#!/bin/sh\n")
	calls := script(t, "#!"+dead+" -x\n")
	mend := probetest.Dead(t, dead)
	before := runtime.NumGoroutine()
	for _, path := range []string{dead, calls, script(t, "#!"+calls+"\n"), dead, calls} {
		ctx, cancel := context.WithTimeout(t.Context(), 600*time.Millisecond)
		err := Program(ctx, path, path)
		cancel()
		if want := dead + " cannot be opened: no answer for "; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Fatalf("%v, want %s", err, want)
		}
	}
	if n := runtime.NumGoroutine(); n > before+1 {
		t.Errorf("%d wait", n-before)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Program(ctx, dead, dead); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	mend()
	if err := Program(t.Context(), calls, calls); err != nil {
		t.Error(err)
	}
}

func BenchmarkProgram(b *testing.B) {
	path := script(b, "#!/bin/sh\n")
	for b.Loop() {
		if err := Program(b.Context(), path, path); err != nil {
			b.Fatal(err)
		}
	}
}
