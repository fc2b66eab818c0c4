// Command sentinel-tracker-disk is a plugin of Sentinel: the tracker "disk", a
// file system with space left.
package main

import (
	"context"
	"syscall"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/serve"
)

type config struct {
	Path    string `sentinel:"path" default:"/" doc:"where the file system is mounted, or anything in it"`
	Minimum int    `sentinel:"minimum" default:"10" min:"1" max:"100" doc:"percentage that must be free"`
}

func check(_ context.Context, c config) sdk.Result {
	var s syscall.Statfs_t
	if err := syscall.Statfs(c.Path, &s); err != nil {
		return sdk.CannotTell("%s: %v", c.Path, err)
	}
	total := s.Blocks - s.Bfree + s.Bavail // without what is kept for root, as df counts
	if total == 0 {
		return sdk.CannotTell("%s is on a file system without a size", c.Path)
	}
	free := int(s.Bavail * 100 / total)
	if free < c.Minimum {
		return sdk.Fail("%s: %d%% free, less than %d%%", c.Path, free, c.Minimum)
	}
	return sdk.Pass("%s: %d%% free", c.Path, free)
}

func main() {
	serve.Main("0.1.0", serve.Tracker(sdk.Check("disk", "a file system with space left", check)))
}
