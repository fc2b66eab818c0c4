package sdk

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// ErrPanics is wrapped by the error of [Tracker.Validate] and [Notifier.Validate] if the
// Validate method of the configuration panics. Then the program is wrong, whatever the
// configuration is.
var ErrPanics = errors.New("Validate panics")

// validated calls a Validate method. What it panics with may hold a secret of the
// configuration, as that of [regexp.MustCompile] does: nobody is shown it, only
// where it was.
func validated(c validator) (err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("%w: %s", ErrPanics, panicked("/sdk.validated"))
		}
	}()
	return c.Validate()
}

// panicked returns the functions that a panic has ended, down to one whose name ends
// with below. It is for what is deferred there.
func panicked(below string) string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
	var places []string
	for began, more := false, true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		switch {
		case strings.HasSuffix(frame.Function, below):
			more = false
		case frame.Function == "runtime.gopanic":
			began = true
		case began && !strings.HasPrefix(frame.Function, "runtime."):
			places = append(places, fmt.Sprintf("%s (%s:%d)", frame.Function, filepath.Base(frame.File), frame.Line))
		}
	}
	return strings.Join(places, ", called by ")
}
