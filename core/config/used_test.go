package config_test

import (
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/core/config"
)

// TestNeverUsed: nobody is told that a tracker or a hook is never used when what uses
// it could not be read, and everybody when it could.
func TestNeverUsed(t *testing.T) {
	const (
		own    = "tracker \"process\" \"t\" {\nprocess = \"x\"\n}\nnotify \"exec\" \"h\" {\ncommand = [\"/bin/true\"]\n}\n"
		header = "interface = \"eth0\"\nversion = 3\nvirtual_router_id = 51\n"
		lists  = "track = [tracker.process.t]\nnotify = [notify.exec.h]\n"
		rest   = header + lists
	)
	for name, c := range map[string]struct {
		text   string
		warned bool
	}{
		"used":                        {"vrrp \"a\" {\n" + rest + "}", false},
		"not used":                    {"vrrp \"a\" {\n" + header + "}", true},
		"not used, another error":     {"vrrp \"a\" {\npriority = 300\n" + header + "}", true},
		"not used, error elsewhere":   {"vrrp \"a\" {\n" + header + "}\nlocals {\nx = = 1\n}", true},
		"not used, error in a hook":   {"vrrp \"a\" {\n" + header + "}\nnotify \"exec\" {\n}", true},
		"quote in the header":         {"vrrp \"a {\n" + rest + "}", false},
		"no label":                    {"vrrp {\n" + rest + "}", false},
		"no label of a group":         {"vrrp \"a\" {\n" + header + "}\nsync_group {\n" + lists + "}", false},
		"misspelt block":              {"vrpp \"a\" {\n" + rest + "}", false},
		"keepalived's block":          {"vrrp_instance \"a\" {\n" + rest + "}", false},
		"attribute for a block":       {"vrrp = {\n" + rest + "}", false},
		"in another block":            {"agent {\nvrrp \"a\" {\n" + rest + "}\n}", false},
		"misspelt lists":              {"vrrp \"a\" {\n" + header + "trak = [tracker.process.t]\nnotiffy = [notify.exec.h]\n}", false},
		"blocks for lists":            {"vrrp \"a\" {\n" + header + "track {\n}\nnotify {\n}\n}", false},
		"no lists":                    {"vrrp \"a\" {\n" + header + "track = tracker.process.t\nnotify = notify.exec.h\n}", false},
		"computed lists":              {"vrrp \"a\" {\n" + header + "track = concat([tracker.process.t])\nnotify = [true ? notify.exec.h : null]\n}", false},
		"list with a syntax error":    {"vrrp \"a\" {\n" + header + "track = [tracker.process.t\nnotify = [notify.exec.h]\n}", false},
		"two lists":                   {"vrrp \"a\" {\n" + header + "track = []\n" + rest[len(header):] + "notify = []\n}", false},
		"quoted":                      {"vrrp \"a\" {\n" + header + "track = [\"tracker.process.t\"]\nnotify = [\"notify.exec.h\"]\n}", false},
		"misspelt names":              {"vrrp \"a\" {\n" + header + "track = [tracker.process.tt]\nnotify = [notify.exec.hh]\n}", false},
		"a file that is no text":      {"\x00", false},
		"a block that is never ended": {"vrrp \"a\" {\n" + rest, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, []section{{"a.hcl", own}, {"b.hcl", c.text}})
			_, report := config.Load([]string{"."}, everything())
			text := texts(t, report)["text"]
			want := 0
			if c.warned {
				want = 2
			}
			if got := strings.Count(text, "Warning: Never used"); got != want {
				t.Errorf("%d warnings, want %d:\n%s", got, want, text)
			}
		})
	}
}
