package host

import (
	"log/slog"
	"os/exec"
	"testing"
	"testing/synctest"
	"time"
)

// TestLastWords: why a plugin has died is known also where a busy machine comes to
// read it late, and somebody who keeps its pipe open does not keep its end from being
// known.
func TestLastWords(t *testing.T) {
	dead := exec.Command("/bin/false")
	_ = dead.Run()
	for name, c := range map[string]struct {
		read time.Duration // 0: never
		want string
		took time.Duration
	}{
		"at once":   {time.Nanosecond, "the plugin exited with status 1: panic: oops", time.Nanosecond},
		"late":      {50 * time.Millisecond, "the plugin exited with status 1: panic: oops", 50 * time.Millisecond},
		"kept open": {0, "the plugin exited with status 1", wordsTake},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				process := newProcess(nil, identity{}, newPump(slog.New(slog.DiscardHandler)))
				process.state = dead.ProcessState
				if c.read > 0 {
					time.AfterFunc(c.read, func() {
						process.pump.line("panic: oops", true)
						close(process.quiet)
					})
				}
				p := newPlugin(Options{}.withDefaults(), process)
				began := time.Now()
				if err := p.lastWords(); err.Error() != c.want {
					t.Errorf("%v, want %s", err, c.want)
				}
				if took := time.Since(began); took != c.took {
					t.Errorf("after %v, want %v", took, c.took)
				}
			})
		})
	}
}
