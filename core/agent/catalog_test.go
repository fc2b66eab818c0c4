package agent

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/sdk/probe/probetest"
)

// What is wrong with plugin_dir, and with the names in it, is in the list.
func TestList(t *testing.T) {
	directory := t.TempDir()
	for _, name := range []string{"file", "sentinel-tracker-file", "sentinel-notify-exec", "sentinel-tracker-3par", "sentinel-tracker-", "hook-x"} {
		if err := os.WriteFile(filepath.Join(directory, name), []byte("#!/bin/false\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{
		"sentinel-tracker-file": "refused: \"file\" is a type of Sentinel's own",
		"sentinel-notify-exec":  "refused: \"exec\" is a type of Sentinel's own",
		"sentinel-tracker-3par": "refused: no track list can say tracker.3par, which begins with a digit",
		"sentinel-tracker-":     "ignored: ", "hook-x": "hook: ", "file": "ignored: ",
	}
	c := newCatalog(config.Needs{PluginDir: directory})
	for _, p := range pluginList(nil, c, c) {
		if begins, got := want[p.Name], p.State+": "+p.Reason; begins == "" || !strings.HasPrefix(got, begins) {
			t.Errorf("%s is %s, want %s", p.Name, got, begins)
		}
		delete(want, p.Name)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	path := filepath.Join(directory, "file")
	c = newCatalog(config.Needs{PluginDir: path})
	list := pluginList(nil, c, c)
	if len(list) != 1 || list[0].State != "unreadable" || !strings.HasSuffix(list[0].Reason, path+": not a directory") {
		t.Errorf("%+v", list)
	}
	if _, err := ListPlugins(t.Context(), []string{path + ".hcl"}, config.Options{}, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("what is not there has plugins")
	}
}

// However many files cannot be looked at, the list is there at once, in the order
// of the plugins, and says what has become of the others.
func TestListDeadFiles(t *testing.T) {
	runtime, err := os.MkdirTemp("", "sn") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(runtime) })
	h, err := pluginhost.New(pluginhost.Config{RuntimeDir: runtime, Pauses: pluginhost.Pauses{First: time.Hour, Last: time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close(time.Second) })
	directory := t.TempDir()
	var names []string
	for i := range 12 {
		names = append(names, fmt.Sprintf("sentinel-tracker-x%d", i))
		path := filepath.Join(directory, names[i])
		for file, text := range map[string]string{path: "#!" + path + "-runs\n", path + "-runs": "#!/bin/false\n"} {
			if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.Open(pluginhost.Spec{Name: names[i], Path: path}).Describe(t.Context()); err == nil {
			t.Fatal("it runs")
		}
		if i > 0 {
			probetest.Dead(t, path+"-runs")
		}
	}
	if err := os.Remove(filepath.Join(directory, names[0])); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	list := pluginList(h.Plugins(), &catalog{}, &catalog{})
	if took := time.Since(began); took > 3*time.Second { // one after the other would take more than five
		t.Errorf("it took %v", took)
	}
	for i, p := range list {
		if gone := strings.HasSuffix(p.Reason, "; the file is gone, and what was started from it goes on"); p.Name != names[i] || gone != (i == 0) || p.Changed != gone {
			t.Errorf("%d is %+v", i, p)
		}
	}
}
