package config_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/config"
)

// loadText loads one file of any content.
func loadText(t testing.TB, name, content string) (*config.Config, *config.Report) {
	t.Helper()
	path := t.TempDir() + "/" + name
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Load([]string{path}, everything())
}

// summaries lists what was found, without the explanations.
func summaries(t *testing.T, report *config.Report) []string {
	t.Helper()
	var list []string
	for line := range strings.Lines(texts(t, report)["text"]) {
		if strings.HasPrefix(line, "Error: ") || strings.HasPrefix(line, "Warning: ") {
			list = append(list, strings.TrimSpace(line))
		}
	}
	return list
}

// TestStrangeFiles: files that no editor makes, or only the worst do.
func TestStrangeFiles(t *testing.T) {
	const router = "vrrp \"a\" {\n  interface = \"eth0\"\n  version = 3\n  virtual_router_id = 1\n}\n"
	tests := []struct {
		name, file, content string
		want                []string
	}{
		{"empty", "ha.hcl", "", []string{"Warning: No virtual router"}},
		{"white space", "ha.hcl", "\n \t\r\n", []string{"Warning: No virtual router"}},
		{"comments", "ha.hcl", "# nothing\n/* yet */", []string{"Warning: No virtual router"}},
		{"no last line break", "ha.hcl", strings.TrimSpace(router), nil},
		{"carriage returns", "ha.hcl", strings.ReplaceAll(router, "\n", "\r\n"), nil},
		{"byte order mark", "ha.hcl", "\ufeff" + router, nil},
		{"byte order mark in JSON", "ha.hcl.json", "\ufeff{}", []string{"Warning: No virtual router"}},
		{"byte order mark and a mistake", "ha.hcl", "\ufeffvrpp {}\n" + router, []string{"Error: Unknown name"}},
		{"UTF-16", "ha.hcl", "\xff\xfev\x00r\x00r\x00p\x00", []string{"Error: Not a text file"}},
		{"Latin 1", "ha.hcl", "# Stra\xdfe\n" + router, []string{"Error: Not a text file"}},
		{"binary", "ha.hcl", "\x7fELF\x02\x01\x01\x00", []string{"Error: Not a text file"}},
		{"binary JSON", "ha.hcl.json", "\x00", []string{"Error: Not a text file"}},
		{"empty JSON", "ha.hcl.json", "", []string{"Error: Missing value"}},
		{"list as JSON", "ha.hcl.json", "[]", []string{"Warning: No virtual router"}},
		{"number as JSON", "ha.hcl.json", "5", []string{"Error: Root value must be object"}},
		{"null as JSON block", "ha.hcl.json", `{"agent": null}`, []string{"Warning: No virtual router"}},
		{"text as JSON block", "ha.hcl.json", `{"agent": "x"}`, []string{"Warning: No virtual router", "Error: Incorrect JSON value type"}},
		{"label missing in JSON", "ha.hcl.json", `{"vrrp": {}}`, []string{"Warning: No virtual router", "Error: Missing block label"}},
		{"escape sequence", "ha.hcl", "\x1b[2Jvrrp {}\n", []string{"Error: Invalid character"}},
		{"another direction", "ha.hcl", "agent { http = \"a\u202eb\" } # \u2066\n", []string{"Warning: No virtual router", "Error: Invalid http"}},
		{"deep lists", "ha.hcl", "agent { http = " + strings.Repeat("[", 40_000), []string{"Error: Too deep, or too large"}},
		{"deep blocks", "ha.hcl", strings.Repeat("agent {\n", 10_000), []string{"Error: Too deep, or too large"}},
		{"deep negation", "ha.hcl", "agent { http = " + strings.Repeat("!", 40_000) + "true }", []string{"Error: Too deep, or too large"}},
		{"deep sum", "ha.hcl", "agent { http = 1" + strings.Repeat("+1", 40_000) + " }", []string{"Error: Too deep, or too large"}},
		{"deep sum in parentheses", "ha.hcl", "agent { http = (1" + strings.Repeat("\n+1", 30_000) + ") }", []string{"Error: Too deep, or too large"}},
		{"deep templates", "ha.hcl", "agent { http = " + strings.Repeat(`"${`, 20_000), []string{"Error: Too deep, or too large"}},
		{"deep splats", "ha.hcl", "agent { http = a" + strings.Repeat("[*]", 20_000) + " }", []string{"Error: Too deep, or too large"}},
		{"deep JSON", "ha.hcl.json", strings.Repeat(`{"a":`, 20_000), []string{"Error: Too deep, or too large"}},
		{"deep template in JSON", "ha.hcl.json", `{"agent": {"http": "\u0024{` + strings.Repeat("(", 20_000) + `}"}}`, []string{"Error: Too deep, or too large"}},
		{"deep data", "ha.hcl", "agent { http = jsondecode(\"" + strings.Repeat("[", 40_000) + "\") }", []string{"Warning: No virtual router", "Error: Invalid function argument"}},
		{"large number", "ha.hcl", "agent { http = 1e999999999 }", []string{"Error: Too deep, or too large"}},
		{"large number in JSON", "ha.hcl.json", `{"agent": {"http": 1e999999999}}`, []string{"Error: Too deep, or too large"}},
		{"long line", "ha.hcl", router + "x = \"" + strings.Repeat("é", 100_000) + "\"", []string{"Error: Unknown name"}},
		{"many quotes", "ha.hcl", strings.Repeat("\"\n", 500), []string{"Error: Unclosed quote"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, report := loadText(t, tt.file, tt.content)
			got := summaries(t, report)
			if tt.name == "many quotes" {
				got = got[:1]
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for form, text := range texts(t, report) {
				if len(text) > 1<<20 {
					t.Errorf("the %s has %d bytes", form, len(text))
				}
				if form != "colored text" && strings.Contains(text, "\x1b") || strings.ContainsAny(text, "\u202e\u2066") {
					t.Errorf("the %s commands the terminal", form)
				}
			}
		})
	}
}

// TestLargeFile: thousands of routers are read, and thousands of mistakes told,
// in a time that grows with the file and not faster.
func TestLargeFile(t *testing.T) {
	const count = 3000
	var right, wrong strings.Builder
	for i := range count {
		fmt.Fprintf(&right, "vrrp \"VI_%d\" {\n  interface         = \"eth%d\"\n  version           = 2\n  virtual_router_id = %d\n"+
			"  virtual_addresses = [\"10.0.%d.%d/32\"]\n  authentication {\n    type     = \"simple_text\"\n    password = \"hunter2\"\n  }\n}\n",
			i, i/250, i%250+1, i/250, i%250)
		fmt.Fprintf(&wrong, "vrrp \"VI_%d\" {\n  interface = \"eth%d\"\n  version   = 4\n  priorty   = 300\n}\n", i, i/250)
	}
	start := time.Now()
	loaded, report := loadText(t, "ha.hcl", right.String())
	if loaded == nil || len(loaded.Routers) != count {
		t.Fatal(texts(t, report)["text"])
	}
	_, report = loadText(t, "ha.hcl", wrong.String())
	if errors, _ := report.Counts(); errors != 3*count { // and the identifier is missing
		t.Errorf("%d errors", errors)
	}
	for name, text := range map[string]string{
		"ha.hcl":      "locals {\n" + strings.Repeat("x = { password = \"a\" } # password\n", 4*count) + "}\n",
		"ha.hcl.json": `{"locals": {"x": [` + strings.Repeat(`{"password": "a"}, `, 4*count) + `1]}}`,
		"broken.json": `{"locals": ["` + strings.Repeat("password x ", 4*count),
	} {
		loadText(t, name, text)
	}
	t.Logf("%d KB took %v", (right.Len()+wrong.Len())>>10, time.Since(start))
}
