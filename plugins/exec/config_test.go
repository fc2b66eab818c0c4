package exec_test

import (
	"testing"

	"github.com/sentinel-ha/sentinel/plugins/exec"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/sdktest"
)

func TestValidate(t *testing.T) {
	one := []any{"/bin/true"}
	commands := func(state string, words ...any) sdk.Values {
		return sdk.Values{"commands": map[string]any{state: words, "active": one}}
	}
	for name, c := range map[string]struct {
		values sdk.Values
		want   string
	}{
		"command":           {argv("/bin/true"), ""},
		"commands":          {commands("backup", "/bin/true", "x"), ""},
		"other occasion":    {commands("priority", "/bin/true"), ""},
		"line":              {shell("logger $3"), ""},
		"neither":           {sdk.Values{}, "command: is required, or commands"},
		"both":              {sdk.Values{"command": one, "commands": map[string]any{"active": one}}, "commands: cannot be used together with command"},
		"empty":             {argv(), "command: must not be empty"},
		"no states":         {sdk.Values{"commands": map[string]any{}}, "commands: must not be empty"},
		"relative":          {argv("logger"), `command: "logger" must begin with a slash: `},
		"relative in state": {commands("fault", "logger"), `commands: fault: "logger" must begin with a slash: `},
		"empty in state":    {commands("stopped"), "commands: stopped: must not be empty"},
		"state": {commands("passive", "/bin/true"),
			`commands: "passive" is none of active, backup, fault, stopped, conflict, priority, tracker`},
		"keepalived's state": {commands("master", "/bin/true"),
			`commands: "master" is none of active, backup, fault, stopped, conflict, priority, tracker; keepalived's MASTER is active`},
		"two lines": {sdk.Values{"command": []any{"a", "b"}, "shell": true}, "command: must be one string with shell = true, not 2"},
		"no lists": {sdk.Values{"commands": map[string]any{"active": "/bin/true"}},
			"commands: wrong type: must be a map of lists of strings"},
	} {
		sdktest.Validates(t, name, exec.Notifier, c.values, c.want)
	}
}
