package statefile_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/sentinel-ha/sentinel/core/statefile"
)

type file struct {
	statefile.Header
	Words []string `json:"words"`
}

func header(t *testing.T, version int) statefile.Header {
	t.Helper()
	h, err := statefile.ThisBoot(version)
	if err != nil || h.BootID == "" {
		t.Fatalf("%+v, %v", h, err)
	}
	return h
}

// TestRead: what is of use to whom, and what is a mistake.
func TestRead(t *testing.T) {
	h := header(t, 2)
	boot := `"boot_id": "` + h.BootID + `"`
	for _, c := range []struct {
		name, text string
		ok, wrong  bool
	}{
		{"of this boot", `{"version": 2, ` + boot + `, "words": ["a"]}`, true, false},
		{"of another boot", `{"version": 2, "boot_id": "x"}`, false, false},
		{"of another version", `{"version": 1, ` + boot + `}`, false, true},
		{"half", `{"version": 2, "boot`, false, true},
		{"empty", ``, false, true},
	} {
		path := filepath.Join(t.TempDir(), "state.json")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var f file
		ok, err := statefile.Read(path, h, &f)
		if ok != c.ok || (err != nil) != c.wrong || ok && (len(f.Words) != 1 || f.Words[0] != "a") {
			t.Errorf("%s: %t, %v, %+v", c.name, ok, err, f)
		}
	}
	if ok, err := statefile.Read(filepath.Join(t.TempDir(), "none"), h, &file{}); ok || err != nil {
		t.Errorf("without a file: %t, %v", ok, err)
	}
}

// TestWrite: a file is written as a whole, for its owner, or not at all.
func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	h := header(t, 1)
	for _, word := range []string{"first", "second"} {
		if err := statefile.Write(path, &file{h, []string{word}}); err != nil {
			t.Fatal(err)
		}
		var f file
		if ok, err := statefile.Read(path, h, &f); !ok || err != nil || f.Words[0] != word {
			t.Errorf("%s: %t, %v, %+v", word, ok, err, f)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	taken := filepath.Join(t.TempDir(), "taken")
	if err := os.MkdirAll(filepath.Join(taken, "by a directory"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := statefile.Write(taken, &file{Header: h}); !errors.Is(err, syscall.EEXIST) && !errors.Is(err, syscall.EISDIR) {
		t.Errorf("in place of a directory: %v", err)
	}
	if left, _ := filepath.Glob(taken + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
