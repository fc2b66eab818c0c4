// Command sentinel-notify-jsonl is a plugin of Sentinel: the hook "jsonl", which
// appends each event to a file, as JSON on a line. An event that is delivered
// again has the same id.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/serve"
)

type config struct {
	File string `sentinel:"file" default:"/var/log/sentinel.jsonl" doc:"file to which lines are appended"`
}

func notify(_ context.Context, c config, e sdk.Event) error {
	line, err := json.Marshal(e)
	if err != nil {
		return sdk.Reject(err)
	}
	f, err := os.OpenFile(c.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return err // is tried again
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

func main() {
	serve.Main("0.1.0", serve.Notifier(sdk.Notify("jsonl", "appends events to a file, as JSON", notify)))
}
