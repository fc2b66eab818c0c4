package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sentinel-ha/sentinel/core/config"
)

// TestFunctions: what functions return, as the truth of a comparison.
func TestFunctions(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "motd"), []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, expression := range []string{
		`can(1 + 1) && !can("a" + 1)`,
		`cidrhost("192.0.2.0/24", 5) == "192.0.2.5"`,
		`cidrhost("192.0.2.77/24", 5) == "192.0.2.5"`,
		`cidrhost("192.0.2.0/24", -1) == "192.0.2.255"`,
		`cidrhost("192.0.2.7/32", 0) == "192.0.2.7"`,
		`cidrhost("2001:db8::/64", 16) == "2001:db8::10"`,
		`cidrhost("::/0", -1) == "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"`,
		`cidrnetmask("192.0.2.0/20") == "255.255.240.0"`,
		`cidrnetmask("0.0.0.0/0") == "0.0.0.0"`,
		`cidrsubnet("192.0.2.0/24", 4, 2) == "192.0.2.32/28"`,
		`cidrsubnet("192.0.2.0/24", 0, 0) == "192.0.2.0/24"`,
		`cidrsubnet("2001:db8::/32", 32, 1) == "2001:db8:0:1::/64"`,
		`coalesce(null, "a") == "a"`,
		`join(",", concat(["a"], ["b"])) == "a,b"`,
		`contains(["a", "b"], "b")`,
		`element(["a", "b"], 3) == "b"`,
		`env("HOME") == "/root"`,
		`env("NOTHING", "default") == "default"`,
		`env("EMPTY", "default") == ""`,
		`trimspace(file("motd")) == "hello"`,
		`file("` + dir + `/motd") == "hello\n"`,
		`format("%03d", 7) == "007"`,
		`jsondecode("{\"a\": [1]}").a[0] == 1`,
		`join(",", keys({ b = 1, a = 2 })) == "a,b"`,
		`length("four") == 4 && length([1]) == 1 && length({ a = 1, b = 2 }) == 2`,
		`lookup({ a = 1 }, "b", 2) == 2`,
		`lower("A") == "a" && upper("a") == "A"`,
		`max(1, 3, 2) == 3 && min(1, 3, 2) == 1`,
		`merge({ a = 1 }, { a = 2 }).a == 2`,
		`replace("a.b", ".", "-") == "a-b"`,
		`split(",", "a,b")[1] == "b"`,
		`tonumber("5") == 5 && tostring(5) == "5"`,
		`trimprefix("eth0", "eth") == "0" && trimsuffix("eth0", "0") == "eth"`,
		`try(jsondecode("nonsense"), "none") == "none"`,
		`values({ a = 1, b = 2 })[1] == 2`,
		`local.late == 101`,
		`node.name == "server1"`,
	} {
		t.Run(expression, func(t *testing.T) {
			path := filepath.Join(dir, "ha.hcl")
			content := "locals {\n  late = local.early + 1\n  early = 100\n}\nagent {\n  http = (" + expression + ") ? \"yes:1\" : \"no:1\"\n}\n"
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			got, report := config.Load([]string{path}, config.Options{Node: "server1", Environ: []string{"HOME=/root", "EMPTY="}})
			if got == nil {
				t.Fatal(texts(t, report)["text"])
			}
			if got.Agent.HTTP != "yes:1" {
				t.Error("not true")
			}
		})
	}
}
