package host

import (
	"fmt"
	"log/slog"
	"os"
	"time"
)

// Options say what to launch and how.
type Options struct {
	// Name is the plugin's, for messages.
	Name string
	// Program is what to execute.
	Program *Program
	// RuntimeDir is where a directory for the socket is made, for this process
	// only. Other users must be able to pass through it if User is one. Its path has
	// at most [MaxRuntimeDir] bytes.
	RuntimeDir string
	// User is who the process runs as, by name or number. Empty: who we are.
	User string
	// Environment is added to PATH, HOME and LANG, which is all there is otherwise.
	Environment []string
	// Log gets the lines that the plugin logs, and what happens to it. nil: they are
	// discarded.
	Log *slog.Logger
	// StartTimeout is how long it may take until it has described itself. 0: 5 s.
	StartTimeout time.Duration
	// Lease is how long it may be silent. 0: 3 s.
	Lease time.Duration
}

// MaxRuntimeDir leaves room for the rest of a Unix socket's address, which has 108
// bytes with its end (unix(7)).
const MaxRuntimeDir = 107 - len("/plugin-dir4294967295/plugin4294967295")

// CheckTempDir returns an error if the path of a directory that was made below TMPDIR
// has more bytes than it may, such as [MaxRuntimeDir].
func CheckTempDir(directory string, most int) error {
	if len(directory) <= most {
		return nil
	}
	return fmt.Errorf("the path of TMPDIR, %s, is too long for the sockets of plugins: use another one, as in TMPDIR=/tmp", os.TempDir())
}

// Defaults of [Options].
const (
	startTimeout = 5 * time.Second
	leaseTime    = 3 * time.Second
)

func (o Options) withDefaults() Options {
	if o.StartTimeout <= 0 {
		o.StartTimeout = startTimeout
	}
	if o.Lease <= 0 {
		o.Lease = leaseTime
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Log = o.Log.With("plugin", o.Name)
	return o
}
