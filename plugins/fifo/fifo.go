package fifo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/sentinel-ha/sentinel/plugins/internal/keepalived"
	"github.com/sentinel-ha/sentinel/sdk"
)

// Notifier writes a line for every event.
var Notifier = sdk.Notify("fifo", "writes lines to a named pipe, in keepalived's format", new(pipes).notify)

type config struct {
	Path string `sentinel:"path,required" doc:"the named pipe, which somebody reads"`
}

// Validate reports a path that depends on where this runs.
func (c *config) Validate() error {
	if !filepath.IsAbs(c.Path) || strings.Contains(c.Path, "\x00") {
		return sdk.At("path", fmt.Errorf("%q must begin with a slash", c.Path))
	}
	return nil
}

func (p *pipes) notify(ctx context.Context, c config, e sdk.Event) error {
	text, err := line(e)
	if err != nil {
		return sdk.Reject(err)
	}
	pipe := p.at(filepath.Clean(c.Path))
	if err := pipe.write(ctx, text); err != nil {
		return err
	}
	if e.To == "stopped" { // it may be our end, too, and with us goes what was not read
		pipe.drain(ctx)
	}
	return nil
}

// longestLine is what POSIX promises to write to a pipe as a whole, and Linux
// keeps several of: PIPE_BUF.
const longestLine = 4096

// line returns what is written for an event.
func line(e sdk.Event) (string, error) {
	what, name, priority := "INSTANCE", e.Instance, e.Priority
	if e.Group != "" {
		what, name, priority = "GROUP", e.Group, 0
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '"' }) {
		return "", fmt.Errorf("the name %q cannot be written", name)
	}
	text := fmt.Sprintf("%s \"%s\" %s %d\n", what, name, keepalived.State(e), priority)
	if len(text) > longestLine {
		return "", errors.New("the line is too long to be written as a whole")
	}
	return text, nil
}
