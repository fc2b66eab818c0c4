package host

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// TestKernelSilent: a launch that the kernel does not answer is over in time, and
// what it starts in the end is killed.
func TestKernelSilent(t *testing.T) {
	first, err := launch("/bin/true", nil, &os.ProcAttr{})
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
	select {
	case <-p.process.ended:
	case <-time.After(20 * time.Second):
		t.Fatal("the process lives")
	}
	if list, _ := os.ReadDir(directory); len(list) > 0 {
		t.Errorf("%v is left", list)
	}
}
