package host

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// TestKernelSilent: a launch that the kernel does not answer is over in time, and
// nothing is executed when it answers.
func TestKernelSilent(t *testing.T) {
	first, err := launch("/bin/true", nil, &os.ProcAttr{}, never)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = first.Wait()
	answer := make(chan struct{})
	launcher.jobs <- func() { <-answer }

	directory := t.TempDir()
	o := Options{Program: Self(), RuntimeDir: directory, Environment: []string{"TEST_ROLE=silent"}, StartTimeout: time.Second}.withDefaults()
	id, err := lookup("")
	if err != nil {
		t.Fatal(err)
	}
	p := newPlugin(o, newProcess(o.Program, id, newPump(o.Log)))
	ctx, cancel := context.WithTimeout(t.Context(), o.StartTimeout)
	defer cancel()
	err = p.whyNot(ctx, p.start(ctx))
	if err == nil || !strings.HasSuffix(err.Error(), " was not executed within 1s; is its file system there?") {
		t.Error(err)
	}
	p.abandon()
	close(answer)
	last, err := launch("/bin/true", nil, &os.ProcAttr{}, never) // it has its turn after that
	if err != nil {
		t.Fatal(err)
	}
	_, _ = last.Wait()
	select {
	case <-p.process.ended:
		t.Error("a process was started that nobody waits for")
	case <-time.After(300 * time.Millisecond):
	}
	if list, _ := os.ReadDir(directory); len(list) > 0 {
		t.Errorf("%v is left", list)
	}
}

func never() bool { return false }

// TestKilledBefore: what was killed before its turn comes is not executed.
func TestKilledBefore(t *testing.T) {
	id, err := lookup("")
	if err != nil {
		t.Fatal(err)
	}
	p := newProcess(Self(), id, newPump(Options{}.withDefaults().Log))
	p.kill()
	if err := p.Start(t.Context()); !errors.Is(err, errStoppedBefore) || p.ID() != "" {
		t.Errorf("%v, process %q", err, p.ID())
	}
}
