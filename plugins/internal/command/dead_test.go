package command

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/sdk/probe/probetest"
)

// TestDeadFile: a program whose file system does not answer is not executed, and
// others are meanwhile.
func TestDeadFile(t *testing.T) {
	before := held(t)
	dead := program(t, "#!/bin/sh\n")
	mend := probetest.Dead(t, dead)
	for _, path := range []string{dead, program(t, "#!"+dead+"\n")} {
		done := make(chan Result)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		go func() { done <- Run(ctx, Spec{Args: []string{path}}) }()
		if r := Run(t.Context(), Spec{Args: Args([]string{"echo a"}, true)}); r.String() != "exit 0: a" {
			t.Error(r)
		}
		r := <-done
		cancel()
		if want := "cannot be executed: " + dead + " cannot be opened: no answer for "; r.Ending != NotExecuted || !strings.HasPrefix(r.String(), want) {
			t.Errorf("%d %q, want %q", r.Ending, r, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if r := Run(ctx, Spec{Args: []string{dead}}); r.Ending != Interrupted || r.String() != "stopped" {
		t.Errorf("%d %q", r.Ending, r)
	}
	mend()
	if r := Run(t.Context(), Spec{Args: []string{dead}}); r.String() != "exit 0" {
		t.Error(r)
	}
	before.again(t)
}

// TestUnreadable: what may be executed and not read is executed.
func TestUnreadable(t *testing.T) {
	if !again(t) {
		return
	}
	path := program(t, "")
	data, err := os.ReadFile("/bin/true")
	must(t, err)
	must(t, os.WriteFile(path, data, 0o755))
	must(t, os.Chmod(path, 0o111))
	if _, err := os.ReadFile(path); err == nil {
		t.Fatal("it can be read")
	}
	if r := Run(t.Context(), Spec{Args: []string{path}}); r.String() != "exit 0" {
		t.Error(r)
	}
}
