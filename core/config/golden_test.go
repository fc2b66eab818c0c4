package config_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/plugins"
	"github.com/sentinel-ha/sentinel/trackers"
)

var update = flag.Bool("update", false, "rewrite the reports in testdata")

// TestReports loads the configurations in testdata and compares what is said
// about them, word for word. A case is one file: what it is about, options, the
// files of the configuration, and the report.
//
//	What this is about.
//	-node server1
//	-- ha.hcl --
//	vrrp "VI_1" {}
//	-- report --
//	Error: ...
func TestReports(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(here, "testdata", "*.txt"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			intro, files := sections(string(text))
			got := reportOf(t, intro, files)
			if *update {
				before, _, _ := strings.Cut(string(text), "-- report --\n")
				if err := os.WriteFile(name, []byte(before+"-- report --\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(files[len(files)-1].content, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// section is a file of a case.
type section struct{ name, content string }

// sections splits a case into its introduction and its files.
func sections(text string) (intro string, files []section) {
	for line := range strings.Lines(text) {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "-- ")
		if name, closed := strings.CutSuffix(name, " --"); ok && closed {
			files = append(files, section{name: name})
		} else if len(files) == 0 {
			intro += line
		} else {
			files[len(files)-1].content += line
		}
	}
	return intro, files
}

// reportOf loads the files of a case from an empty directory and returns the
// report. Options are lines of the introduction that begin with a hyphen; an
// environment variable is one that begins with a dollar sign.
func reportOf(t *testing.T, intro string, files []section) string {
	t.Helper()
	t.Chdir(t.TempDir())
	write(t, files[:len(files)-1])
	paths := []string{"."}
	opts := everything()
	var found config.Plugins
	for line := range strings.Lines(intro) {
		option, argument, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case option == "-config" && len(paths) == 1 && paths[0] == ".":
			paths = []string{argument}
		case option == "-config":
			paths = append(paths, argument)
		case option == "-node":
			opts.Node = argument
		case option == "-var":
			opts.Vars = append(opts.Vars, argument)
		case option == "-var-file":
			opts.VarFiles = append(opts.VarFiles, argument)
		case option == "-plugins":
			found = theirs(argument == "tolerated")
		case strings.HasPrefix(option, "$"):
			opts.Environ = append(opts.Environ, strings.TrimSpace(line)[1:])
		}
	}
	loaded, report := config.Read(paths, opts).Load(found)
	if (loaded == nil) != report.HasErrors() {
		t.Errorf("configuration %v, errors %v", loaded != nil, report.HasErrors())
	}
	shown := texts(t, report)
	for form, text := range shown {
		// By convention every secret in testdata is this one.
		if strings.Contains(text, "hunter") {
			t.Errorf("the %s shows a secret:\n%s", form, text)
		}
	}
	return shown["text"]
}

// everything returns options with all that is linked in.
func everything() config.Options {
	opts := config.Options{Node: "server1", Trackers: append(trackers.All(), plugins.Trackers()...), Notifiers: plugins.Notifiers()}
	for _, t := range trackers.All() {
		opts.Internal = append(opts.Internal, t.Name())
	}
	return opts
}

// texts renders a report in every form.
func texts(t testing.TB, report *config.Report) map[string]string {
	t.Helper()
	var plain, color, object bytes.Buffer
	for _, err := range []error{
		report.WriteText(&plain, false, 78), report.WriteText(&color, true, 0), report.WriteJSON(&object),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return map[string]string{"text": plain.String(), "colored text": color.String(), "JSON": object.String()}
}

// write makes the files of a case. Nobody else can read them unless their name
// says so.
func write(t *testing.T, files []section) {
	t.Helper()
	for _, file := range files {
		mode := os.FileMode(0o600)
		if strings.Contains(file.name, "shared") {
			mode = 0o644
		}
		if err := os.MkdirAll(filepath.Dir(file.name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file.name, []byte(file.content), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file.name, mode); err != nil {
			t.Fatal(err)
		}
	}
}
