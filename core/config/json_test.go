package config_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/config"
)

// TestJSONSyntax: the same configuration in both syntaxes is the same
// configuration.
func TestJSONSyntax(t *testing.T) {
	const native = `
agent {
  http = "127.0.0.1:9650"
  log {
    level = "debug"
  }
  announce {
    spacing = "10ms"
  }
}

variable "password" {
  default   = "hunter2"
  sensitive = true
}

locals {
  priorities = { server1 = 150, server2 = 100 }
  ids        = [51, 52]
}

vrrp "VI_1" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = local.ids[0]
  priority          = local.priorities[node.name]
  virtual_addresses = ["192.0.2.1/24", "${cidrhost("192.0.2.0/24", 2)}/24"]
  virtual_address "2001:db8::1/64" {
    advertise = false
  }
  virtual_address "2001:db8::2/64" {
    advertise = false
  }
}

vrrp "VI_2" {
  interface         = "eth0"
  version           = 2
  virtual_router_id = local.ids[1]
  preempt           = false
  unicast {
    peers = ["192.0.2.11"]
  }
  authentication {
    type     = "simple_text"
    password = var.password
  }
}
`
	const object = `{
  "//": "the same",
  "agent": {"http": "127.0.0.1:9650", "log": {"level": "debug"}, "announce": [{"spacing": "10ms"}]},
  "variable": {"password": {"default": "hunter2", "sensitive": true}},
  "locals": {"priorities": {"server1": 150, "server2": 100}, "ids": [51, 52]},
  "vrrp": [
    {"VI_1": {
      "interface": "eth0", "version": 3, "virtual_router_id": "${local.ids[0]}",
      "priority": "${local.priorities[node.name]}",
      "virtual_addresses": ["192.0.2.1/24", "${cidrhost(\"192.0.2.0/24\", 2)}/24"],
      "virtual_address": {"2001:db8::1/64": {"advertise": false}, "2001:db8::2/64": {"advertise": false}}
    }},
    {"VI_2": {
      "interface": "eth0", "version": 2, "virtual_router_id": "${local.ids[1]}", "preempt": false,
      "unicast": {"peers": ["192.0.2.11"]},
      "authentication": {"type": "simple_text", "password": "${var.password}"}
    }}
  ]
}`
	dir := t.TempDir()
	var loaded []*config.Config
	for name, content := range map[string]string{"ha.hcl": native, "ha.hcl.json": object} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, report := config.Load([]string{path}, config.Options{Node: "server1"})
		if got == nil {
			t.Fatalf("%s:\n%s", name, texts(t, report)["text"])
		}
		loaded = append(loaded, got)
	}
	if diff := cmp.Diff(loaded[0], loaded[1], compareAddresses); diff != "" {
		t.Errorf("the syntaxes differ:\n%s", diff)
	}
}

// TestWriteJSON: what programs read, in full.
func TestWriteJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, []section{{"ha.hcl", "agent {\n  http = \"x\"\n}\n"}})
	_, report := config.Load([]string{"ha.hcl"}, config.Options{Node: "server1"})
	var got any
	if err := json.Unmarshal([]byte(texts(t, report)["JSON"]), &got); err != nil {
		t.Fatal(err)
	}
	position := func(line, column, offset float64) map[string]any {
		return map[string]any{"line": line, "column": column, "byte": offset}
	}
	want := any(map[string]any{
		"schema": config.Schema, "valid": false, "errors": 1.0, "warnings": 1.0,
		"diagnostics": []any{
			map[string]any{
				"severity": "warning", "summary": "No virtual router",
				"detail": "There is no vrrp block, so there is nothing to do.",
				"file":   nil, "range": nil, "snippet": nil,
			},
			map[string]any{
				"severity": "error", "summary": "Invalid http",
				"detail":  `"x" is not a host and a port, which is a number from 1 to 65535. Write "127.0.0.1:9650", "[::1]:9650", or ":9650" for all addresses.`,
				"file":    "ha.hcl",
				"range":   map[string]any{"start": position(2, 10, 17), "end": position(2, 13, 20)},
				"snippet": `  http = "x"`,
			},
		},
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWriteJSONEmpty: a list without diagnostics is a list.
func TestWriteJSONEmpty(t *testing.T) {
	want := `{
  "schema": "sentinel.diagnostics/1",
  "valid": true,
  "errors": 0,
  "warnings": 0,
  "diagnostics": []
}
`
	if diff := cmp.Diff(want, texts(t, &config.Report{})["JSON"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
