package process

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/sentinel-ha/sentinel/sdk"
)

// Tracker watches how many processes of a name, an executable or a command line
// run.
var Tracker = sdk.Watch("process", "processes that must run, or must not", shared.watch)

// config is a tracker's configuration.
type config struct {
	Process   string `sentinel:"process,required" doc:"name, path or command line of the process"`
	Match     string `sentinel:"match" default:"comm" oneof:"comm,path,cmdline" doc:"what of it is compared"`
	Quorum    *int   `sentinel:"quorum" min:"0" max:"65535" doc:"how many must run at least; 1, but 0 if quorum_max is"`
	QuorumMax *int   `sentinel:"quorum_max" min:"0" max:"65535" doc:"how many may run at most; 0: none"`
}

// The values of config.Match.
const (
	byComm    = "comm"
	byPath    = "path"
	byCmdline = "cmdline"
)

// Validate returns what is wrong with the configuration.
func (c *config) Validate() error {
	errs := []error{sdk.At("process", c.checkProcess())}
	least, most, bounded := c.bounds()
	switch {
	case bounded && least > most:
		errs = append(errs, sdk.At("quorum_max", fmt.Errorf("%d is less than the quorum of %d", most, least)))
	case !bounded && least == 0:
		errs = append(errs, sdk.At("quorum", errors.New("0 is always met; to say that none may run, set quorum_max = 0")))
	}
	return errors.Join(errs...)
}

func (c *config) checkProcess() error {
	switch {
	case strings.TrimSpace(c.Process) == "":
		return errors.New("must not be empty")
	case len(c.Process) > argsLimit:
		return fmt.Errorf("%d bytes are too long: at most %d", len(c.Process), argsLimit)
	case strings.ContainsAny(c.Process, "\x00\n"):
		return errors.New("must be a single line")
	case c.Match == byComm && strings.Contains(c.Process, "/"):
		return fmt.Errorf("%q: a name has no slash; match = %q compares the executable's path", c.Process, byPath)
	case c.Match == byPath && !filepath.IsAbs(c.Process):
		return fmt.Errorf("%q: a path must begin with a slash", c.Process)
	}
	return nil
}

// bounds returns how many processes must run at least and, if bounded, at most.
func (c *config) bounds() (least, most int, bounded bool) {
	least = 1
	if c.QuorumMax != nil {
		most, bounded = *c.QuorumMax, true
		least = min(least, most)
	}
	if c.Quorum != nil {
		least = *c.Quorum
	}
	return least, most, bounded
}
