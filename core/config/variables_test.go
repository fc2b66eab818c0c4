package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/config"
)

// TestPrecedence: whose value a variable gets, when more and more of them say
// something.
func TestPrecedence(t *testing.T) {
	environ := []string{"SENTINEL_VAR_level=env", "SENTINEL_VAR_level=warn"}
	directory := []section{{"conf/site.vars.hcl", `level = "error"`}}
	flagFiles := []section{{"one.hcl", `level = "nonsense"`}, {"two.hcl.json", `{"level": "trace"}`}}
	tests := []struct {
		name  string
		files []section
		opts  config.Options
		want  string
	}{
		{"default", nil, config.Options{}, "debug"},
		{"environment", nil, config.Options{Environ: environ}, "warn"},
		{"file in the directory", directory, config.Options{Environ: environ}, "error"},
		{"last file of the flags", append(directory, flagFiles...),
			config.Options{Environ: environ, VarFiles: []string{"one.hcl", "two.hcl.json"}}, "trace"},
		{"last flag", append(directory, flagFiles...),
			config.Options{Environ: environ, VarFiles: []string{"two.hcl.json"}, Vars: []string{"level=nonsense", "level=info"}}, "info"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, append(tt.files, section{"conf/ha.hcl", `
variable "level" { default = "debug" }
agent {
  log {
    level = var.level
  }
}`}))
			got, report := config.Load([]string{"conf"}, tt.opts)
			if got == nil {
				t.Fatal(texts(t, report)["text"])
			}
			if got.Agent.Log.Level != tt.want {
				t.Errorf("level %q, want %q", got.Agent.Log.Level, tt.want)
			}
		})
	}
}

// TestKinds: the text of a flag becomes what the default is.
func TestKinds(t *testing.T) {
	tests := []struct{ name, declaration, text, expression, want string }{
		{"no default", ``, `5`, `var.x == "5"`, "yes"},
		{"null default", `default = null`, `5`, `var.x == "5"`, "yes"},
		{"text", `default = "a"`, `["b"]`, `var.x == "[\"b\"]"`, "yes"},
		{"number", `default = 1`, `5`, `var.x + 1 == 6`, "yes"},
		{"truth", `default = true`, `false`, `!var.x`, "yes"},
		{"list", `default = []`, `["b", "c"]`, `var.x[1] == "c"`, "yes"},
		{"map", `default = { a = 1 }`, `{ b = 2 }`, `var.x.b == 2`, "yes"},
		{"empty text", `default = "a"`, ``, `var.x == ""`, "yes"},
		{"an equals sign", ``, `a=b`, `var.x == "a=b"`, "yes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := load(t, `
variable "x" { `+tt.declaration+` }
agent { http = (`+tt.expression+`) ? "yes:1" : "no:1" }`, config.Options{Vars: []string{"x=" + tt.text}})
			if diff := cmp.Diff(tt.want+":1", got.Agent.HTTP); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
