package pluginhost_test

import (
	"fmt"
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

// TestDeadFilesHaveNotChanged: however many files cannot be looked at, that is known
// at once. What was started from them goes on, and what has changed is seen.
func TestDeadFilesHaveNotChanged(t *testing.T) {
	h := newHost(t, pluginhost.Pauses{First: time.Hour, Last: time.Hour})
	directory := t.TempDir()
	specs, before := make([]pluginhost.Spec, 12), make([]*pluginhost.Plugin, 12)
	for i := range specs {
		path := filepath.Join(directory, fmt.Sprintf("sentinel-tracker-%d", i))
		for file, text := range map[string]string{path: "#!" + path + "-runs\n", path + "-runs": "#!/bin/false\n"} {
			if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		specs[i] = pluginhost.Spec{Name: path, Path: path}
		before[i] = h.Open(specs[i])
		if _, err := before[i].Describe(t.Context()); err == nil {
			t.Fatal("it runs")
		}
	}
	for _, s := range specs[1:] {
		probetest.Dead(t, s.Path+"-runs")
	}
	if err := os.Rename(specs[0].Path+"-runs", specs[0].Path); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	h.NoticeChanges()
	for i, s := range specs {
		if same := h.Open(s) == before[i]; same != (i > 0) {
			t.Errorf("%d is the same: %v", i, same)
		}
	}
	if took := time.Since(began); took > 3*time.Second { // all together would take more than five
		t.Errorf("it took %v", took)
	}
}
