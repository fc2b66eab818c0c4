package host_test

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/host"
	"github.com/sentinel-ha/sentinel/sdk/probe/probetest"
)

// TestDeadInterpreter: a plugin whose interpreter cannot be opened is refused in
// words, and holds up nobody.
func TestDeadInterpreter(t *testing.T) {
	directory := t.TempDir()
	interpreter, path := filepath.Join(directory, "interpreter"), filepath.Join(directory, "plugin")
	write(t, interpreter, "#!/bin/sh\n", 0o700)
	write(t, path, "#!"+interpreter+"\n", 0o700)
	o := options(t, "")
	o.Program, o.StartTimeout = open(t, path, ""), 2*time.Second
	probetest.Dead(t, interpreter)
	refused := make(chan error)
	go func() {
		_, err := host.Launch(t.Context(), o)
		refused <- err
	}()
	runtime.GC() // stops every goroutine, and waits for those that cannot be
	if r := one(t, launched(t, options(t, "good")), "trouble", sdk.Values{"do": "print"}); r != sdk.Pass("said") {
		t.Errorf("%+v", r)
	}
	if err := <-refused; err == nil || !strings.HasPrefix(err.Error(), interpreter+" cannot be opened: no answer for ") {
		t.Error(err)
	}
}
