package command

import (
	"errors"
	"log/slog"
	"sync"

	"github.com/sentinel-ha/sentinel/sdk/ownership"
	"github.com/sentinel-ha/sentinel/sdk/repair"
)

// others remembers what it has said about programs that others could change.
type others struct {
	mu   sync.Mutex
	said map[string]string // what is wrong with a program, by its path; guarded by mu
}

// noticed is of the whole process.
var noticed = others{said: make(map[string]string)}

// mention logs it if others could change a program that is about to run as root, and
// how to repair that. It does so once, and again when something else is wrong, or it
// is wrong again. The program's file system must answer.
func (o *others) mention(path string) {
	_, err := ownership.Verify(path)
	problem := ""
	if _, unsafe := errors.AsType[*repair.Error](err); unsafe {
		problem = err.Error()
	} else if err != nil {
		return // whether it can be run is said by the kernel, and then nothing has changed
	}
	if o.isNews(path, problem) && problem != "" {
		slog.Warn("others could change a program that runs as root", "path", path, "err", problem)
	}
}

// isNews remembers what is wrong with a program, and reports whether that was not so
// before.
func (o *others) isNews(path, problem string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	before := o.said[path]
	o.said[path] = problem
	return problem != before
}
