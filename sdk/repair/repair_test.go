package repair_test

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/sdk/repair"
)

// What is wrong and what to type are apart, however often the error was wrapped.
func TestSplit(t *testing.T) {
	unsafe := &repair.Error{Problem: "/my plugins is writable by everybody", Command: []string{"chmod", "go-w", "/my plugins"}}
	for _, c := range []struct {
		err              error
		problem, command string
	}{
		{errors.New("it exited with status 1"), "it exited with status 1", ""},
		{unsafe, "/my plugins is writable by everybody", "chmod go-w '/my plugins'"},
		{fmt.Errorf("hook-x: %w", unsafe), "hook-x: /my plugins is writable by everybody", "chmod go-w '/my plugins'"},
		{errors.Join(unsafe, errors.New("more")), "/my plugins is writable by everybody: chmod go-w '/my plugins'\nmore", "chmod go-w '/my plugins'"},
	} {
		if problem, command := repair.Split(c.err); problem != c.problem || command != c.command {
			t.Errorf("%v: %q and %q, want %q and %q", c.err, problem, command, c.problem, c.command)
		}
	}
}

// A shell understands each word as it is meant.
func TestShell(t *testing.T) {
	words := []string{"", "/etc/sentinel/plugins", "two words", "it's", "$HOME", "`id`", "a;b", "*", "tab\tand\nline", "é", "#"}
	script := "printf '%s|' " + repair.Shell(words...)
	output, err := exec.Command("/bin/sh", "-c", script).Output()
	if want := strings.Join(words, "|") + "|"; err != nil || string(output) != want {
		t.Errorf("%s: %q, %v, want %q", script, output, err, want)
	}
}
