package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/core/api"
	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/sdk"
)

// What a plugin says of itself, and how a file is called, cannot command the
// terminal, nor look like another line.
func TestTerminal(t *testing.T) {
	const evil = "a\x1b[2J\x00\x9b1m\u202eb\r\nsentinel-tracker-fine  running\tc\xff"
	schema := sdk.Schema{Attributes: []sdk.Attribute{{Name: "x", Doc: evil, Type: sdk.Type{Kind: sdk.String}, Default: evil, OneOf: []string{evil}}}}
	run := func(context.Context, sdk.Values, sdk.Schedule, func(sdk.Result)) error { return nil }
	var b bytes.Buffer
	writeDescription(&b, "plugin", pluginhost.Description{
		Version: evil, SDK: evil,
		Trackers:  []sdk.Tracker{sdk.Remote{Name: "t", Doc: evil, Schema: schema, Run: run}.Tracker()},
		Notifiers: []sdk.Notifier{sdk.RemoteNotifier{Name: "n", Doc: evil, Schema: schema}.Notifier()},
	})
	writePlugins(&b, []api.Plugin{{Name: evil, State: "running", Version: evil, Reason: evil}})
	failing := evil
	writeStatus(&b, &api.Status{
		Plugins: []api.Plugin{{Name: evil, State: "refused", Reason: evil}}, HookRecord: api.HookRecord{Error: &failing},
	})
	for _, line := range strings.Split(b.String(), "\n") {
		if oneLine(line) != line || strings.HasPrefix(line, "sentinel-tracker-fine") {
			t.Errorf("%q", line)
		}
	}
}
