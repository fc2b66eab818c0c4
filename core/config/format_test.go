package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/config"
)

func TestFormat(t *testing.T) {
	tests := []struct{ name, file, in, want string }{
		{"layout", "ha.hcl", "vrrp \"a\" {\ninterface=\"eth0\"\n  version =   3\n}\n", "vrrp \"a\" {\n  interface = \"eth0\"\n  version   = 3\n}\n"},
		{"comments stay", "ha.hcl", "# one\nagent {} // two\n", "# one\nagent {} // two\n"},
		{"what is not ours", "ha.hcl", "whatever   =  1\n", "whatever = 1\n"},
		{"JSON is left alone", "ha.hcl.json", `{"agent":   {}}`, `{"agent":   {}}`},
		{"empty", "ha.hcl", "", ""},
		{"variables", "site.vars.hcl", "a=1\nlong=2\n", "a    = 1\nlong = 2\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, report := config.Format(tt.file, []byte(tt.in))
			if report.HasErrors() {
				t.Fatal(texts(t, report)["text"])
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			again, _ := config.Format(tt.file, got)
			if diff := cmp.Diff(string(got), string(again)); diff != "" {
				t.Errorf("not stable (-first +second):\n%s", diff)
			}
		})
	}
}

// TestFormatInvalid: what does not parse is not formatted, and its secrets are
// not shown.
func TestFormatInvalid(t *testing.T) {
	tests := []struct{ name, file, in string }{
		{"password", "ha.hcl", "vrrp \"a\" {\n  authentication {\n    password = \"hunter2\" +\n  }\n}\n"},
		{"default", "ha.hcl", "variable \"a\" { default = \"hunter2\" \"hunter2\" }\n"},
		{"value", "site.vars.hcl", "a = \"hunter2\" \"hunter2\"\n"},
		{"JSON", "ha.hcl.json", `{"password": "hunter2"`},
		{"set twice", "site.vars.hcl", "a = \"hunter2\"\na = \"hunter3\"\n"},
		{"binary", "ha.hcl", "\x00hunter2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, report := config.Format(tt.file, []byte(tt.in))
			if got != nil || !report.HasErrors() {
				t.Errorf("formatted: %q", got)
			}
			for form, text := range texts(t, report) {
				if tt.name != "binary" && strings.Contains(text, "hunter") {
					t.Errorf("the %s shows a secret:\n%s", form, text)
				}
			}
		})
	}
}
