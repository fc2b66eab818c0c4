package agent

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/core/config"
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
