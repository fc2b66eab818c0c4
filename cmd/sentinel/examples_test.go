package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/core/agent"
	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/examples/examplestest"
)

// TestExamples loads every configuration in examples/ and every HCL block in a
// README, as the node server1: what is shown works.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../examples/*/*.hcl")
	if err != nil || len(files) < 5 {
		t.Fatalf("found only %v: %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.ToSlash(file), func(t *testing.T) { mustLoad(t, ready(t, file)) })
	}
	for _, readme := range readmes(t) {
		text, err := os.ReadFile(readme)
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range hclBlocks(string(text)) {
			file := filepath.Join(t.TempDir(), "block.hcl")
			if err := os.WriteFile(file, []byte(block), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Run(filepath.ToSlash(readme)+string(rune('#'))+string(rune('1'+i)), func(t *testing.T) { mustLoad(t, file) })
		}
	}
}

// TestExamplesFit: an example that is one file for two nodes is as good on both,
// and nothing in it needs a warning. Its README has three lines.
func TestExamplesFit(t *testing.T) {
	files, err := filepath.Glob("../../examples/*/ha.hcl")
	if err != nil || len(files) < 6 {
		t.Fatalf("found only %v: %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.ToSlash(file), func(t *testing.T) { mustFit(t, ready(t, file)) })
		readme, err := os.ReadFile(filepath.Join(filepath.Dir(file), "README.md"))
		if lines := strings.Count(string(readme), "\n"); err != nil || lines != 3 {
			t.Errorf("the README beside %s has %d lines, %v", file, lines, err)
		}
	}
}

// ready returns where a file of an example is when the example is as its README
// wants it.
func ready(t *testing.T, file string) string {
	t.Helper()
	example, name := filepath.Split(file)
	return filepath.Join(examplestest.Ready(t, filepath.Base(example)), name)
}

func mustFit(t *testing.T, file string) {
	t.Helper()
	for _, node := range []string{"server1", "server2"} {
		_, report := agent.Load(t.Context(), []string{file}, config.Options{Node: node}, nil)
		if errors, warnings := report.Counts(); errors+warnings > 0 {
			t.Errorf("%s on %s: %d errors, %d warnings", file, node, errors, warnings)
		}
	}
}

func readmes(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob("../../examples/*/README.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(list, "../../README.md")
}

var hclBlock = regexp.MustCompile("(?ms)^```hcl\n(.*?)^```$")

func hclBlocks(markdown string) []string {
	var blocks []string
	for _, match := range hclBlock.FindAllStringSubmatch(markdown, -1) {
		blocks = append(blocks, match[1])
	}
	return blocks
}

func mustLoad(t *testing.T, path string) {
	t.Helper()
	_, report := agent.Load(t.Context(), []string{path}, config.Options{Node: "server1"}, nil)
	if report.HasErrors() {
		var text strings.Builder
		if err := report.WriteText(&text, false, 100); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s does not validate:\n%s", path, text.String())
	}
}
