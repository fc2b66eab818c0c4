package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/core/config"
)

// FuzzLoad: no text makes Load panic, and no text makes it show the value of a
// sensitive variable, which is not in the text.
func FuzzLoad(f *testing.F) {
	const secret = "Zx9qW4kP"
	cases, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range cases {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		_, files := sections(string(text))
		for _, file := range files[:len(files)-1] {
			f.Add(file.content, strings.HasSuffix(file.name, ".json"))
		}
	}
	for _, expression := range []string{
		"var.s", `"${var.s}"`, "[var.s]", "{ (var.s) = 1 }", "var.s.x", "var.s[0]", "local.m[var.s]", "file(var.s)", "env(var.s)",
		"jsondecode(var.s)", "tonumber(var.s)", `format("%d", var.s)`, "format(var.s, 1)", "cidrhost(var.s, 1)", "lookup({}, var.s, 1)[0]",
		"try(file(var.s))", "can(var.s)", "[for x in [var.s, var.s] : x]", "{ for x in [var.s, var.s] : x => 1 }", "var.s ? 1 : 2", "-var.s",
		"split(1, var.s)", `merge({ a = var.s }, var.s)`, "var", "element([], var.s)", "length(var.s, 1)", "nonsense(var.s)", `"%{if var.s}%{endif}"`,
	} {
		for _, attribute := range []string{"interface", "virtual_addresses", "authentication {\n type = \"simple_text\"\n password"} {
			f.Add("locals {\n m = { a = 1 }\n x = "+expression+"\n}\nvrrp \"a\" {\n interface = local.x\n "+attribute+" = "+expression+"\n}\n", false)
		}
	}
	dir := f.TempDir()
	declaration := filepath.Join(dir, "variable.hcl")
	if err := os.WriteFile(declaration, []byte("variable \"s\" { sensitive = true }\n"), 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content string, object bool) {
		name := filepath.Join(t.TempDir(), "ha.hcl")
		if object {
			name += ".json"
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		opts := everything()
		opts.Vars = []string{"s=" + secret}
		loaded, report := config.Load([]string{declaration, name}, opts)
		if (loaded == nil) != report.HasErrors() {
			t.Errorf("configuration %v, errors %v", loaded != nil, report.HasErrors())
		}
		for form, text := range texts(t, report) {
			if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
				t.Errorf("the %s shows the secret:\n%s", form, text)
			}
		}
	})
}

// FuzzPassword: whatever stands before and after a password, and is wrong with
// it, the password is not shown.
func FuzzPassword(f *testing.F) {
	for _, around := range [][2]string{
		{"", ""}, {"vrrp \"a\" {\n authentication {\n", "\n }\n}\n"}, {"vrrp \"a\" {\n authentication {", "}\n}\n"},
		{"vrrp \"a\" { interface = \"eth0\n", "\n}"}, {"x = [\n", ",\n]\n"}, {"x = {\n", "\n}\n"}, {"variable \"a\" {\n", ""},
		{"x = \"${", "}\"\n"}, {"/*", "*/ x\n"}, {"x = <<EOT\n", "\nEOT\n"}, {"# ", "\n}"}, {"\"", "\"\n"}, {"x", "x"}, {"a {\n b {\n", ""},
		{"{", "}"}, {`{"vrrp": {"a": {"authentication": {`, "}}}}"}, {`{"x": [{`, "}"}, {`{"variable": {`, "}}"}, {`{"x `, `"}`},
	} {
		f.Add(around[0], around[1])
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		const secret = "Zx9qW4kP"
		if strings.Contains(before+after, "Zx") || strings.HasSuffix(before, "\\") {
			t.Skip()
		}
		last := before[strings.LastIndexByte(before, '\n')+1:]
		if last != "" && !strings.HasSuffix(last, " ") {
			t.Skip() // then it is another name
		}
		for name, line := range map[string]string{
			"ha.hcl":      "password = \"" + secret + "\" ",
			"ha.hcl.json": "\"password\": \"" + secret + "\" ",
		} {
			_, report := loadText(t, name, before+line+after)
			for form, text := range texts(t, report) {
				if strings.Contains(text, secret) {
					t.Errorf("%s: the %s shows the password:\n%s", name, form, text)
				}
			}
		}
	})
}
