package file

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

// Tracker reads a number from a file whenever it changes.
var Tracker = sdk.Watch("file", "the whole number in a file", run, sdk.Measures())

type config struct {
	Path         string        `sentinel:"path,required" doc:"file that holds one whole number"`
	InitialValue *int64        `sentinel:"initial_value" min:"-2147483648" max:"2147483647" doc:"written at start if there is no file"`
	MaxAge       time.Duration `sentinel:"max_age" min:"100ms" doc:"unknown if the file was not written for longer"`
}

// Validate reports a path that cannot be a file's, or depends on where Sentinel
// was started.
func (c *config) Validate() error {
	switch {
	case !filepath.IsAbs(c.Path):
		return sdk.At("path", errors.New("must begin with a slash"))
	case strings.HasSuffix(c.Path, "/"):
		return sdk.At("path", errors.New("must not end with a slash: it names a directory"))
	case strings.ContainsRune(c.Path, 0):
		return sdk.At("path", errors.New("must not hold a zero byte"))
	}
	return nil
}

// shared is the inotify instance of the whole process.
var shared = newHub()

func run(ctx context.Context, c config, report func(sdk.Result)) error {
	return newWatch(shared, c).run(ctx, report)
}
