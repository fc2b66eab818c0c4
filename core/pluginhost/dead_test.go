package pluginhost_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/sdk/probe/probetest"
)

// TestDeadFile: a plugin whose file cannot be opened says so, others start, and it
// starts when the file system answers again.
func TestDeadFile(t *testing.T) {
	h := newHost(t, quick)
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sentinel-tracker-x")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nexec env "+role+"=good "+binary+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	mend := probetest.Dead(t, path)
	p := h.Open(pluginhost.Spec{Name: "x", Path: path, StartTimeout: 2 * time.Second})
	described(t, h.Open(self("good")))
	if _, err := p.Describe(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "the plugin cannot be started: "+path+" cannot be opened: no answer for ") {
		t.Error(err)
	}
	if s := p.Status(); s.Starts != 0 {
		t.Errorf("%+v", s)
	}
	mend()
	if err := p.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}
