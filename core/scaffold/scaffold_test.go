package scaffold

import (
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is written is complete, formatted and short. That it builds and works is
// tested with the commands, in cmd/sentinel.
func TestWrite(t *testing.T) {
	for _, kind := range []string{"tracker", "notify"} {
		below := t.TempDir()
		p := Plugin{Kind: kind, Name: "x-1", Version: "0.1.0"}
		next, err := p.Write(below)
		if err != nil {
			t.Fatal(err)
		}
		directory := filepath.Join(below, "sentinel-"+kind+"-x-1")
		texts := read(t, directory)
		for _, file := range []string{".gitignore", "README.md", "go.mod", "main.go", "main_test.go"} {
			text := texts[file]
			if text == "" || strings.Contains(text, "{{") || strings.HasSuffix(text, "\n\n") {
				t.Errorf("%s is %q", file, text)
			}
			if formatted, err := format.Source([]byte(text)); strings.HasSuffix(file, ".go") && (err != nil || string(formatted) != text) {
				t.Errorf("%s is not formatted: %v", file, err)
			}
		}
		if lines := strings.Count(texts["main.go"], "\n"); len(texts) != 5 || lines > 42 {
			t.Errorf("%d files, main.go of %d lines", len(texts), lines)
		}
		for _, heading := range []string{"Name", "Description", "Configuration", "Example", "Failure"} {
			if !strings.Contains(texts["README.md"], "\n## "+heading+"\n") {
				t.Errorf("the README says nothing under %s", heading)
			}
		}
		if want := "module sentinel-" + kind + "-x-1\n\ngo 1.26.0\n\nrequire github.com/sentinel-ha/sentinel v0.1.0\n"; texts["go.mod"] != want {
			t.Errorf("go.mod is %s", texts["go.mod"])
		}
		for _, want := range []string{"go mod tidy\n", "sentinel plugin check ", "not published yet: until it is", `"x-1" "mine"`} {
			if !strings.Contains(next, want) {
				t.Errorf("%q is missing in %s", want, next)
			}
		}
	}
}

// What is there is not touched, and what could not be used is not written.
func TestWriteRefuses(t *testing.T) {
	below := t.TempDir()
	there := filepath.Join(below, "sentinel-tracker-there")
	if err := os.Mkdir(there, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		plugin Plugin
		want   string
	}{
		{Plugin{Kind: "tracker", Name: "there"}, there + " is there already, and nothing was written"},
		{Plugin{Kind: "hook", Name: "x"}, `a plugin is a tracker or a notify, not a "hook"`},
		{Plugin{Kind: "tracker", Name: "../x"}, `name "../x" must be of a-z, 0-9, _ and -, and must not begin with _ or -`},
		{Plugin{Kind: "tracker", Name: "-x"}, `name "-x" must be of a-z, 0-9, _ and -, and must not begin with _ or -`},
		{Plugin{Kind: "tracker", Name: ""}, `name "" must be of a-z, 0-9, _ and -, and must not begin with _ or -`},
		{Plugin{Kind: "tracker", Name: "x", Module: "a b"}, `"a b" is no path of a module`},
		{Plugin{Kind: "tracker", Name: "x", SDK: below}, below + " has no source of github.com/sentinel-ha/sentinel: there is no go.mod of it"},
	} {
		if _, err := c.plugin.Write(below); err == nil || err.Error() != c.want {
			t.Errorf("%+v: %v, want %s", c.plugin, err, c.want)
		}
	}
	if list, err := filepath.Glob(below + "/*/*"); err != nil || len(list) > 0 {
		t.Errorf("written: %v, %v", list, err)
	}
	p := Plugin{Kind: "tracker", Name: "x", Module: "example.com/x", Version: "0.1.0", SDK: "../.."}
	next, err := p.Write(below)
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	text := read(t, filepath.Join(below, p.File()))["go.mod"]
	if !strings.HasPrefix(text, "module example.com/x\n") || !strings.HasSuffix(text, "\nreplace github.com/sentinel-ha/sentinel => \""+root+"\"\n") {
		t.Errorf("go.mod is %s", text)
	}
	if !strings.Contains(next, root) {
		t.Errorf("it is not said where it comes from: %s", next)
	}
}

// The README shows what is written.
func TestREADME(t *testing.T) {
	below := t.TempDir()
	p := Plugin{Kind: "tracker", Name: "heartbeat", Version: "0.1.0"}
	if _, err := p.Write(below); err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if main := read(t, filepath.Join(below, p.File()))["main.go"]; !strings.Contains(string(readme), "```go\n"+main+"```\n") {
		t.Errorf("the README does not show\n%s", main)
	}
}

// read returns all files in a directory by their names.
func read(t *testing.T, directory string) map[string]string {
	t.Helper()
	list, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, entry := range list {
		text, err := os.ReadFile(filepath.Join(directory, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		texts[entry.Name()] = string(text)
	}
	return texts
}
