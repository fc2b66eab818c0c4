package pluginhost

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFind(t *testing.T) {
	directory := t.TempDir()
	for name, mode := range map[string]os.FileMode{
		"sentinel-tracker-mysql": 0o755, "sentinel-notify-slack": 0o755, "hook-10_log": 0o755, "hook-10_log~": 0o755,
		"hook-x.bak": 0o755, "sentinel-tracker-": 0o755, "README": 0o644, "hook-plain": 0o644,
	} {
		if err := os.WriteFile(filepath.Join(directory, name), nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(directory, "hook-dir"), 0o755); err != nil {
		t.Fatal(err)
	}
	found, ignored, err := Find(directory)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range found {
		line := string(f.Kind) + " " + f.Name
		if f.Err != nil {
			line += " refused"
		}
		got = append(got, line)
	}
	if diff := cmp.Diff([]string{"hook 10_log", "hook plain refused", "notify slack", "tracker mysql"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	others := []Other{{"README", false}, {"hook-10_log~", false}, {"hook-dir", true}, {"hook-x.bak", false}, {"sentinel-tracker-", false}}
	if diff := cmp.Diff(others, ignored); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if found, _, err := Find(directory + "/none"); !errors.Is(err, fs.ErrNotExist) || found != nil {
		t.Errorf("%v, %v", found, err)
	}

	plain := found[1]
	if plain.Replaced() {
		t.Error("nothing has happened to it")
	}
	if err := os.WriteFile(plain.Path, []byte("#!/bin/sh\n"), 0o755); err != nil || !plain.Replaced() {
		t.Errorf("it was written to: %v", err)
	}
	if err := os.Remove(plain.Path); err != nil || !plain.Replaced() {
		t.Errorf("it is gone: %v", err)
	}
}
